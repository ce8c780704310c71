// Reads a blocking source on a thread of its own, kUnitsAhead units ahead.

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/reader.h"

namespace flow::runtime {
namespace {

class ReaderThread final : public UnitReader {
 public:
  ReaderThread(std::unique_ptr<UnitReader> inner, std::function<void()> wake)
      : inner_(std::move(inner)), wake_(std::move(wake)) {}
  ~ReaderThread() override {
    Stop();
    if (thread_.joinable()) thread_.join();
  }

  bool blocking() const override { return true; }
  void LimitUnits(int64_t bytes) override { inner_->LimitUnits(bytes); }
  Next Read(Unit* unit) override {
    Prefetch();
    std::unique_lock lock(mutex_);
    if (ready_.empty()) return finished_ || !thread_.joinable() ? Next::kEnd : Next::kWait;
    auto [result, made] = std::move(ready_.front());
    if (result == Next::kUnit) ready_.pop_front();  // the end and a fault stay
    Buffer spare = std::exchange(unit->bytes, std::move(made.bytes));
    int source = unit->source;
    int partition = unit->partition;
    Buffer bytes = std::move(unit->bytes);
    *unit = std::move(made);
    unit->bytes = std::move(bytes);
    unit->source = source;
    unit->partition = partition;
    if (spares_.size() < kUnitsAhead) spares_.push_back(std::move(spare));
    room_.notify_one();
    return result;
  }

  void Prefetch() override {
    std::lock_guard lock(mutex_);
    if (!thread_.joinable() && !stopped_) thread_ = std::thread([this] { Loop(); });
  }

  void Stop() override {
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    inner_->Stop();
    room_.notify_all();
  }
  int64_t LineAt(int64_t offset) override { return inner_->LineAt(offset); }

 private:
  void Loop() {
    for (;;) {
      Unit unit;
      {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [this] { return stopped_ || ready_.size() < kUnitsAhead; });
        if (stopped_) break;
        if (!spares_.empty()) {
          unit.bytes = std::move(spares_.back());
          spares_.pop_back();
          unit.bytes.set_size(0);
        }
      }
      Next result = inner_->Read(&unit);
      {
        std::lock_guard lock(mutex_);
        ready_.emplace_back(result, std::move(unit));
      }
      if (result != Next::kUnit) break;
      wake_();
    }
    {
      std::lock_guard lock(mutex_);
      finished_ = true;
    }
    wake_();
  }

  std::unique_ptr<UnitReader> inner_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<std::pair<Next, Unit>> ready_;
  std::vector<Buffer> spares_;
  bool stopped_ = false;
  bool finished_ = false;  // the thread gives nothing more
  std::thread thread_;
};

}  // namespace

std::unique_ptr<UnitReader> MakeReaderThread(std::unique_ptr<UnitReader> inner,
                                             std::function<void()> wake) {
  return std::make_unique<ReaderThread>(std::move(inner), std::move(wake));
}

}  // namespace flow::runtime
