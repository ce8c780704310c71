// Where partitions come from: files by name or pattern, standard input, the NEXMark generator.

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "interp/memory_layout.h"
#include "interp/read_lines.h"
#include "interp/records.h"
#include "runtime/nexmark.h"

namespace flow::interp {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitIo = 74;

bool ReadAll(int fd, std::string* out) {
  char chunk[1 << 16];
  for (;;) {
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n == 0) return true;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    out->append(chunk, static_cast<size_t>(n));
  }
}

// Several members may follow each other.
bool Gunzip(const std::string& packed, std::string* out) {
  z_stream stream = {};
  if (inflateInit2(&stream, 15 + 32) != Z_OK) return false;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  char chunk[1 << 16];
  int code = Z_OK;
  while (code == Z_OK || (code == Z_STREAM_END && stream.avail_in > 0)) {
    if (code == Z_STREAM_END) inflateReset(&stream);
    stream.next_out = reinterpret_cast<Bytef*>(chunk);
    stream.avail_out = sizeof chunk;
    code = inflate(&stream, Z_NO_FLUSH);
    out->append(chunk, sizeof chunk - stream.avail_out);
  }
  inflateEnd(&stream);
  return code == Z_STREAM_END;
}

bool Unzstd(const std::string& packed, std::string* out) {
  ZSTD_DStream* stream = ZSTD_createDStream();
  ZSTD_inBuffer in = {packed.data(), packed.size(), 0};
  char chunk[1 << 16];
  size_t left = 0;
  bool good = true;
  while (good && (in.pos < in.size || left != 0)) {
    ZSTD_outBuffer room = {chunk, sizeof chunk, 0};
    size_t before = in.pos;
    left = ZSTD_decompressStream(stream, &room, &in);
    good = ZSTD_isError(left) == 0 && (in.pos > before || room.pos > 0);
    out->append(chunk, room.pos);
  }
  ZSTD_freeDStream(stream);
  return good;
}

bool Unpack(const std::string& path, std::string* bytes, InputError* error) {
  std::string packed;
  bool good = true;
  if (bytes->starts_with("\x1f\x8b")) {
    packed.swap(*bytes);
    good = Gunzip(packed, bytes);
  } else if (bytes->starts_with("\x28\xb5\x2f\xfd")) {
    packed.swap(*bytes);
    good = Unzstd(packed, bytes);
  }
  if (!good) *error = {kExitIo, Cat("cannot read `", path, "`: the compressed data is damaged")};
  return good;
}

Loader LoadFile(std::string path) {
  return [path](std::string* bytes, InputError* error) {
    int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && ReadAll(fd, bytes);
    if (!good) *error = {kExitIo, Cat("cannot read `", path, "`: ", std::strerror(errno))};
    if (fd >= 0) close(fd);
    return good && Unpack(path, bytes, error);
  };
}

Loader LoadStdin() {
  return [](std::string* bytes, InputError* error) {
    if (ReadAll(0, bytes)) return Unpack("stdin", bytes, error);
    *error = {kExitIo, Cat("cannot read standard input: ", std::strerror(errno))};
    return false;
  };
}

std::vector<std::string> Matching(const std::string& pattern) {
  std::vector<std::string> out;
  glob_t found = {};
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; ++i) {
      struct stat info = {};
      bool directory = stat(found.gl_pathv[i], &info) == 0 && S_ISDIR(info.st_mode);
      if (!directory) out.emplace_back(found.gl_pathv[i]);
    }
  }
  globfree(&found);
  return out;
}

bool FilesOf(const Arguments& arguments, std::vector<std::string>* files, InputError* error) {
  for (const std::string& path : arguments.Texts("path")) {
    if (path.find_first_of("*?[") == std::string::npos) {
      files->push_back(path);
      continue;
    }
    std::vector<std::string> found = Matching(path);
    if (found.empty()) return *error = {kExitIo, Cat("no file fits `", path, "`")}, false;
    files->insert(files->end(), found.begin(), found.end());
  }
  for (const std::string& path : *files) {
    struct stat info = {};
    if (stat(path.c_str(), &info) != 0) {
      return *error = {kExitIo, Cat("cannot read `", path, "`: ", std::strerror(errno))}, false;
    }
    if (!S_ISDIR(info.st_mode)) continue;
    return *error = {kExitIo, Cat("cannot read `", path, "`: it is a directory")}, false;
  }
  std::sort(files->begin(), files->end());
  return true;
}

// The value with only the fields that `to` still has: nested ones nobody reads are gone from it.
Value Project(const Type& from, const Type& to, const Value& value) {
  if (from == to || !value.there()) return value;
  if (to.is_optional()) return Project(from.inner(), to.inner(), value);
  std::vector<Value> items;
  for (const StructField& field : to.fields()) {
    auto i = static_cast<size_t>(from.FieldIndex(field.name));
    items.push_back(Project(from.fields()[i].type, field.type, value.items[i]));
  }
  return Value::Items(std::move(items));
}

class EventRecord final : public Record {
 public:
  EventRecord(const Type& type, Value row) : type_(type), row_(std::move(row)) {}
  bool Decode(const StructField& field, Value* value, DecodeFault*) override {
    auto i = static_cast<size_t>(type_.FieldIndex(field.name));
    *value = Project(type_.fields()[i].type, field.type, row_.items[i]);
    return true;
  }

 private:
  const Type& type_;
  Value row_;
};

class NexmarkEvents final : public Partition {
 public:
  NexmarkEvents(Type type, int32_t kind, const Arguments& arguments)
      : type_(std::move(type)),
        kind_(kind),
        events_(arguments.Whole("events", INT64_MAX / 100000)),
        tables_(static_cast<uint64_t>(arguments.Whole("seed", 1)),
                static_cast<double>(arguments.Whole("rate", 10000)),
                arguments.Whole("base", 1704067200000000000)) {
    name = "nexmark";
  }

  std::unique_ptr<Record> Next(InputError*) override {
    next_ = flow_nexmark_next(kind_, next_);
    if (next_ >= events_) return nullptr;
    Value row = kind_ == kFlowNexmarkEvent ? AnyEvent() : EventOf(kind_, type_);
    auto record = std::make_unique<EventRecord>(type_, std::move(row));
    record->offset = next_++;
    return record;
  }

 private:
  // { kind, dateTime, person?, auction?, bid? }
  Value AnyEvent() {
    int32_t kind = flow_nexmark_kind(next_);
    std::vector<Value> items = {Value::Of(kind),
                                Value::Of(flow_nexmark_time(tables_.generator(), next_))};
    for (int32_t each = kFlowNexmarkPerson; each <= kFlowNexmarkBid; ++each) {
      const Type& type = type_.fields()[static_cast<size_t>(each) + 2].type.inner();
      items.push_back(each == kind ? EventOf(kind, type) : Value::None());
    }
    return Value::Items(std::move(items));
  }

  Value EventOf(int32_t kind, const Type& type) {
    runtime::Arena arena;
    const FlowNexmark* generator = tables_.generator();
    alignas(16) char row[1024] = {};
    uint32_t all = ~uint32_t{0};
    switch (kind) {
      case kFlowNexmarkPerson:
        flow_nexmark_person(arena.get(), generator, next_, all,
                            reinterpret_cast<FlowNexmarkPerson*>(row));
        break;
      case kFlowNexmarkAuction:
        flow_nexmark_auction(arena.get(), generator, next_, all,
                             reinterpret_cast<FlowNexmarkAuction*>(row));
        break;
      default:
        flow_nexmark_bid(arena.get(), generator, next_, all,
                         reinterpret_cast<FlowNexmarkBid*>(row));
    }
    return LoadValue(type, row);
  }

  Type type_;
  int32_t kind_;
  int64_t events_;
  runtime::NexmarkTables tables_;
  int64_t next_ = 0;
};

std::unique_ptr<Partition> OpenText(std::string name, const ir::Source& source,
                                    const Arguments& format, Loader load) {
  const std::string& kind = source.endpoint.format;
  if (kind == "csv") return CsvPartition(std::move(name), source, format, std::move(load));
  if (kind == "text") return TextPartition(std::move(name), format, std::move(load));
  return JsonPartition(std::move(name), format, std::move(load));
}

}  // namespace

std::unique_ptr<Partition> NexmarkPartition(const ir::Source&, const Arguments& arguments,
                                            InputError* error) {
  std::string kind = arguments.Text("kind", "bid");
  const char* schema = runtime::NexmarkSchema(kind);
  if (schema == nullptr) {
    *error = {kExitUsage, Cat("nexmark has no events of kind ", QuoteString(kind))};
    return nullptr;
  }
  int32_t number = kind == "person"    ? kFlowNexmarkPerson
                   : kind == "auction" ? kFlowNexmarkAuction
                   : kind == "bid"     ? kFlowNexmarkBid
                                       : kFlowNexmarkEvent;
  return std::make_unique<NexmarkEvents>(ParseType(schema), number, arguments);
}

bool OpenSource(const ir::Module& module, const ir::Source& source, Evaluator& evaluator,
                std::vector<std::unique_ptr<Partition>>* partitions, InputError* error) {
  Arguments arguments;
  Arguments format;
  error->exit_code = kExitUsage;
  if (!Arguments::Evaluate(module, source.endpoint.args, evaluator, &arguments, &error->message) ||
      !Arguments::Evaluate(module, source.endpoint.format_args, evaluator, &format,
                           &error->message)) {
    return false;
  }
  error->exit_code = 0;
  const std::string& connector = source.endpoint.connector;
  if (connector == "nexmark") {
    partitions->push_back(NexmarkPartition(source, arguments, error));
    return partitions->back() != nullptr;
  }
  if (connector == "stdin") {
    partitions->push_back(OpenText("stdin", source, format, LoadStdin()));
    return true;
  }
  if (connector != "file") {
    *error = {kExitUsage, Cat("the interpreter does not read from ", connector)};
    return false;
  }
  std::vector<std::string> files;
  if (!FilesOf(arguments, &files, error)) return false;
  for (const std::string& path : files) {
    partitions->push_back(OpenText(path, source, format, LoadFile(path)));
  }
  return true;
}

}  // namespace flow::interp
