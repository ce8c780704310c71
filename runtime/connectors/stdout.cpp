// stdout: rows as they are encoded; on a terminal, as a table.

#include <sys/ioctl.h>

#include <cerrno>
#include <optional>

#include "runtime/connectors/connectors.h"
#include "runtime/connectors/csv_header.h"
#include "runtime/screen.h"
#include "runtime/terminal_table.h"

namespace flow::runtime {
namespace {

int TerminalWidth(const RunOptions& options, int fd) {
  if (options.terminal_width > 0) return options.terminal_width;
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

class StdoutSink final : public Sink {
 public:
  StdoutSink(Env& env, std::string header, std::optional<TerminalTable> table, Screen* screen)
      : env_(env), header_(std::move(header)), table_(std::move(table)), screen_(screen) {}

  Status Open() override { return header_.empty() ? Status::Ok() : Put(header_); }
  Status Write(std::string_view bytes) override {
    return table_ ? Put(table_->Add(bytes)) : Put(bytes);
  }
  Status Flush() override { return table_ ? Put(table_->Flush()) : Status::Ok(); }
  Status Finish() override { return Flush(); }
  // What was written before the failure belongs to the output.
  void Abandon() override { (void)Flush(); }
  bool closed() const override {
    if (!closed_) closed_ = env_.ReaderGone(env_.standard_output());
    return closed_;
  }

 private:
  Status Put(std::string_view bytes) {
    if (bytes.empty() || closed_) return Status::Ok();
    Screen::Writing writing(screen_);
    int error =
        WriteAll(env_, env_.standard_output(), bytes.data(), static_cast<int64_t>(bytes.size()));
    // Nobody reads on: the run ends quietly.
    if (error == -EPIPE) closed_ = true;
    if (error == 0 || closed_) return Status::Ok();
    return IoStatus(error, "cannot write standard output");
  }

  Env& env_;
  std::string header_;
  std::optional<TerminalTable> table_;
  Screen* screen_;
  mutable bool closed_ = false;
};

Status OpenSink(const SinkRequest& request, std::unique_ptr<Sink>* sink) {
  std::optional<TerminalTable> table;
  if (request.options.stdout_is_terminal && request.plan.endpoint.format == "json") {
    int width = TerminalWidth(request.options, request.env.standard_output());
    std::vector<std::string> names = request.plan.columns;
    if (request.plan.changes) names[0].clear();  // `+` and `-` speak for themselves
    table.emplace(std::move(names), width);
  }
  *sink = std::make_unique<StdoutSink>(request.env, CsvHeader(request), std::move(table),
                                       request.screen);
  return Status::Ok();
}

}  // namespace

constexpr ConnectorDef kStdoutDef = {
    .name = "stdout",
    .summary = "Standard output: a table on a terminal, else NDJSON or the given format.",
    .is_sink = true,
    .arguments = {},
    .takes_updates = true,
};
constexpr Connector kStdout = {&kStdoutDef, nullptr, OpenSink};

}  // namespace flow::runtime
