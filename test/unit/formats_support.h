#pragma once
// What the tests of formats share: padded text, a task with an arena, and values by type text.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/type.h"
#include "runtime/abi.h"
#include "runtime/inline/csv.h"
#include "runtime/inline/json.h"
#include "runtime/memory.h"
#include "runtime/type_descriptor.h"
#include "runtime/value.h"

namespace flow::runtime {

// Text as a source gives it: a newline and 63 more bytes behind its end.
class Padded {
 public:
  explicit Padded(std::string_view text) : size_(text.size()), bytes_(text) {
    bytes_ += '\n';
    bytes_.append(63, '\0');
  }
  const char* begin() const { return bytes_.data(); }
  const char* end() const { return begin() + size_; }
  int64_t size() const { return static_cast<int64_t>(size_); }

 private:
  size_t size_;
  std::string bytes_;
};

class TestTask {
 public:
  TestTask() { task_.arena = arena_.get(); }
  FlowTask* get() { return &task_; }
  std::string Detail() const {
    return std::string(task_.detail.data, static_cast<size_t>(task_.detail.size));
  }
  const FlowType* Descriptor(const std::string& type) { return types_.Get(ParseType(type)); }

  // Reads JSON text as `type` and writes it back; "bad" when it cannot be read.
  std::string Json(const std::string& type, std::string_view text) {
    const FlowType* descriptor = Descriptor(type);
    Padded input(text);
    void* value = arena_.Allocate(descriptor->size, descriptor->align);
    if (!flow_json_read_value(&task_, descriptor, 0, input.begin(), input.size(), value)) {
      return "bad";
    }
    return Write(descriptor, value);
  }
  std::string Csv(const std::string& type, std::string_view cell, uint64_t flags = 0) {
    const FlowType* descriptor = Descriptor(type);
    Padded input(cell);
    void* value = arena_.Allocate(descriptor->size, descriptor->align);
    if (!flow_csv_read_value(&task_, descriptor, 0, input.begin(), input.size(), flags, value)) {
      return "bad";
    }
    return Write(descriptor, value);
  }
  std::string Write(const FlowType* type, const void* value) {
    Buffer buffer;
    flow_json_append_value(buffer.get(), type, value);
    return std::string(buffer.data(), static_cast<size_t>(buffer.size()));
  }
  // What is said of a bad value.
  std::string Fault(const std::string& type, std::string_view text) {
    const FlowType* descriptor = Descriptor(type);
    Padded input(text);
    FlowString name = {"f", 1};
    flow_json_bad_value(&task_, &name, descriptor, input.begin(), input.size());
    return Detail();
  }
  void* Value(const std::string& type, std::string_view text) {
    const FlowType* descriptor = Descriptor(type);
    Padded input(text);
    void* value = arena_.Allocate(descriptor->size, descriptor->align);
    bool good = flow_json_read_value(&task_, descriptor, 0, input.begin(), input.size(), value);
    EXPECT_TRUE(good) << type << " " << text;
    // The input goes away: what the value points to must not.
    flow_value_copy(arena_.get(), descriptor, value, value);
    return value;
  }

 private:
  Arena arena_;
  FlowTask task_{};
  TypeDescriptors types_;
};

}  // namespace flow::runtime
