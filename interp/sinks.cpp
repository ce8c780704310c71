#include "interp/sinks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/text.h"
#include "interp/json_text.h"

namespace flow::interp {
namespace {

constexpr size_t kFlushBytes = 1 << 16;

bool WriteAll(int fd, const std::string& bytes) {
  for (size_t at = 0; at < bytes.size();) {
    ssize_t n = write(fd, bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EPIPE;  // nobody reads on
    at += static_cast<size_t>(n);
  }
  return true;
}

std::string QuotedCell(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A value as the name of a folder.
std::string PathText(const std::string& text) {
  if (text == "__none__") return "%5F_none__";  // which is no none
  std::string out;
  for (char c : text) {
    bool plain =
        static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '/' && c != '\\' && c != '%';
    char escaped[8];
    if (!plain) snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned char>(c));
    out += plain ? std::string(1, c) : std::string(escaped);
  }
  return out;
}

}  // namespace

bool SinkWriter::Open(const ir::Module& module, const ir::Sink& sink, const Type& row,
                      Evaluator& evaluator, std::unique_ptr<SinkWriter>* out, InputError* error) {
  Arguments arguments;
  Arguments format;
  error->exit_code = 2;
  if (!Arguments::Evaluate(module, sink.endpoint.args, evaluator, &arguments, &error->message) ||
      !Arguments::Evaluate(module, sink.endpoint.format_args, evaluator, &format,
                           &error->message)) {
    return false;
  }
  error->exit_code = 0;
  std::unique_ptr<SinkWriter> writer(new SinkWriter(sink, row));
  writer->format_ = sink.endpoint.format.empty() ? "json" : sink.endpoint.format;
  writer->separator_ = format.Text("separator", ",")[0];
  if (sink.endpoint.connector == "file") {
    writer->path_ = arguments.Text("path", "");
    writer->parts_ = SplitNames(arguments.Text("partition", ""));
  }
  bool header = writer->format_ == "csv" && format.Text("header", "true") == "true";
  for (const StructField& field : row.fields()) {
    if (!header || Contains(writer->parts_, field.name)) continue;
    if (!writer->header_.empty()) writer->header_ += writer->separator_;
    writer->header_ += writer->CsvCell(Type::String(), Value::Text(field.external_name()));
  }
  if (header) writer->header_ += '\n';
  if (writer->parts_.empty()) writer->bytes_ = writer->header_;
  *out = std::move(writer);
  return true;
}

std::string SinkWriter::CsvCell(const Type& type, const Value& value) const {
  if (type.is_optional()) return value.there() ? CsvCell(type.inner(), value) : "";
  std::string text = PlainText(type, value);
  if (type.is(TypeKind::kBool) || type.is(TypeKind::kInt) || type.is(TypeKind::kDecimal))
    return text;
  bool plain = !text.empty() && text.front() != ' ' && text.back() != ' ' &&
               text.find_first_of("\"\n\r") == std::string::npos &&
               text.find(separator_) == std::string::npos;
  return plain ? text : QuotedCell(text);
}

void SinkWriter::Write(const Value& row) {
  if (row_.fields().size() == row.items.size() + 1) {
    // Of an updating stream, whose last rows are all that come here (semantics.md 60).
    Value change = row;
    change.items.insert(change.items.begin(), Value::Text("+"));
    return Write(change);
  }
  ++rows_;
  if (sink_.endpoint.connector == "blackhole") return;
  if (!parts_.empty()) return WritePartitioned(row);
  bytes_ += RowText(row_, row);
  if (sink_.endpoint.connector != "stdout" || bytes_.size() < kFlushBytes) return;
  WriteAll(1, bytes_);
  bytes_.clear();
}

std::string SinkWriter::RowText(const Type& row_type, const Value& row) const {
  std::string out;
  if (format_ == "json") {
    AppendJson(row_type, row, &out);
    return out + '\n';
  }
  for (size_t i = 0; i < row.items.size(); ++i) {
    const Type& type = row_type.fields()[i].type;
    if (i > 0) out += format_ == "csv" ? separator_ : '\t';
    out += format_ == "csv" ? CsvCell(type, row.items[i]) : PlainText(type, row.items[i]);
  }
  return out + '\n';
}

void SinkWriter::WritePartitioned(const Value& row) {
  std::string folder = path_;
  std::vector<StructField> fields;
  Value rest = Value::Items({});
  for (size_t i = 0; i < row.items.size(); ++i) {
    const StructField& field = row_.fields()[i];
    if (Contains(parts_, field.name)) continue;
    fields.push_back(field);
    rest.items.push_back(row.items[i]);
  }
  for (const std::string& part : parts_) {
    auto i = static_cast<size_t>(row_.FieldIndex(part));
    const Type type = row_.fields()[i].type.strip_optional();
    folder += Cat("/", part, "=");
    folder += row.items[i].there() ? PathText(PlainText(type, row.items[i])) : "__none__";
  }
  auto [text, fresh] = folders_.try_emplace(folder, header_);
  text->second += RowText(Type::Struct(std::move(fields)), rest);
}

bool SinkWriter::FinishFolders() const {
  for (const auto& [folder, text] : folders_) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    for (const auto& [name, bytes] : {std::pair{Cat("part-0.", format_), text},
                                      std::pair{std::string("_SUCCESS"), std::string()}}) {
      std::string path = Cat(folder, "/", name);
      int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
      bool good = fd >= 0 && WriteAll(fd, bytes);
      if (fd >= 0) close(fd);
      if (!good) return false;
    }
  }
  return true;
}

bool SinkWriter::Finish(bool complete, InputError* error) {
  if (sink_.endpoint.connector == "stdout") {
    if (WriteAll(1, bytes_)) return true;
    *error = {74, Cat("cannot write standard output: ", std::strerror(errno))};
    return false;
  }
  if (!complete || path_.empty()) return true;
  if (!parts_.empty()) {
    if (FinishFolders()) return true;
    *error = {74, Cat("cannot write below `", path_, "`: ", std::strerror(errno))};
    return false;
  }
  std::string unfinished = path_ + ".unfinished";
  int fd = open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  bool good = fd >= 0 && WriteAll(fd, bytes_) && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  good = good && rename(unfinished.c_str(), path_.c_str()) == 0;
  if (!good) *error = {74, Cat("cannot write `", path_, "`: ", std::strerror(errno))};
  return good;
}

}  // namespace flow::interp
