#include "tools/driver/compilation.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "frontend/parse/parse.h"
#include "frontend/sema/typed_program.h"
#include "ir/pass.h"
#include "ir/print.h"
#include "tools/driver/param_value.h"
#include "tools/driver/sample.h"
#include "tools/plan/model.h"

namespace flow {
namespace {

constexpr PhaseInfo kPhases[] = {
    {"ast", "the syntax tree"},
    {"ir", "the dataflow IR as lowered from the script"},
    {"opt", "the IR after all passes"},
    {"plan", "what runs, for people"},
    {"llvm", "the LLVM IR of the fragments"},
    {"asm", "their assembly"},
};

// Text of an expression or type as the script writes it.
std::string SourceText(const SourceFile& file, Span span) { return std::string(file.Text(span)); }

// A string literal's value, else the text as it stands: how the command line would write it.
std::string DefaultText(const SourceFile& file, const frontend::ast::Expr& expr) {
  if (const auto* text = std::get_if<frontend::ast::StringLit>(&expr.node)) return text->value;
  return SourceText(file, expr.span);
}

frontend::LoadResult LoadImport(const std::string& path) {
  frontend::LoadResult result;
  std::string text;
  if (ReadFile(path, &text, &result.error)) result.text = std::move(text);
  return result;
}

}  // namespace

std::span<const PhaseInfo> Phases() { return kPhases; }

bool ReadFile(const std::string& path, std::string* text, std::string* error) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    *error = std::strerror(errno);
    return false;
  }
  char buffer[65536];
  size_t got = 0;
  while ((got = std::fread(buffer, 1, sizeof buffer, file)) > 0) text->append(buffer, got);
  bool failed = std::ferror(file) != 0;
  if (failed) *error = std::strerror(errno);
  if (file != stdin) std::fclose(file);
  return !failed;
}

Compilation::Compilation(const Catalog& catalog) : catalog_(catalog) {}
Compilation::~Compilation() = default;

bool Compilation::Load(const std::string& path, std::string* error) {
  std::string text;
  if (!ReadFile(path, &text, error)) return false;
  script_ = &sources_.Add(path, std::move(text));
  return true;
}

void Compilation::LoadOneLiner(const std::string& text) {
  one_liner_ = true;
  script_ = &sources_.Add("-e", frontend::CompleteOneLiner(text));
}

bool Compilation::Parse() {
  ast_ = frontend::Parse(*script_, diagnostics_);
  return !diagnostics_.HasErrors();
}

void Compilation::Configure(CompilationOptions options) {
  options_ = std::move(options);
  Done("ast", [&] { return frontend::ast::Print(ast_); });
}

bool Compilation::HasTests() const {
  return std::any_of(ast_.items.begin(), ast_.items.end(), [](const frontend::ast::Item& item) {
    return std::holds_alternative<frontend::ast::TestDecl>(item.node);
  });
}

std::vector<ScriptParam> Compilation::Params() const {
  std::vector<ScriptParam> out;
  for (const frontend::ast::Item& item : ast_.items) {
    const auto* decl = std::get_if<frontend::ast::ParamDecl>(&item.node);
    if (decl == nullptr) continue;
    ScriptParam param;
    param.name = decl->name.text;
    if (decl->type) param.type = SourceText(*script_, decl->type->span);
    if (decl->default_value) param.default_text = DefaultText(*script_, *decl->default_value);
    param.doc = item.doc;
    out.push_back(std::move(param));
  }
  return out;
}

std::string Compilation::ScriptDoc() const {
  if (!ast_.doc.empty()) return ast_.doc;
  if (ast_.items.empty() || std::holds_alternative<frontend::ast::ParamDecl>(ast_.items[0].node))
    return {};
  return ast_.items[0].doc;
}

bool Compilation::Check(const std::map<std::string, std::string>& param_values) {
  param_values_ = param_values;
  auto sample = [this](const frontend::SampleRequest& request) {
    if (!options_.for_tests || !request.path.empty()) return SampleForFrontend(request);
    return frontend::SampleResult{Type::Error(), "tests do not read it"};
  };
  frontend::FrontendOptions options{
      .catalog = catalog_,
      .sources = &sources_,
      .load = LoadImport,
      .sample = sample,
      .param_values = param_values,
      .ahead_of_time = options_.ahead_of_time,
      .for_tests = options_.for_tests,
      .one_liner = one_liner_,
      .input_format = options_.input_format,
      .output_format = options_.output_format,
      .input_schema = options_.input_schema,
      .script_name = script_->path(),
  };
  program_ = frontend::Check(ast_, *script_, options, diagnostics_);
  if (program_ == nullptr || diagnostics_.HasErrors()) return false;
  if (options_.for_tests) {
    lowered_ = frontend::LowerForTests(*program_, sources_);
    tests_ = frontend::LowerTests(*program_, sources_);
  } else {
    lowered_ = frontend::Lower(*program_, sources_);
  }
  Done("ir", [&] { return ir::Print(lowered_); });
  return true;
}

bool Compilation::Optimize(std::string* error) {
  ir::PassHooks hooks;
  hooks.options.catalog = &catalog_;
  hooks.disabled = options_.disabled_passes;
  if (options_.bind_params) {
    for (const ir::Param& param : lowered_.params) {
      auto given = param_values_.find(param.name);
      if (given == param_values_.end()) continue;
      bool simple = false;
      std::optional<ir::Literal> value = ReadParamLiteral(param.type, given->second, &simple);
      if (value) {
        hooks.options.params.emplace(param.name, std::move(*value));
      } else if (simple) {
        *error = Cat("error[E0801]: parameter `", param.name, "` cannot be `", given->second,
                     "`\n  = fix: give a value of type ", param.type.ToText(), "\n");
        return false;
      }
    }
  }
  module_ = lowered_;
  if (!options_.for_tests && !ir::RunPasses(lowered_, ir::InterpreterPipeline(), hooks, error)) {
    *error = Cat("flowc: internal error: ", *error, "\n");
    return false;
  }
  std::string changes;
  std::string timing;
  if (options_.print_passes) hooks.print_after_change = &changes;
  if (options_.time_passes) hooks.timing = &timing;
  hooks.reproducer = "flowc-crash.ir";
  bool ok = ir::RunPasses(module_, ir::DefaultPipeline(options_.bind_params), hooks, error);
  if (!changes.empty() && options_.out) options_.out(changes);
  std::fwrite(timing.data(), 1, timing.size(), stderr);
  if (!ok) {
    *error = Cat("flowc: internal error: ", *error, "\n");
    return false;
  }
  Done("opt", [&] { return ir::Print(module_); });
  Done("plan", [&] { return plan::Text(plan::MakeGraph(module_, catalog_)); });
  return true;
}

bool Compilation::Wants(std::string_view phase) const {
  return std::find(options_.print.begin(), options_.print.end(), phase) != options_.print.end();
}

void Compilation::Done(std::string_view phase, const std::function<std::string()>& text) {
  if (stopped_) return;
  if (Wants(phase) && options_.out) options_.out(text());
  if (options_.stop_after == phase) stopped_ = true;
}

}  // namespace flow
