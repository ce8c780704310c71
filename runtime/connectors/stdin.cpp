// stdin: a pipe is read as it comes; a file that was redirected is read in parallel like any file.

#include <algorithm>

#include "base/text.h"
#include "runtime/connectors/connectors.h"

namespace flow::runtime {
namespace {

Status OpenSource(const SourceRequest& request, std::vector<Partition>* partitions) {
  Env* env = &request.env;
  FileInfo info;
  int fd = env->standard_input();
  if (int error = env->Describe(fd, &info); error < 0) {
    return IoStatus(error, "cannot read standard input");
  }
  if (info.kind == FileKind::kDirectory) {
    return Status::Error(kExitIo, "standard input is a directory; give a file or a pipe");
  }
  TextRules rules = MakeTextRules(request);
  Partition partition;
  partition.source = request.source;
  partition.name = "<stdin>";
  if (info.kind == FileKind::kRegular) partition.bytes = info.size;
  std::function<void()> wake = request.wake;
  partition.open = [=](std::unique_ptr<UnitReader>* reader) {
    if (info.kind == FileKind::kRegular) {
      // Whoever had the file before may have read its beginning.
      int64_t begin = std::max<int64_t>(env->Position(fd), 0);
      char mark[4] = {};
      int64_t have = env->ReadAt(fd, mark, sizeof mark, begin);
      bool compressed = have == 4 && IsCompressed({mark, 4});
      if (have >= 0 && !compressed) {
        OpenFile file{"<stdin>", fd, begin, std::max(begin, info.size), false};
        return OpenChunkReader(*env, file, rules, reader);
      }
    }
    auto stream = MakeInflatingStream(MakeFdStream(*env, fd, false));
    *reader = MakeReaderThread(MakeStreamReader("<stdin>", std::move(stream), rules), wake);
    return Status::Ok();
  };
  partitions->push_back(std::move(partition));
  return Status::Ok();
}

}  // namespace

constexpr ConnectorDef kStdinDef = {
    .name = "stdin",
    .summary = "Standard input.",
    .is_source = true,
    .arguments = {},
};
constexpr Connector kStdin = {&kStdinDef, OpenSource, nullptr};

}  // namespace flow::runtime
