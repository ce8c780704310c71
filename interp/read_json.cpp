// JSON records: one object a line. Scanning stops at the last field asked for so far; what stands
// behind is not judged.

#include <map>

#include "base/text.h"
#include "interp/read_lines.h"
#include "interp/records.h"
#include "runtime/inline/json.h"
#include "runtime/inline/reject_codes.h"
#include "runtime/memory.h"
#include "runtime/type_descriptor.h"

namespace flow::interp {
namespace {

// Readable bytes behind a text that runtime/inline/scan.h asks for.
constexpr size_t kScanPadding = 64;

class JsonRecord final : public Record {
 public:
  JsonRecord(std::string record_text, int64_t unit, bool judge_all)
      : unit_(unit), judge_all_(judge_all) {
    text = std::move(record_text);
    members_ = std::make_unique<JsonMembers>(text);
  }

  bool Check(DecodeFault* fault) override {
    size_t last = text.find_last_not_of(" \t\r");
    bool framed = !text.empty() && text[0] == '{' && last != std::string::npos && last > 0 &&
                  text[last] == '}';
    if (framed && judge_all_) {
      framed = flow_json_valid(Padded(text).data(), static_cast<int64_t>(text.size()));
    }
    return framed || NoRecord(fault, 0);
  }

  bool Decode(const StructField& field, Value* value, DecodeFault* fault) override {
    const std::string& name = field.external_name();
    std::string_view raw;
    bool found = false;
    if (!Find(name, &raw, &found)) return NoRecord(fault, members_->member());
    if (!found) {
      if (field.type.is_optional()) return *value = Value::None(), true;
      return Bad(fault, runtime::kMissingField, Cat("field `", name, "` is missing"));
    }
    if (ReadJson(field.type, raw, {unit_}, value)) return true;
    return BadValue(field, raw, fault);
  }

 private:
  // The scans of the runtime look beyond the end of a record.
  static std::string Padded(std::string_view text) {
    return Cat(text, "\n", std::string(kScanPadding, '\0'));
  }

  // In the words of generated code; `at`: where scanning stopped.
  bool NoRecord(DecodeFault* fault, size_t at) const {
    runtime::Arena arena;
    FlowTask task = {};
    task.arena = arena.get();
    std::string padded = Padded(text);
    flow_json_bad_record(&task, padded.data(), padded.data() + at);
    std::string_view why(task.detail.data, static_cast<size_t>(task.detail.size));
    return Bad(fault, runtime::kNotARecord, std::string(why));
  }

  static bool BadValue(const StructField& field, std::string_view raw, DecodeFault* fault) {
    runtime::Arena arena;
    runtime::TypeDescriptors types;
    FlowTask task = {};
    task.arena = arena.get();
    const std::string& text = field.external_name();
    FlowString name = {text.data(), static_cast<int64_t>(text.size())};
    std::string padded = Padded(raw);
    flow_json_bad_value(&task, &name, types.Get(field.type), padded.data(),
                        static_cast<int64_t>(raw.size()));
    std::string_view why(task.detail.data, static_cast<size_t>(task.detail.size));
    return Bad(fault, runtime::kBadValue, std::string(why));
  }

  static bool Bad(DecodeFault* fault, const runtime::DecodeFault& what, std::string detail) {
    fault->code = what.code;
    fault->message = detail.empty() ? what.message : Cat(what.message, ": ", detail);
    return false;
  }

  // False when what is scanned is not well-formed.
  bool Find(const std::string& name, std::string_view* raw, bool* found) {
    for (;;) {
      auto known = seen_.find(name);
      if (known != seen_.end()) {
        *raw = known->second;
        return *found = true;
      }
      std::string key;
      switch (members_->Read(&key, raw)) {
        case JsonMembers::Next::kMember:
          seen_.emplace(key, *raw);
          break;  // the first of two counts
        case JsonMembers::Next::kEnd:
          return true;
        case JsonMembers::Next::kBad:
          return false;
      }
    }
  }

  int64_t unit_;
  bool judge_all_;
  std::unique_ptr<JsonMembers> members_;
  std::map<std::string, std::string_view> seen_;
};

class JsonFile final : public Partition {
 public:
  JsonFile(std::string file, const Arguments& format, Loader load)
      : lines_(std::move(load), format),
        unit_(TimeUnit(format)),
        judge_all_(format.Text("validate", "used") == "all") {
    name = std::move(file);
  }

  std::unique_ptr<Record> Next(InputError* error) override {
    Line line;
    while (lines_.Next(&line, error)) {
      if (line.too_long) {
        return std::make_unique<LongRecord>(line.text, line.number, line.offset);
      }
      size_t begin = line.text.find_first_not_of(" \t\r");
      if (begin == std::string_view::npos) continue;  // a blank line
      auto record =
          std::make_unique<JsonRecord>(std::string(line.text.substr(begin)), unit_, judge_all_);
      record->line = line.number;
      record->offset = line.offset + static_cast<int64_t>(begin);
      return record;
    }
    return nullptr;
  }

 private:
  Lines lines_;
  int64_t unit_;
  bool judge_all_;
};

}  // namespace

std::unique_ptr<Partition> JsonPartition(std::string name, const Arguments& format, Loader load) {
  return std::make_unique<JsonFile>(std::move(name), format, std::move(load));
}

}  // namespace flow::interp
