// Types, narrowing, overloads and lowering of single expressions, over a small catalog of its own.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "frontend/lower/expr.h"
#include "frontend/parse/parse.h"
#include "frontend/sema/expr.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace flow::frontend {
namespace {

constexpr FunctionOverload kAbs[] = {{"abs(x: int) -> int", "abs_int", nullptr, false, true},
                                     {"abs(x: float) -> float", "abs_float", nullptr},
                                     {"abs(x: decimal) -> decimal", "abs_decimal", nullptr, true}};
constexpr FunctionOverload kDecimal[] = {
    {"decimal(x: string, const p: int, const s: int) -> decimal!", "decimal_string", nullptr, true},
    {"decimal(x: float, const p: int, const s: int) -> decimal!", "decimal_float", nullptr, true}};
constexpr FunctionOverload kGreatest[] = {{"greatest(a: T, b: T) -> T", "greatest", nullptr, true}};
constexpr FunctionOverload kInt[] = {{"int(x: string) -> int!", "int_string", nullptr},
                                     {"int(x: float) -> int!", "int_float", nullptr}};
constexpr FunctionOverload kLen[] = {{"len(x: string) -> int", "len_string", nullptr},
                                     {"len(xs: [T]) -> int", "len_array", nullptr, true}};
constexpr FunctionOverload kLower[] = {{"lower(s: string) -> string", "lower", nullptr}};
constexpr FunctionOverload kString[] = {{"string(x: T) -> string", "string_any", nullptr, true}};
constexpr FunctionDef kFunctions[] = {
    {"abs", "", kAbs, {}},       {"decimal", "", kDecimal, {}}, {"greatest", "", kGreatest, {}},
    {"int", "", kInt, {}},       {"len", "", kLen, {}},         {"lower", "", kLower, {}},
    {"string", "", kString, {}},
};
constexpr const FunctionDef* kFunctionList[] = {&kFunctions[0], &kFunctions[1], &kFunctions[2],
                                                &kFunctions[3], &kFunctions[4], &kFunctions[5],
                                                &kFunctions[6]};

constexpr AggregateOverload Aggregate(const char* signature, bool empty_value = false) {
  AggregateOverload out{};
  out.signature = signature;
  out.empty_value = empty_value;
  return out;
}
constexpr AggregateOverload kAvg[] = {Aggregate("avg(x: float) -> float"),
                                      Aggregate("avg(x: int) -> float")};
constexpr AggregateOverload kCount[] = {Aggregate("count() -> int", true),
                                        Aggregate("count(x: T) -> int", true)};
constexpr AggregateOverload kMax[] = {Aggregate("max(x: T) -> T")};
constexpr AggregateOverload kQuantile[] = {
    Aggregate("quantile(x: float, const q: float) -> float")};
constexpr AggregateDef kAggregates[] = {
    {"avg", "", kAvg}, {"count", "", kCount}, {"max", "", kMax}, {"quantile", "", kQuantile}};
constexpr const AggregateDef* kAggregateList[] = {&kAggregates[0], &kAggregates[1], &kAggregates[2],
                                                  &kAggregates[3]};
constexpr Catalog kCatalog{kFunctionList, kAggregateList, {}, {}, {}};

constexpr std::string_view kRow =
    "{ n: int, m: int?, f: float, g: float?, s: string, t: string?, ts: timestamp, d: duration, "
    "price: decimal(12, 2), kind: \"view\" | \"buy\", ok: bool, xs: [int], u: { id: int?, name: "
    "string }?, us: [{ id: int }], j: json, tags: map(string, int) }";

// A script of declarations and one expression, the last: `let e = …`.
class Script {
 public:
  explicit Script(std::string_view expression, std::string_view declarations = {}) {
    std::string text = std::string(declarations) + "\nlet e = " + std::string(expression) + "\n";
    const SourceFile& source = sources_.Add("test.flow", text);
    file_ = Parse(source, diagnostics_);
    decls_.catalog = &kCatalog;
    for (const ast::Item& item : file_.items) {
      if (const auto* fn = std::get_if<ast::FnDecl>(&item.node))
        decls_.fns[fn->name.text].decl = fn;
      if (const auto* let = std::get_if<ast::LetDecl>(&item.node)) {
        if (let->name.text == "e") {
          expr_ = let->value.get();
        } else {
          decls_.lets[let->name.text].decl = let;
        }
      }
      if (const auto* param = std::get_if<ast::ParamDecl>(&item.node)) {
        decls_.params[param->name.text] = {param, ResolveType(*param->type, decls_, diagnostics_),
                                           0};
      }
    }
    scope_.decls = &decls_;
    scope_.rows.push_back({"", ParseType(kRow)});
    scope_.stage = "where";
  }

  TypedExprPtr Check(std::optional<Type> expected = std::nullopt) {
    if (expr_ == nullptr) return PoisonAt({});
    return CheckExpr(*expr_, scope_, std::move(expected), diagnostics_);
  }

  // The type, or the codes and messages of what was reported.
  std::string TypeText(std::optional<Type> expected = std::nullopt) {
    TypedExprPtr value = Check(std::move(expected));
    std::string out = Messages();
    if (!diagnostics_.HasErrors()) out = value->type.ToText() + (out.empty() ? "" : " " + out);
    return out;
  }

  std::string Messages() const {
    std::string out;
    for (const Diagnostic& diagnostic : diagnostics_.all()) {
      if (!out.empty()) out += "; ";
      out += std::string(InfoOf(diagnostic.diag).code) + " " + diagnostic.message;
    }
    return out;
  }
  std::string Rendered() const { return RenderText(diagnostics_, sources_, false); }

  std::string Lowered() {
    TypedExprPtr value = Check();
    if (value->poisoned()) return Rendered();
    ir::Module module;
    ir::Param param;
    param.name = "p";
    param.type = Type::Int();
    module.params.Add(param);
    LowerFunction(*value, {scope_.rows[0].type}, sources_, module, "e");
    std::string out = ir::Print(module);
    for (const ir::VerifyError& error : ir::Verify(module)) {
      out += "error: " + error.message + " in " + error.op_text + "\n";
    }
    return out;
  }

  ExprScope& scope() { return scope_; }
  Diagnostics& diagnostics() { return diagnostics_; }
  const ast::Expr& expr() const { return *expr_; }

 private:
  Sources sources_;
  Diagnostics diagnostics_;
  ast::File file_;
  Declarations decls_;
  ExprScope scope_;
  const ast::Expr* expr_ = nullptr;
};

std::string TypeOf(std::string_view expression, std::string_view declarations = {}) {
  return Script(expression, declarations).TypeText();
}

TEST(SemaExpr, LiteralsTakeTheTypeOfTheirNeighbour) {
  EXPECT_EQ(TypeOf("1"), "int");
  EXPECT_EQ(TypeOf("1.5"), "float");
  EXPECT_EQ(TypeOf("n + 1"), "int");
  EXPECT_EQ(TypeOf("n + 1.5"), "float");
  EXPECT_EQ(TypeOf("f * 2"), "float");
  EXPECT_EQ(TypeOf("price * 0.908"), "decimal(16, 5)");
  EXPECT_EQ(TypeOf("price + 1"), "decimal(13, 2)");
  EXPECT_EQ(TypeOf("price > 500.005"), "bool");
  EXPECT_EQ(TypeOf("if ok then 0 else price"), "decimal(12, 2)");
  EXPECT_EQ(TypeOf("if ok then 0 else f"), "float");
  EXPECT_EQ(TypeOf("[1, 2.5]"), "[float]");
  EXPECT_EQ(TypeOf("m ?? 0"), "int");
  EXPECT_EQ(TypeOf("g ?? 0"), "float");
}

TEST(SemaExpr, Arithmetic) {
  EXPECT_EQ(TypeOf("n / 2"), "float");
  EXPECT_EQ(TypeOf("n // 2"), "int");
  EXPECT_EQ(TypeOf("price / price"), "decimal(27, 15)");
  EXPECT_EQ(TypeOf("ts - ts"), "duration");
  EXPECT_EQ(TypeOf("5m + ts"), "timestamp");
  EXPECT_EQ(TypeOf("3 * d"), "duration");
  EXPECT_EQ(TypeOf("d / 1s"), "float");
  EXPECT_EQ(TypeOf("s + \"!\" + kind"), "string");
  EXPECT_EQ(TypeOf("f // 2"), "E0301 there is no `//` for float and int");
  EXPECT_EQ(TypeOf("price * f"), "E0301 there is no `*` for decimal(12, 2) and float");
  EXPECT_EQ(TypeOf("m + 1"), "E0302 `m` may be none, so it has no `+` yet");
  EXPECT_EQ(TypeOf("s + n"), "E0301 `+` joins strings, this is int");
}

TEST(SemaExpr, ComparisonsAndSets) {
  EXPECT_EQ(TypeOf("n < 2.5"), "bool");
  EXPECT_EQ(TypeOf("m == 3"), "bool");
  EXPECT_EQ(TypeOf("m == f"), "bool");
  EXPECT_EQ(TypeOf("kind == \"view\""), "bool");
  EXPECT_EQ(TypeOf("kind == \"veiw\""), "E0303 \"veiw\" is not one of the set's strings");
  EXPECT_EQ(TypeOf("kind in [\"view\", \"by\"]"), "E0303 \"by\" is not one of the set's strings");
  EXPECT_EQ(TypeOf("kind == s"), "bool");
  EXPECT_EQ(TypeOf("n in [1, 2.5]"), "E0301 the array holds float, the value is int");
  EXPECT_EQ(TypeOf("f in [1, 2]"), "bool");
  EXPECT_EQ(TypeOf("ts > \"2024-01-01\""),
            "E0301 `>` compares values of one type, these are timestamp and string");
  EXPECT_EQ(TypeOf("j == \"x\""), "E0301 a json value compares only with `none`");
  EXPECT_EQ(TypeOf("n == none"), "bool W0402 `n` is never none, so this is always false");
}

TEST(SemaExpr, Narrowing) {
  EXPECT_EQ(TypeOf("m != none and m > 3"), "bool");
  EXPECT_EQ(TypeOf("m == none or m > 3"), "bool");
  EXPECT_EQ(TypeOf("m == none and m > 3"), "E0302 `m` may be none, so it has no `>` yet");
  EXPECT_EQ(TypeOf("if m != none then m + 1 else 0"), "int");
  EXPECT_EQ(TypeOf("if m == none then 0 else m + 1"), "int");
  EXPECT_EQ(TypeOf("if not (m == none) then m + 1 else 0"), "int");
  EXPECT_EQ(TypeOf("u?.id"), "int?");
  EXPECT_EQ(TypeOf("u.id"), "E0302 `u` may be none, so it has no fields yet");
  EXPECT_EQ(TypeOf("u?.id != none and u.id > 3"), "bool");
  EXPECT_EQ(TypeOf("u != none and u.name == s"), "bool");
  EXPECT_EQ(TypeOf("j.a?.b != none and string(j.a.b) == s"), "bool");
  EXPECT_EQ(TypeOf("case m { none => 0, else => m + 1 }"), "int");
  EXPECT_EQ(TypeOf("first(2)", "fn first(a: int?) -> int = if a != none then a else 0"), "int");
}

TEST(SemaExpr, NarrowedRow) {
  Script script("m != none and u?.id != none");
  TypedExprPtr condition = script.Check(Type::Bool());
  Type row = ParseType("{ m: int?, u: { id: int?, name: string }? }");
  EXPECT_EQ(NarrowType(row, FactsWhenTrue(*condition)).ToText(),
            "{ m: int, u: { id: int, name: string } }");
}

TEST(SemaExpr, ChoicesNeedAllValuesAndOneType) {
  EXPECT_EQ(TypeOf("case kind { \"view\" => 1, \"buy\" => 2.5 }"), "float");
  EXPECT_EQ(TypeOf("case kind { \"view\" => 1 }"), "E0304 this `case` does not cover every value");
  EXPECT_EQ(TypeOf("case n { 1 => \"a\", else => \"b\" }"), "string");
  EXPECT_EQ(TypeOf("case n { 1 => \"a\", else => 2 }"),
            "E0304 the arms of this `case` have different types");
  EXPECT_EQ(TypeOf("case ok { true => 1, false => none }"), "int?");
  EXPECT_EQ(TypeOf("if ok then 1 else \"a\""), "E0304 the arms of this `if` have different types");
}

TEST(SemaExpr, FailureIsHandledByName) {
  EXPECT_EQ(TypeOf("int(s)"), "E0401 `int` can fail, and nothing says what happens then");
  EXPECT_EQ(TypeOf("int(s)!"), "int");
  EXPECT_EQ(TypeOf("try int(s) ?? 0"), "int");
  EXPECT_EQ(TypeOf("try n * n"),
            "W0402 `try` on what cannot fail; E0302 `try n` may be none, so it has no `*` yet");
  EXPECT_EQ(TypeOf("try (n * n)"), "int?");
  EXPECT_EQ(TypeOf("try f"), "float? W0402 `try` on what cannot fail");
  EXPECT_EQ(TypeOf("f!"), "float W0402 `!` on what has no failure to pass on");
  EXPECT_EQ(TypeOf("n ?? 0"), "int W0402 `??` after `n`, which is never none");
  EXPECT_EQ(TypeOf("cents(s)", "fn cents(s: string) -> int! = int(s)! * 100"),
            "E0401 `cents` can fail, and nothing says what happens then");
  EXPECT_EQ(TypeOf("cents(s)!", "fn cents(s: string) -> int! = int(s)! * 100"), "int");
  EXPECT_EQ(TypeOf("1", "fn cents(s: string) -> int = int(s)!"), "int");
  EXPECT_EQ(TypeOf("cents(s)", "fn cents(s: string) -> int = int(s)!"),
            "E0401 `!` passes a failure to the caller of `cents`, whose result does not say so");
}

TEST(SemaExpr, Calls) {
  EXPECT_EQ(TypeOf("abs(n)"), "int");
  EXPECT_EQ(TypeOf("abs(price)"), "decimal(12, 2)");
  EXPECT_EQ(TypeOf("greatest(n, 2.5)"), "float");
  EXPECT_EQ(TypeOf("len(xs)"), "int");
  EXPECT_EQ(TypeOf("lower(kind)"), "string");
  EXPECT_EQ(TypeOf("lower(t)"), "E0302 `t` may be none, so `lower` cannot take it yet");
  EXPECT_EQ(TypeOf("lower(n)"), "E0306 `lower` does not take (int)");
  EXPECT_EQ(TypeOf("lower()"), "E0306 `lower` needs its argument `s`");
  EXPECT_EQ(TypeOf("lowr(s)"), "E0202 no function `lowr`");
  EXPECT_EQ(TypeOf("decimal(s, 10, 2)!"), "decimal(10, 2)");
  EXPECT_EQ(TypeOf("f\"{s} {n} {kind}\""), "string");
  EXPECT_EQ(TypeOf("map(xs, x => x * n)"), "[int]");
  EXPECT_EQ(TypeOf("any(us, u => u.id == n)"), "bool");
  EXPECT_EQ(TypeOf("us.id"), "[int]");
  EXPECT_EQ(TypeOf("xs[0]"), "int?");
  EXPECT_EQ(TypeOf("tags[\"a\"]"), "int?");
  EXPECT_EQ(TypeOf("j.a?.b"), "json?");
  EXPECT_EQ(TypeOf("capture(s, r\"(?<ip>\\S+)( (?<ms>\\d+))?\")!"), "{ ip: string, ms: string? }");
  EXPECT_EQ(TypeOf("count()"), "E0204 `count` sums up many rows, this place has one");
  EXPECT_EQ(TypeOf("s =~ r\"(\""), "E0307 bad pattern: missing ): (");
  EXPECT_EQ(TypeOf("twice(n, times: 3)", "fn twice(x: int, times: int = 2) -> int = x * times"),
            "int");
  EXPECT_EQ(TypeOf("f(1)", "fn f(x: int) -> int = f(x)"), "E0205 fn `f` calls itself");
  EXPECT_EQ(TypeOf("nn"), "E0201 the row has no column `nn` here");
}

TEST(SemaExpr, FnsCannotDoubleForEver) {
  std::string fns = "fn f0(x: float) -> float = x + x\n";
  for (int i = 1; i < 40; ++i) {
    std::string before = "f" + std::to_string(i - 1);
    fns += "fn f" + std::to_string(i) + "(x: float) -> float = " + before + "(x) + " + before +
           "(x)\n";
  }
  Script script("f39(f)", fns);
  EXPECT_EQ(script.TypeText().substr(0, 6), "E0107 ");
}

TEST(SemaExpr, Aggregates) {
  auto type = [](std::string_view text, bool may_be_empty = false) {
    Script script(text);
    TypedAggregate aggregate =
        CheckAggregateCall(script.expr(), script.scope(), may_be_empty, script.diagnostics());
    return aggregate.poisoned ? script.Messages() : aggregate.type.ToText();
  };
  EXPECT_EQ(type("count()"), "int");
  EXPECT_EQ(type("count(m)"), "int");
  EXPECT_EQ(type("avg(n)"), "float");
  EXPECT_EQ(type("avg(m)"), "float?");
  EXPECT_EQ(type("avg(n, where: ok)"), "float?");
  EXPECT_EQ(type("avg(n)", true), "float?");
  EXPECT_EQ(type("count(where: ok)", true), "int");
  EXPECT_EQ(type("max(kind)"), "\"view\" | \"buy\"");
  EXPECT_EQ(type("max(m, where: m != none)"), "int?");
  EXPECT_EQ(type("quantile(n, 0.5)"), "float");
  EXPECT_EQ(type("quantile(f, f)"), "E0309 `q` of `quantile` must be a constant");
  EXPECT_EQ(type("n"), "E0204 `n` is not an aggregate");
  EXPECT_EQ(type("max(n) / count()"),
            "E0204 an item of `aggregate` is one aggregate call, nothing around it");
  EXPECT_EQ(type("max(count())"),
            "E0204 `count` inside `max`: an aggregate cannot take an aggregate");
  EXPECT_EQ(type("cuont()"), "E0204 no aggregate `cuont`");
}

TEST(SemaExpr, LoweredFunctionsVerify) {
  for (std::string_view text :
       {"m != none and len(s) > m",
        "try int(s) ?? 0",
        "if ok then n // 2 else 0",
        "try (if ok then int(s)! else n * n) ?? 0",
        "map(filter(xs, x => x > n), x => x * 2)",
        "u?.id ?? 0",
        "case kind { \"view\" => 1, \"buy\" => n // 2 }",
        "f\"{s}: {n}\"",
        "j.a?.b != none",
        "us.id",
        "price * 0.908 + 1",
        "$p + n",
        "m == f",
        "g ?? n",
        "try (ok and int(s)! > 3) ?? false",
        "try ((if ok then int(s)! + int(t ?? s)! else n * n) * (if ok then n else 1))",
        "try (if ok then (try int(s)) else m) ?? 1",
        "try (if ok then (if n > 3 then m else int(s)) else m)",
        "ok and (n > 3 or int(s)! > 2) and xs[0] == m",
        "any(xs, x => any(us, u => u.id == x + n))",
        "capture(s, r\"(?<a>x)|y\")!.a ?? \"none\"",
        "double(n + 1)",
        "5m + ts - d * 2 > ts"}) {
    Script script(text, "param p: int = 1\nfn double(x: int) -> int = x * 2");
    std::string lowered = script.Lowered();
    EXPECT_EQ(lowered.find("error"), std::string::npos) << text << "\n" << lowered;
  }
}

}  // namespace
}  // namespace flow::frontend
