#include "interp/sinks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

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
  if (sink.endpoint.connector == "file") writer->path_ = arguments.Text("path", "");
  bool header = writer->format_ == "csv" && format.Text("header", "true") == "true";
  for (size_t i = 0; header && i < row.fields().size(); ++i) {
    if (i > 0) writer->bytes_ += writer->separator_;
    writer->bytes_ += writer->CsvCell(Type::String(), Value::Text(row.fields()[i].external_name()));
  }
  if (header) writer->bytes_ += '\n';
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
  ++rows_;
  if (sink_.endpoint.connector == "blackhole") return;
  if (format_ == "json") {
    AppendJson(row_, row, &bytes_);
  } else {
    for (size_t i = 0; i < row.items.size(); ++i) {
      const Type& type = row_.fields()[i].type;
      if (i > 0) bytes_ += format_ == "csv" ? separator_ : '\t';
      bytes_ += format_ == "csv" ? CsvCell(type, row.items[i]) : PlainText(type, row.items[i]);
    }
  }
  bytes_ += '\n';
  if (sink_.endpoint.connector != "stdout" || bytes_.size() < kFlushBytes) return;
  WriteAll(1, bytes_);
  bytes_.clear();
}

bool SinkWriter::Finish(bool complete, InputError* error) {
  if (sink_.endpoint.connector == "stdout") {
    if (WriteAll(1, bytes_)) return true;
    *error = {74, Cat("cannot write standard output: ", std::strerror(errno))};
    return false;
  }
  if (!complete || path_.empty()) return true;
  std::string unfinished = path_ + ".unfinished";
  int fd = open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  bool good = fd >= 0 && WriteAll(fd, bytes_) && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  good = good && rename(unfinished.c_str(), path_.c_str()) == 0;
  if (!good) *error = {74, Cat("cannot write `", path_, "`: ", std::strerror(errno))};
  return good;
}

}  // namespace flow::interp
