#include "runtime/program.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "base/type.h"
#include "runtime/inline/memory.h"
#include "runtime/least.h"
#include "runtime/unit.h"

namespace flow::runtime {
namespace {

std::string_view View(const FlowString& text) {
  return {text.data, static_cast<size_t>(text.size)};
}

}  // namespace

Program::~Program() {
  for (size_t i = 0; i < regexes.size(); ++i) regex_deleters[i](regexes[i]);
}

Status Program::Require(const std::string& symbol, void** address) const {
  *address = symbols->Find(symbol);
  if (*address != nullptr) return Status::Ok();
  return Status::Error(kExitInternal, Cat("the program has no symbol `", symbol, "`"));
}

const FlowType* Program::FindType(const std::string& symbol) const {
  return symbol.empty() ? nullptr : static_cast<const FlowType*>(symbols->Find(symbol));
}

Status Program::Load(const Plan& loaded_plan, const SymbolResolver& resolver,
                     const RunOptions& options, Env& env) {
  plan = &loaded_plan;
  symbols = &resolver;
  for (const FragmentPlan& fragment : plan->fragments) {
    void* address = nullptr;
    if (Status status = Require(fragment.symbol, &address); !status.ok()) return status;
    fragments.push_back(reinterpret_cast<FlowFragmentFn>(address));
  }
  if (!plan->regexes.empty()) {
    // Found by name, so that a script without patterns does not carry the library.
    void* compile = nullptr;
    void* destroy = nullptr;
    if (Status status = Require("flow_regex_compile", &compile); !status.ok()) return status;
    if (Status status = Require("flow_regex_delete", &destroy); !status.ok()) return status;
    for (const std::string& pattern : plan->regexes) {
      void* regex = reinterpret_cast<void* (*)(const char*, int64_t)>(compile)(
          pattern.data(), static_cast<int64_t>(pattern.size()));
      if (regex == nullptr) {
        return Status::Error(kExitInternal, Cat("bad pattern in the plan: ", pattern));
      }
      regexes.push_back(regex);
      regex_deleters.push_back(reinterpret_cast<void (*)(void*)>(destroy));
    }
  }
  auto* param_block =
      static_cast<char*>(arena.Allocate(std::max<int64_t>(plan->params_size, 16), 16));
  auto* const_block =
      static_cast<char*>(arena.Allocate(std::max<int64_t>(plan->consts_size, 16), 16));
  std::memset(param_block, 0, plan->params_size);
  std::memset(const_block, 0, plan->consts_size);
  params = param_block;
  consts = const_block;
  if (Status status = LoadParams(options, param_block); !status.ok()) return status;
  if (plan->init_symbol.empty()) return Status::Ok();

  void* init = nullptr;
  if (Status status = Require(plan->init_symbol, &init); !status.ok()) return status;
  TaskContext context;
  context.program = this;
  context.env = &env;
  FlowTask task{};
  task.arena = arena.get();
  task.params = params;
  task.consts = consts;
  task.regexes = regexes.data();
  task.event_time = INT64_MIN;
  task.max_event_time = INT64_MIN;
  task.runtime = &context;
  int32_t failed = reinterpret_cast<FlowInitFn>(init)(&task, params, const_block);
  if (failed == 0) return JudgeConstants();
  size_t index = static_cast<size_t>(failed) - 1;
  std::string what = index < plan->consts.size() ? plan->consts[index].name : "constant";
  std::string why = task.detail.size > 0 ? std::string(View(task.detail)) : "it has no value";
  return Status::Error(kExitUsage, Cat("error[E0801]: ", what, ": ", why));
}

Status Program::JudgeConstants() const {
  for (size_t i = 0; i < plan->consts.size(); ++i) {
    const ConstPlan& constant = plan->consts[i];
    std::optional<int64_t> value = Int(static_cast<int>(i));
    if (!value) continue;
    const FlowType* type = FindType(constant.type_symbol);
    if (static_cast<TypeKind>(type->kind) == TypeKind::kOptional) type = type->inner;
    bool duration = static_cast<TypeKind>(type->kind) == TypeKind::kDuration;
    if (*value < constant.least) {
      return Status::Error(kExitUsage, TooSmall(constant.name, duration, *value, constant.least));
    }
    std::optional<int64_t> step = Int(constant.step);
    if (!step || *step <= 0) continue;  // a step too small is told of by itself
    std::string why = NoSteps(constant.name, duration, *value, *step);
    if (!why.empty()) return Status::Error(kExitUsage, why);
  }
  return Status::Ok();
}

Status Program::LoadParams(const RunOptions& options, char* block) {
  for (const auto& [name, text] : options.params) {
    bool known = std::any_of(plan->params.begin(), plan->params.end(),
                             [&](const ParamPlan& param) { return param.name == name; });
    if (!known) {
      std::vector<std::string_view> names;
      for (const ParamPlan& param : plan->params) names.push_back(param.name);
      std::string_view nearest = Nearest(name, names);
      std::string hint = nearest.empty() ? "" : Cat("; did you mean `--", nearest, "`?");
      return Status::Error(kExitUsage,
                           Cat("error[E0801]: the script has no parameter `", name, "`", hint));
    }
  }
  for (const ParamPlan& param : plan->params) {
    const FlowType* type = FindType(param.type_symbol);
    if (type == nullptr) {
      return Status::Error(kExitInternal, Cat("parameter `", param.name, "` has no type"));
    }
    const std::string* text = param.has_default ? &param.default_text : nullptr;
    for (const auto& [name, given] : options.params) {
      if (name == param.name) text = &given;
    }
    if (text == nullptr && static_cast<TypeKind>(type->kind) == TypeKind::kOptional) continue;
    if (text == nullptr) {
      return Status::Error(
          kExitUsage, Cat("error[E0801]: parameter `", param.name, "` is missing; give it by `--",
                          param.name, " <", param.type_text, ">`"));
    }
    if (!ReadParameter(type, *text, arena.get(), block + param.offset)) {
      return Status::Error(kExitUsage, Cat("error[E0801]: parameter `", param.name, "` wants ",
                                           param.type_text, ", not ", Quoted(*text)));
    }
  }
  return Status::Ok();
}

const void* Program::Value(int constant, const FlowType** type) const {
  if (constant < 0 || static_cast<size_t>(constant) >= plan->consts.size()) return nullptr;
  const ConstPlan& found = plan->consts[static_cast<size_t>(constant)];
  const char* value = static_cast<const char*>(consts) + found.offset;
  *type = FindType(found.type_symbol);
  if (*type == nullptr) return nullptr;
  if (static_cast<TypeKind>((*type)->kind) != TypeKind::kOptional) return value;
  const FlowType* inner = (*type)->inner;
  if (value[inner->size] == 0) return nullptr;
  *type = inner;
  return value;
}

std::optional<int64_t> Program::Int(int constant) const {
  const FlowType* type = nullptr;
  const void* value = Value(constant, &type);
  if (value == nullptr) return std::nullopt;
  switch (static_cast<TypeKind>(type->kind)) {
    case TypeKind::kInt:
    case TypeKind::kDuration:
    case TypeKind::kTimestamp:
      return *static_cast<const int64_t*>(value);
    default:
      return std::nullopt;
  }
}

std::optional<bool> Program::Bool(int constant) const {
  const FlowType* type = nullptr;
  const void* value = Value(constant, &type);
  if (value == nullptr || static_cast<TypeKind>(type->kind) != TypeKind::kBool) return std::nullopt;
  return *static_cast<const uint8_t*>(value) != 0;
}

static std::optional<std::string> TextOf(const FlowType* type, const void* value) {
  switch (static_cast<TypeKind>(type->kind)) {
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
      return std::string(View(*static_cast<const FlowString*>(value)));
    case TypeKind::kSet: {
      uint32_t label = *static_cast<const uint32_t*>(value);
      if (label >= type->count) return std::nullopt;
      return std::string(View(type->labels[label]));
    }
    default:
      return std::nullopt;
  }
}

std::optional<std::string> Program::Text(int constant) const {
  const FlowType* type = nullptr;
  const void* value = Value(constant, &type);
  return value == nullptr ? std::nullopt : TextOf(type, value);
}

std::optional<std::vector<std::string>> Program::Texts(int constant) const {
  const FlowType* type = nullptr;
  const void* value = Value(constant, &type);
  if (value == nullptr) return std::nullopt;
  std::vector<std::string> out;
  if (static_cast<TypeKind>(type->kind) != TypeKind::kArray) {
    std::optional<std::string> text = TextOf(type, value);
    if (!text) return std::nullopt;
    out.push_back(*text);
    return out;
  }
  const FlowArray* array = static_cast<const FlowArray*>(value);
  for (int64_t i = 0; i < array->count; ++i) {
    const char* element = static_cast<const char*>(array->data) + i * type->inner->size;
    std::optional<std::string> text = TextOf(type->inner, element);
    if (!text) return std::nullopt;
    out.push_back(*text);
  }
  return out;
}

int Program::FindArg(const std::vector<ArgPlan>& args, std::string_view name) {
  for (const ArgPlan& arg : args) {
    if (arg.name == name) return arg.constant;
  }
  return kNoConst;
}

}  // namespace flow::runtime
