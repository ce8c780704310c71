#include "interp/records.h"

namespace flow::interp {

bool Arguments::Evaluate(const ir::Module& module, const std::vector<ir::NamedArg>& args,
                         Evaluator& evaluator, Arguments* out, std::string* error) {
  for (const ir::NamedArg& arg : args) {
    Argument argument{arg.name, module.functions[arg.fn].result, {}};
    Rejection rejection;
    if (!evaluator.Constant(arg.fn, &argument.value, &rejection)) {
      *error = "argument `" + arg.name + "`: " + rejection.message;
      return false;
    }
    out->arguments_.push_back(std::move(argument));
  }
  return true;
}

const Arguments::Argument* Arguments::Find(const std::string& name) const {
  for (const Argument& argument : arguments_) {
    if (argument.name == name && argument.value.there()) return &argument;
  }
  return nullptr;
}

bool Arguments::Has(const std::string& name) const { return Find(name) != nullptr; }

std::string Arguments::Text(const std::string& name, const std::string& otherwise) const {
  const Argument* argument = Find(name);
  return argument == nullptr ? otherwise : PlainText(argument->type, argument->value);
}

std::vector<std::string> Arguments::Texts(const std::string& name) const {
  const Argument* argument = Find(name);
  if (argument == nullptr) return {};
  if (!argument->type.strip_optional().is(TypeKind::kArray)) return {argument->value.text};
  std::vector<std::string> out;
  for (const Value& item : argument->value.items) out.push_back(item.text);
  return out;
}

int64_t Arguments::Whole(const std::string& name, int64_t otherwise) const {
  const Argument* argument = Find(name);
  return argument == nullptr ? otherwise : argument->value.whole;
}

int64_t TimeUnit(const Arguments& format) {
  std::string unit = format.Text("time", "");
  if (unit == "s") return 1000000000;
  if (unit == "ms") return 1000000;
  if (unit == "us") return 1000;
  return unit == "ns" ? 1 : 0;
}

}  // namespace flow::interp
