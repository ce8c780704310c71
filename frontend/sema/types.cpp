// Type expressions to types.

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "frontend/sema/expr_checker.h"

namespace flow::frontend {
namespace {

class TypeResolver {
 public:
  TypeResolver(Declarations& decls, Diagnostics& diagnostics)
      : decls_(decls), diagnostics_(diagnostics) {}

  Type Resolve(const ast::TypeExpr& type) {
    Type base = std::visit([&](const auto& node) { return Get(type, node); }, type.node);
    return type.optional ? Type::Optional(base) : base;
  }

 private:
  static std::optional<Type> Builtin(std::string_view name) {
    if (name == "bool") return Type::Bool();
    if (name == "int") return Type::Int();
    if (name == "float") return Type::Float();
    if (name == "string") return Type::String();
    if (name == "bytes") return Type::Bytes();
    if (name == "timestamp") return Type::Timestamp();
    if (name == "duration") return Type::Duration();
    if (name == "json") return Type::Json();
    return std::nullopt;
  }

  // What people bring from elsewhere.
  static std::string_view Habit(std::string_view name) {
    struct Pair {
      std::string_view theirs;
      std::string_view ours;
    };
    static constexpr Pair kPairs[] = {
        {"bigint", "int"},        {"integer", "int"},        {"long", "int"},
        {"int64", "int"},         {"int32", "int"},          {"double", "float"},
        {"float64", "float"},     {"real", "float"},         {"number", "float"},
        {"varchar", "string"},    {"text", "string"},        {"str", "string"},
        {"boolean", "bool"},      {"datetime", "timestamp"}, {"date", "timestamp"},
        {"interval", "duration"}, {"blob", "bytes"},         {"object", "json"},
    };
    for (const Pair& pair : kPairs) {
      if (pair.theirs == name) return pair.ours;
    }
    return {};
  }

  Type Get(const ast::TypeExpr& type, const ast::NamedType& node) {
    const std::string& name = node.name.text;
    if (node.module) {
      auto module = decls_.modules.find(node.module->text);
      if (module == decls_.modules.end()) {
        diagnostics_
            .Emit(node.module->span, Diag::UnknownName, Cat("no import `", node.module->text, "`"))
            .Here("not imported");
        return Type::Error();
      }
      auto entry = module->second->types.find(name);
      if (entry == module->second->types.end()) {
        diagnostics_
            .Emit(node.name.span, Diag::UnknownName,
                  Cat("`", node.module->text, "` has no type `", name, "`"))
            .Here("not in that file");
        return Type::Error();
      }
      return Named(entry->second, *module->second, type.span);
    }
    auto entry = decls_.types.find(name);
    if (entry != decls_.types.end()) return Named(entry->second, decls_, type.span);
    if (std::optional<Type> builtin = Builtin(name)) return *builtin;
    if (name == "decimal") {
      diagnostics_.Emit(node.name.span, Diag::WrongArguments, "`decimal` needs its digits")
          .Here("how many digits?")
          .Fix("`decimal(18, 2)`: 18 digits, 2 of them behind the point",
               Edit{node.name.span, "decimal(18, 2)"}, Safety::Unsure);
      return Type::Error();
    }
    std::vector<std::string_view> names{"bool",  "int",       "float",    "decimal", "string",
                                        "bytes", "timestamp", "duration", "json",    "map"};
    for (const auto& [other, unused] : decls_.types) names.push_back(other);
    std::string lower = name;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::string_view near = Habit(lower);
    if (near.empty()) near = Nearest(name, names);
    auto report = diagnostics_.Emit(node.name.span, Diag::UnknownName, Cat("no type `", name, "`"));
    report.Here("not a type");
    if (!near.empty()) {
      report.Fix(Cat("did you mean `", near, "`?"), Edit{node.name.span, std::string(near)},
                 Safety::Unsure);
    } else {
      report.Fix(Cat("declare it: `type ", name, " = { … }`"));
    }
    return Type::Error();
  }

  Type Named(TypeEntry& entry, Declarations& home, Span use) {
    if (entry.progress == Progress::kRunning) {
      diagnostics_
          .Emit(use, Diag::CyclicDefinition,
                Cat("type `", entry.decl->name.text, "` contains itself"))
          .Here("inside its own definition")
          .Label(entry.decl->name.span, "defined here")
          .Fix("use `json` for data of any depth");
      return Type::Error();
    }
    if (entry.progress == Progress::kUntouched && entry.decl != nullptr) {
      entry.progress = Progress::kRunning;
      entry.type = TypeResolver(home, diagnostics_).Resolve(*entry.decl->type);
      entry.progress = Progress::kDone;
    }
    return entry.type;
  }

  Type Get(const ast::TypeExpr& type, const ast::AppliedType& node) {
    if (node.name.text == "decimal") return GetDecimal(type, node);
    if (node.name.text == "map") return GetMap(type, node);
    diagnostics_
        .Emit(node.name.span, Diag::WrongArguments,
              Cat("`", node.name.text, "` takes no arguments"))
        .Here("only `decimal(p, s)` and `map(K, V)` do");
    return Type::Error();
  }

  Type GetDecimal(const ast::TypeExpr& type, const ast::AppliedType& node) {
    bool shape = node.args.size() == 2 && node.args[0].number && node.args[1].number;
    int64_t p = shape ? *node.args[0].number : 0;
    int64_t s = shape ? *node.args[1].number : 0;
    if (shape && p >= 1 && p <= 38 && s >= 0 && s <= p) {
      return Type::Decimal(static_cast<int>(p), static_cast<int>(s));
    }
    diagnostics_
        .Emit(type.span, Diag::WrongArguments,
              "`decimal` takes digits in all (1 to 38) and digits behind the point")
        .Here(shape ? "out of range" : "two numbers are needed")
        .Fix("for instance `decimal(18, 2)`");
    return Type::Error();
  }

  Type GetMap(const ast::TypeExpr& type, const ast::AppliedType& node) {
    if (node.args.size() != 2 || !node.args[0].type || !node.args[1].type) {
      diagnostics_
          .Emit(type.span, Diag::WrongArguments, "`map` takes the types of its keys and values")
          .Here("two types are needed")
          .Fix("for instance `map(string, int)`");
      return Type::Error();
    }
    Type key = Resolve(*node.args[0].type);
    Type value = Resolve(*node.args[1].type);
    if (key.is_error() || value.is_error()) return Type::Error();
    bool unfit = key.is(TypeKind::kMap) || key.is(TypeKind::kJson) || key.is_optional();
    if (unfit) {
      diagnostics_
          .Emit(node.args[0].span, Diag::TypeMismatch,
                Cat("a map cannot have keys of type ", TypeText(key)))
          .Here(key.is_optional() ? "may be none" : "has no order and no equality");
      return Type::Error();
    }
    return Type::Map(key, value);
  }

  Type Get(const ast::TypeExpr&, const ast::ArrayType& node) {
    Type element = Resolve(*node.element);
    return element.is_error() ? element : Type::Array(element);
  }

  Type Get(const ast::TypeExpr&, const ast::StructType& node) {
    std::vector<StructField> fields;
    bool wrong = false;
    for (const ast::FieldDecl& field : node.fields) {
      for (size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].name != field.name.text) continue;
        diagnostics_
            .Emit(field.name.span, Diag::DuplicateName,
                  Cat("field `", field.name.text, "` is there twice"))
            .Here("again")
            .Label(node.fields[i].name.span, "first here");
        wrong = true;
      }
      Type type = Resolve(*field.type);
      wrong |= type.is_error();
      fields.push_back({field.name.text, type, field.from ? field.from->text : ""});
    }
    return wrong ? Type::Error() : Type::Struct(std::move(fields));
  }

  Type Get(const ast::TypeExpr&, const ast::StringSetType& node) {
    std::vector<std::string> labels;
    for (const ast::Word& value : node.values) {
      auto at = std::find(labels.begin(), labels.end(), value.text);
      if (at != labels.end()) {
        diagnostics_
            .Emit(value.span, Diag::DuplicateName,
                  Cat(QuoteString(value.text), " is in the set twice"))
            .Here("again")
            .Label(node.values[static_cast<size_t>(at - labels.begin())].span, "first here");
        return Type::Error();
      }
      labels.push_back(value.text);
    }
    return Type::Set(std::move(labels));
  }

  Declarations& decls_;
  Diagnostics& diagnostics_;
};

}  // namespace

Type ResolveType(const ast::TypeExpr& type, Declarations& decls, Diagnostics& diagnostics) {
  return TypeResolver(decls, diagnostics).Resolve(type);
}

}  // namespace flow::frontend
