// Any bytes as JSON and as CSV: no crash, no read beyond the padding, and what was read and written
// reads back as the same text.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/formats/sample.h"
#include "runtime/inline/csv.h"
#include "runtime/inline/json.h"
#include "runtime/memory.h"
#include "runtime/type_descriptor.h"

namespace {

using flow::runtime::Arena;
using flow::runtime::Buffer;

void Expect(bool holds) {
  if (!holds) std::abort();
}

std::string Written(const FlowType* type, const void* value) {
  Buffer buffer;
  flow_json_append_value(buffer.get(), type, value);
  return std::string(buffer.data(), static_cast<size_t>(buffer.size()));
}

// Input as a source gives it.
std::string Pad(const std::string& text) { return text + '\n' + std::string(63, '\0'); }

void ReadJson(const FlowType* type, const std::string& text) {
  Arena arena;
  FlowTask task{};
  task.arena = arena.get();
  std::string input = Pad(text);
  int64_t size = static_cast<int64_t>(text.size());
  void* value = arena.Allocate(type->size, type->align);
  FlowString name = {"f", 1};
  if (!flow_json_read_value(&task, type, 1, input.data(), size, value)) {
    flow_json_bad_value(&task, &name, type, input.data(), size);
    return;
  }
  std::string once = Written(type, value);
  std::string again = Pad(once);
  void* second = arena.Allocate(type->size, type->align);
  Expect(flow_json_read_value(&task, type, 1, again.data(), static_cast<int64_t>(once.size()),
                              second));
  Expect(Written(type, second) == once);
}

// Every member of every line.
void ScanJson(const std::string& text) {
  std::string input = Pad(text);
  const char* end = input.data() + text.size();
  FlowKeyGuess guess{};
  int64_t lines = 0;
  const char* p = input.data();
  while ((p = flow_json_start(p, end, &lines)) < end) {
    const char* newline = flow_scan_newline(p);
    Expect(newline <= end);
    const char* next = nullptr;
    const char* escaped = nullptr;
    int32_t code = flow_json_framed(p, newline) ? flow_json_open(p, &next) : kFlowNextBad;
    while (code == kFlowNextKey) {
      const char* after = flow_json_skip_member(next, &guess, &escaped);
      if (after == nullptr) break;
      Expect(after <= newline);
      code = flow_json_next(after, &next);
    }
    p = newline + 1;
  }
}

void ReadCsv(const std::vector<const FlowType*>& types, const std::string& text) {
  Arena arena;
  FlowTask task{};
  task.arena = arena.get();
  std::string input = Pad(text);
  const char* end = input.data() + text.size();
  const int32_t columns[3] = {0, 1, -1};
  FlowSpan spans[3];
  int64_t lines = 0;
  const char* p = input.data();
  while ((p = flow_csv_start(p, end, &lines)) < end) {
    int64_t cells = 0;
    uint64_t flags = 0;
    const char* newline = flow_csv_record(p, end, ',', columns, 3, spans + 1, &cells, &flags);
    Expect(newline >= p && newline <= end);
    for (int64_t i = 0; i < 2 && i < cells; ++i) {
      const FlowSpan& span = spans[i + 1];
      Expect(span.begin >= p && span.begin + span.size <= newline);
      for (const FlowType* type : types) {
        void* value = arena.Allocate(type->size, type->align);
        flow_csv_read_value(&task, type, 1000000, span.begin, span.size, span.flags, value);
      }
    }
    p = newline + 1;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static flow::runtime::TypeDescriptors descriptors;
  static const std::vector<const FlowType*> types = [] {
    std::vector<const FlowType*> out;
    for (const char* text :
         {"int", "float?", "decimal(20, 4)", "string", "timestamp", "duration", "bytes", "json?",
          "{ a: int, b: { c: [string?], d: float? }?, e: map(string, [int]) }",
          "map(int, \"x\" | \"y\")"}) {
      out.push_back(descriptors.Get(flow::ParseType(text)));
    }
    return out;
  }();
  if (size == 0) return 0;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  ReadJson(types[data[0] % types.size()], text);
  ScanJson(text);
  ReadCsv(types, text);
  for (const char* format : {"json", "csv"}) {
    flow::runtime::SchemaSampler sampler({format, {}});
    sampler.Add(text, data[0] % 2 == 0);
    std::string error;
    sampler.Finish(&error);
  }
  return 0;
}
