// file: one file, or all that fit a pattern; followed while it grows, or read once in parallel.
// Written under another name beside it, and given its own when it is complete.

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/csv_header.h"
#include "runtime/connectors/partitioned_file.h"

namespace flow::runtime {
namespace {

constexpr const char* kUnfinishedSuffix = ".unfinished";

bool IsPattern(const std::string& path) { return path.find_first_of("*?[") != std::string::npos; }

Status CheckFile(Env& env, const std::string& path, FileInfo* info) {
  std::string doing = Cat("cannot read `", path, "`");
  if (int error = env.Describe(path, info); error < 0) {
    Status status = IoStatus(error, doing);
    if (error == -ENOENT && !path.empty() && path[0] != '/') {
      Append(status.message, "; relative paths start at the current directory");
    }
    return status;
  }
  if (info->kind != FileKind::kDirectory) return Status::Ok();
  return Status::Error(kExitIo, Cat(doing, ": it is a directory; name its files, as `", path,
                                    path.ends_with('/') ? "" : "/", "*`"));
}

Status OpenOne(Env& env, const std::string& path, const TextRules& rules,
               const std::function<void()>& wake, std::unique_ptr<UnitReader>* reader) {
  int fd = env.OpenRead(path);
  if (fd < 0) return IoStatus(fd, Cat("cannot read `", path, "`"));
  FileInfo info;
  char mark[4] = {};
  bool regular = env.Describe(fd, &info) == 0 && info.kind == FileKind::kRegular;
  bool compressed = regular && env.ReadAt(fd, mark, 4, 0) == 4 && IsCompressed({mark, 4});
  // Files of /proc have bytes but no size.
  if (regular && !compressed && info.size > 0) {
    return OpenChunkReader(env, {path, fd, 0, info.size, true}, rules, reader);
  }
  auto stream = MakeInflatingStream(MakeFdStream(env, fd, true));
  *reader = MakeReaderThread(MakeStreamReader(path, std::move(stream), rules), wake);
  return Status::Ok();
}

Status OpenSource(const SourceRequest& request, std::vector<Partition>* partitions) {
  const Program& program = request.program;
  const std::vector<ArgPlan>& args = request.plan.endpoint.args;
  Env* env = &request.env;
  std::optional<std::vector<std::string>> given = program.Texts(Program::FindArg(args, "path"));
  if (!given) return Status::Error(kExitInternal, "a file source without its path");
  bool follow = program.Bool(Program::FindArg(args, "follow")).value_or(false);
  std::vector<std::string> paths;
  for (const std::string& path : *given) {
    if (!IsPattern(path)) {
      paths.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    if (int error = env->Glob(path, &found); error < 0) {
      return IoStatus(error, Cat("cannot look for `", path, "`"));
    }
    // Directories beside the files are not meant.
    std::erase_if(found, [env](const std::string& name) {
      FileInfo info;
      return env->Describe(name, &info) == 0 && info.kind == FileKind::kDirectory;
    });
    if (found.empty()) return Status::Error(kExitIo, Cat("no file fits `", path, "`"));
    paths.insert(paths.end(), found.begin(), found.end());
  }
  std::sort(paths.begin(), paths.end());
  TextRules rules = MakeTextRules(request);
  std::function<void()> wake = request.wake;
  for (const std::string& path : paths) {
    Partition partition;
    partition.source = request.source;
    partition.name = path;
    partition.bounded = !follow;
    FileInfo info;
    Status status = CheckFile(*env, path, &info);
    if (!status.ok()) return status;
    if (info.kind == FileKind::kRegular) partition.bytes = info.size;
    if (follow) {
      partition.bytes = -1;
      partition.open = [=](std::unique_ptr<UnitReader>* reader) {
        auto stream = MakeFollowStream(*env, path);
        *reader = MakeReaderThread(MakeStreamReader(path, std::move(stream), rules), wake);
        return Status::Ok();
      };
    } else {
      partition.open = [=](std::unique_ptr<UnitReader>* reader) {
        return OpenOne(*env, path, rules, wake, reader);
      };
    }
    partitions->push_back(std::move(partition));
  }
  return Status::Ok();
}

// A file is written aside and takes its name when it is whole. What stands at the path keeps its
// nature: a link leads to the file that is replaced, permissions stay.
class FileSink final : public Sink {
 public:
  FileSink(Env& env, std::string path, std::string header)
      : env_(env),
        path_(env.Resolve(path)),
        unfinished_(Cat(path_, kUnfinishedSuffix)),
        header_(std::move(header)) {}
  ~FileSink() override { Abandon(); }

  Status Open() override {
    fd_ = env_.CreateNew(unfinished_);
    if (fd_ == -EEXIST) {
      // Left by a run that was killed: whoever writes there now holds no claim to the name.
      env_.Remove(unfinished_);
      fd_ = env_.CreateNew(unfinished_);
    }
    if (fd_ < 0) return IoStatus(fd_, Cat("cannot write `", path_, "`"));
    if (FileInfo old; env_.Describe(path_, &old) == 0) env_.SetMode(fd_, old.mode);
    return header_.empty() ? Status::Ok() : Write(header_);
  }
  Status Write(std::string_view bytes) override {
    int error = WriteAll(env_, fd_, bytes.data(), static_cast<int64_t>(bytes.size()));
    return error < 0 ? IoStatus(error, Cat("cannot write `", path_, "`")) : Status::Ok();
  }
  Status Finish() override {
    int error = env_.Sync(fd_);
    if (int closed = env_.Close(std::exchange(fd_, -1)); error == 0) error = closed;
    if (error == 0) error = env_.Rename(unfinished_, path_);
    if (error < 0) {
      env_.Remove(unfinished_);
      return IoStatus(error, Cat("cannot finish `", path_, "`"));
    }
    env_.SyncDirectoryOf(path_);
    return Status::Ok();
  }
  void Abandon() override {
    if (fd_ < 0) return;
    env_.Close(std::exchange(fd_, -1));
    env_.Remove(unfinished_);
  }

 private:
  Env& env_;
  std::string path_;
  std::string unfinished_;
  std::string header_;
  int fd_ = -1;
};

// A pipe or device at the path is written as it is: there is nothing to replace.
class DeviceSink final : public Sink {
 public:
  DeviceSink(Env& env, std::string path, std::string header)
      : env_(env), path_(std::move(path)), header_(std::move(header)) {}
  ~DeviceSink() override { Abandon(); }

  Status Open() override {
    fd_ = env_.OpenWrite(path_);
    if (fd_ < 0) return IoStatus(fd_, Cat("cannot write `", path_, "`"));
    return header_.empty() ? Status::Ok() : Write(header_);
  }
  Status Write(std::string_view bytes) override {
    int error = WriteAll(env_, fd_, bytes.data(), static_cast<int64_t>(bytes.size()));
    return error < 0 ? IoStatus(error, Cat("cannot write `", path_, "`")) : Status::Ok();
  }
  Status Finish() override {
    int error = env_.Close(std::exchange(fd_, -1));
    return error < 0 ? IoStatus(error, Cat("cannot finish `", path_, "`")) : Status::Ok();
  }
  void Abandon() override {
    if (fd_ >= 0) env_.Close(std::exchange(fd_, -1));
  }

 private:
  Env& env_;
  std::string path_;
  std::string header_;
  int fd_ = -1;
};

Status OpenSink(const SinkRequest& request, std::unique_ptr<Sink>* sink) {
  const EndpointPlan& endpoint = request.plan.endpoint;
  auto path = request.program.Text(Program::FindArg(endpoint.args, "path"));
  if (!path || path->empty()) return Status::Error(kExitUsage, "a file to write needs a path");
  if (path->ends_with(".gz") || path->ends_with(".zst")) {
    return Status::Error(kExitUsage, Cat("cannot write `", *path,
                                         "` compressed; write it plain, compress it afterwards"));
  }
  FileInfo info;
  bool exists = request.env.Describe(*path, &info) == 0;
  if (request.plan.framed) {
    if (exists && info.kind != FileKind::kDirectory) {
      return Status::Error(
          kExitIo, Cat("cannot write partitions into `", *path, "`: it is a file; name a folder"));
    }
    int64_t every = request.program.Int(Program::FindArg(endpoint.args, "every")).value_or(0);
    *sink = MakePartitionedFileSink(request.env, *path, Cat(".", endpoint.format),
                                    CsvHeader(request), every, request.options.quiet);
    return Status::Ok();
  }
  if (exists && info.kind == FileKind::kDirectory) {
    return Status::Error(kExitIo, Cat("cannot write `", *path, "`: it is a directory"));
  }
  if (exists && info.kind != FileKind::kRegular) {
    *sink = std::make_unique<DeviceSink>(request.env, *path, CsvHeader(request));
    return Status::Ok();
  }
  *sink = std::make_unique<FileSink>(request.env, *path, CsvHeader(request));
  return Status::Ok();
}

constexpr ArgumentDef kArguments[] = {
    {"path", "string", nullptr, "the file; as a source also a pattern: \"logs/*.csv\""},
    {"follow", "bool", "false", "source: goes on reading what is added, through rotations"},
    {"partition", "string", "\"\"",
     "sink: columns, as \"dt, hm\", whose values name folders under the path", true},
    {"every", "duration", "0s",
     "sink with partitions: the event time each holds; complete when the watermark has passed it"},
};

}  // namespace

constexpr ConnectorDef kFileDef = {
    .name = "file",
    .summary = "Files: read in parallel, or followed while they grow; written all or nothing.",
    .is_source = true,
    .is_sink = true,
    .arguments = kArguments,
    .boundedness = Boundedness::kByArguments,
    .unbounded_if = "follow",
};
constexpr Connector kFile = {&kFileDef, OpenSource, OpenSink};

}  // namespace flow::runtime
