// FOLDER/dt=2026-01-31/hm=10:00/part-0.csv: rows by the values of columns, which stand in the names
// of folders and not in the rows. A part is written under another name and published, with a mark
// `_SUCCESS` beside it, when its partition is complete: when the watermark has passed the span of
// time that its newest row lies in, or at the end. Rows that come later begin another part, so
// nothing that was published changes.

#include "runtime/connectors/partitioned_file.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "runtime/env.h"
#include "runtime/partition.h"

namespace flow::runtime {
namespace {

constexpr const char* kUnfinishedSuffix = ".unfinished";
constexpr const char* kMark = "_SUCCESS";
constexpr size_t kOpenPartsMax = 64;       // files open at a time
constexpr size_t kHeldBytesMax = 1 << 16;  // of a part, before they are written

class PartitionedFileSink final : public Sink {
 public:
  PartitionedFileSink(Env& env, std::string folder, std::string extension, std::string header,
                      int64_t every, bool quiet)
      : env_(env),
        folder_(std::move(folder)),
        extension_(std::move(extension)),
        header_(std::move(header)),
        every_(every),
        quiet_(quiet) {}
  ~PartitionedFileSink() override { Abandon(); }

  Status Open() override {
    int error = env_.MakeDirectories(folder_);
    return error < 0 ? IoStatus(error, Cat("cannot make the folder `", folder_, "`"))
                     : Status::Ok();
  }

  Status Write(std::string_view bytes) override {
    PartitionFrame frame;
    while (TakeFrame(&bytes, &frame)) {
      Partition& partition = partitions_[std::string(frame.path)];
      partition.newest = std::max(partition.newest, frame.time);
      if (partition.fd < 0) {
        if (Status status = Begin(frame.path, &partition); !status.ok()) return status;
      }
      partition.used = ++clock_;
      partition.held += frame.row;
      if (partition.held.size() < kHeldBytesMax) continue;
      if (Status status = WriteHeld(&partition); !status.ok()) return status;
    }
    return Status::Ok();
  }

  Status Advance(int64_t watermark) override {
    if (every_ <= 0 || watermark == INT64_MIN) return Status::Ok();
    for (auto at = partitions_.begin(); at != partitions_.end();) {
      if (End(at->second.newest) > watermark) {
        ++at;
        continue;
      }
      if (Status status = Publish(at->first, &at->second); !status.ok()) return status;
      at = partitions_.erase(at);
    }
    return Status::Ok();
  }

  Status Finish() override {
    for (auto& [path, partition] : partitions_) {
      if (Status status = Publish(path, &partition); !status.ok()) return status;
    }
    partitions_.clear();
    TellEarlier();
    return Status::Ok();
  }

  // What was published stays: its rows are complete.
  void Abandon() override {
    for (auto& [path, partition] : partitions_) {
      if (partition.fd >= 0) env_.Close(std::exchange(partition.fd, -1));
      for (const std::string& part : partition.parts) env_.Remove(Cat(part, kUnfinishedSuffix));
    }
    partitions_.clear();
  }

 private:
  struct Partition {
    int fd = -1;
    int64_t used = 0;
    int64_t newest = INT64_MIN;
    std::string held;
    std::vector<std::string> parts;  // not published yet; `fd` is the last one's
  };

  // The end of the span of time that `time` lies in; rows without a time never end it.
  int64_t End(int64_t time) const {
    if (time == INT64_MIN) return INT64_MAX;
    int64_t into = time % every_;
    if (into < 0) into += every_;
    int64_t end;
    return __builtin_add_overflow(time - into, every_, &end) ? INT64_MAX : end;
  }

  Status Begin(std::string_view path, Partition* partition) {
    if (open_ >= kOpenPartsMax) {
      if (Status status = CloseOldest(); !status.ok()) return status;
    }
    std::string folder = Cat(folder_, "/", path);
    int error = env_.MakeDirectories(folder);
    if (error < 0) return IoStatus(error, Cat("cannot make the folder `", folder, "`"));
    // Parts of earlier runs stay.
    auto [next, first] = next_.try_emplace(std::string(path), 0);
    int64_t& number = next->second;
    std::string name;
    FileInfo info;
    do {
      name = Cat(folder, "/part-", number++, extension_);
    } while (env_.Describe(name, &info) == 0);
    if (first && number > 1 && earlier_++ == 0) earlier_folder_ = folder;
    std::string unfinished = Cat(name, kUnfinishedSuffix);
    partition->fd = env_.CreateNew(unfinished);
    if (partition->fd == -EEXIST) {
      // Left by a run that was killed.
      env_.Remove(unfinished);
      partition->fd = env_.CreateNew(unfinished);
    }
    if (partition->fd < 0) return IoStatus(partition->fd, Cat("cannot write `", name, "`"));
    ++open_;
    partition->parts.push_back(std::move(name));
    partition->held = header_;
    return Status::Ok();
  }

  // Whoever reads the folders gets the rows of both runs.
  void TellEarlier() {
    if (earlier_ == 0 || quiet_) return;
    std::string text =
        Cat("flow: ", earlier_, earlier_ == 1 ? " folder" : " folders", " of `", folder_,
            "` had parts of an earlier run, to which this one added (first `", earlier_folder_,
            "`); remove them first to replace them\n");
    WriteAll(env_, env_.standard_error(), text.data(), static_cast<int64_t>(text.size()));
  }

  Status WriteHeld(Partition* partition) {
    int error = WriteAll(env_, partition->fd, partition->held.data(),
                         static_cast<int64_t>(partition->held.size()));
    partition->held.clear();
    return error < 0 ? IoStatus(error, Cat("cannot write `", partition->parts.back(), "`"))
                     : Status::Ok();
  }

  // The part is whole, though not published yet.
  Status Close(Partition* partition) {
    if (partition->fd < 0) return Status::Ok();
    if (Status status = WriteHeld(partition); !status.ok()) return status;
    int error = env_.Sync(partition->fd);
    if (int closed = env_.Close(std::exchange(partition->fd, -1)); error == 0) error = closed;
    --open_;
    return error < 0 ? IoStatus(error, Cat("cannot finish `", partition->parts.back(), "`"))
                     : Status::Ok();
  }

  Status CloseOldest() {
    Partition* oldest = nullptr;
    for (auto& [path, partition] : partitions_) {
      if (partition.fd < 0) continue;
      if (oldest == nullptr || partition.used < oldest->used) oldest = &partition;
    }
    return oldest == nullptr ? Status::Ok() : Close(oldest);
  }

  Status Publish(const std::string& path, Partition* partition) {
    if (Status status = Close(partition); !status.ok()) return status;
    std::string mark = Cat(folder_, "/", path, "/", kMark);
    while (!partition->parts.empty()) {
      const std::string& part = partition->parts.front();
      if (int error = env_.Rename(Cat(part, kUnfinishedSuffix), part); error < 0) {
        return IoStatus(error, Cat("cannot finish `", part, "`"));
      }
      partition->parts.erase(partition->parts.begin());
    }
    FileInfo info;
    if (env_.Describe(mark, &info) != 0) {
      int fd = env_.CreateNew(mark);
      if (fd < 0) return IoStatus(fd, Cat("cannot write `", mark, "`"));
      env_.Close(fd);
    }
    env_.SyncDirectoryOf(mark);
    return Status::Ok();
  }

  Env& env_;
  std::string folder_;
  std::string extension_;
  std::string header_;
  int64_t every_;
  bool quiet_;
  int64_t earlier_ = 0;  // folders that had parts when the run came to them
  std::string earlier_folder_;
  std::map<std::string, Partition, std::less<>> partitions_;
  std::map<std::string, int64_t, std::less<>> next_;  // number of the next part
  size_t open_ = 0;
  int64_t clock_ = 0;
};

}  // namespace

std::unique_ptr<Sink> MakePartitionedFileSink(Env& env, std::string folder, std::string extension,
                                              std::string header, int64_t every, bool quiet) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return std::make_unique<PartitionedFileSink>(env, std::move(folder), std::move(extension),
                                               std::move(header), every, quiet);
}

}  // namespace flow::runtime
