#include "tools/plan/patterns.h"

#include <algorithm>

#include "base/text.h"
#include "ir/visit.h"
#include "regex/automaton.h"
#include "tools/plan/expression.h"
#include "tools/plan/state.h"

namespace flow::plan {
namespace {

constexpr size_t kPatternMax = 40;  // characters that are shown

class Finder {
 public:
  explicit Finder(const ir::Module& module) : module_(module) {}

  // What `fn` asks for itself, then what the functions do that it calls for elements.
  void Find(ir::FnId fn) {
    for (const ir::ScalarOp& op : module_.functions[fn].ops) {
      if (const auto* match = std::get_if<ir::RegexMatch>(&op)) {
        std::string reason;
        Add(match->pattern, regex::Compile(match->pattern, {}, &reason), reason);
      }
      if (const auto* capture = std::get_if<ir::RegexCapture>(&op)) {
        std::string reason;
        Add(capture->pattern, regex::CompileNamed(capture->pattern, &reason), reason);
      }
      ir::ForEach<ir::FnId>(op, [&](const ir::FnId& inner) { Find(inner); });
    }
  }

  std::vector<std::string> Take() { return std::move(out_); }

 private:
  void Add(const std::string& pattern, const std::optional<regex::Automaton>& automaton,
           const std::string& reason) {
    std::string text = Shortened(PatternText(pattern), kPatternMax);
    if (automaton) {
      size_t states = automaton->states.size();
      Append(text, Cat(" compiled, ", states, states == 1 ? " state" : " states"));
    } else {
      Append(text, Cat(" by RE2: ", reason));
    }
    if (std::find(out_.begin(), out_.end(), text) == out_.end()) out_.push_back(std::move(text));
  }

  const ir::Module& module_;
  std::vector<std::string> out_;
};

}  // namespace

std::vector<std::string> PatternsOf(const ir::Module& module, ir::ValueId op) {
  Finder finder(module);
  const ir::Op& stage = module.graph.ops[op];
  ir::ForEach<ir::FnId>(stage, [&](const ir::FnId& fn) { finder.Find(fn); });
  if (std::holds_alternative<ir::AggregateMerge>(stage)) {
    const ir::Op& local = module.graph.ops[LocalOf(module.graph, op)];
    ir::ForEach<ir::FnId>(local, [&](const ir::FnId& fn) { finder.Find(fn); });
  }
  return finder.Take();
}

}  // namespace flow::plan
