#include "runtime/partition.h"

#include <cstring>
#include <string>

#include "base/type.h"
#include "runtime/formats/formats.h"
#include "runtime/inline/memory.h"
#include "runtime/memory.h"
#include "runtime/value.h"

extern "C" void flow_text_append_value(FlowBuffer* buffer, const FlowType* type,
                                       const void* value) noexcept;

namespace {

struct Header {
  int64_t path_size;
  int64_t row_size;
  int64_t time;
};

constexpr std::string_view kNone = "__none__";

void Append(FlowBuffer* buffer, std::string_view text) {
  auto size = static_cast<int64_t>(text.size());
  char* at = flow_buffer_reserve(buffer, size);
  std::memcpy(at, text.data(), text.size());
  buffer->size += size;
}

Header ReadHeader(const char* at) {
  Header header;
  std::memcpy(&header, at, sizeof header);
  return header;
}

void WriteHeader(FlowBuffer* buffer, int64_t frame, const Header& header) {
  std::memcpy(buffer->data + frame, &header, sizeof header);
}

// What a name in a path cannot hold, or what would change its meaning.
bool Unsafe(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/' || c == '\\' || c == '%';
}

}  // namespace

extern "C" int64_t flow_partition_begin(FlowBuffer* buffer) noexcept {
  int64_t frame = buffer->size;
  flow_buffer_reserve(buffer, sizeof(Header));
  buffer->size += static_cast<int64_t>(sizeof(Header));
  WriteHeader(buffer, frame, {});
  return frame;
}

extern "C" void flow_partition_part(FlowBuffer* buffer, int64_t frame, const char* name,
                                    int64_t name_size, const FlowType* type,
                                    const void* value) noexcept {
  if (buffer->size > frame + static_cast<int64_t>(sizeof(Header))) Append(buffer, "/");
  Append(buffer, {name, static_cast<size_t>(name_size)});
  Append(buffer, "=");
  if (static_cast<flow::TypeKind>(type->kind) == flow::TypeKind::kOptional) {
    if (!flow_is_present(type, value)) return Append(buffer, kNone);
    type = type->inner;
  }
  flow::runtime::Buffer text;
  flow_text_append_value(text.get(), type, value);
  static const char kDigits[] = "0123456789ABCDEF";
  // A text is never taken for none.
  bool as_none = std::string_view(text.data(), static_cast<size_t>(text.size())) == kNone;
  for (int64_t i = 0; i < text.size(); ++i) {
    char c = text.data()[i];
    if (!Unsafe(c) && !(as_none && i == 0)) {
      Append(buffer, {&c, 1});
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    char escaped[3] = {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    Append(buffer, {escaped, 3});
  }
}

extern "C" void flow_partition_row(FlowBuffer* buffer, int64_t frame, int64_t time) noexcept {
  Header header{};
  header.path_size = buffer->size - frame - static_cast<int64_t>(sizeof(Header));
  header.time = time;
  WriteHeader(buffer, frame, header);
}

extern "C" void flow_partition_end(FlowBuffer* buffer, int64_t frame) noexcept {
  Header header = ReadHeader(buffer->data + frame);
  header.row_size = buffer->size - frame - static_cast<int64_t>(sizeof(Header)) - header.path_size;
  WriteHeader(buffer, frame, header);
}

namespace flow::runtime {

bool TakeFrame(std::string_view* bytes, PartitionFrame* frame) {
  if (bytes->size() < sizeof(Header)) return false;
  Header header = ReadHeader(bytes->data());
  bytes->remove_prefix(sizeof(Header));
  frame->time = header.time;
  frame->path = bytes->substr(0, static_cast<size_t>(header.path_size));
  bytes->remove_prefix(frame->path.size());
  frame->row = bytes->substr(0, static_cast<size_t>(header.row_size));
  bytes->remove_prefix(frame->row.size());
  return true;
}

}  // namespace flow::runtime
