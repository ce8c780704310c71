#include "ir/pass.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "ir/passes/passes.h"
#include "ir/print.h"
#include "ir/reproducer.h"
#include "ir/verify.h"

namespace flow::ir {
namespace {

bool CheckContract(const Module& module, std::string_view when, std::string_view pass,
                   std::string* error) {
  std::vector<VerifyError> errors = Verify(module);
  if (errors.empty()) return true;
  *error = Cat("the IR is broken ", when, " ", pass, ":\n", VerifyErrorsText(module, errors));
  return false;
}

std::string Render(const Module& module, const std::vector<std::string_view>& names, size_t from) {
  std::string out = "# passes:";
  const char* separator = " ";
  for (size_t i = from; i < names.size(); ++i, separator = ",")
    Append(out, Cat(separator, names[i]));
  return Cat(out, "\n", Print(module, {.places = true}));
}

}  // namespace

const std::vector<Pass>& AllPasses() {
  static const std::vector<Pass> all = {
#define PASS(name, summary) {#name, summary, passes::name},
#include "ir/passes/passes.def"
#undef PASS
  };
  return all;
}

const Pass* FindPass(std::string_view name) {
  for (const Pass& pass : AllPasses()) {
    if (pass.name == name) return &pass;
  }
  return nullptr;
}

std::vector<std::string_view> InterpreterPipeline() {
  return {
      "bind_params",
      // Fixes which fields each stage reads (semantics.md 18); later passes keep that.
      "prune_columns",
  };
}

std::vector<std::string_view> DefaultPipeline(bool bind) {
  std::vector<std::string_view> out;
  // Before all else, so that values given on the command line fold.
  if (bind) out.push_back("bind_params");
  for (std::string_view name : {
           // Before any other optimisation: the set of fields read is that of the script as written
           // (semantics.md 18).
           "prune_columns",
           "fold_constants",
           // After folding, which leaves equal and dead ops behind; before sharing, which compares
           // functions.
           "simplify",
           "share_streams",
           "push_filters",
           // After filters have moved: a filter between two maps keeps them apart.
           "fuse_maps",
           "fold_constants",
           "simplify",
           // Before the split, whose halves hide what a group keeps.
           "share_panes",
           "split_aggregates",
           // After the split, whose halves meet in an exchange of their own.
           "place_exchanges",
           // Last: it numbers what stands there now.
           "fuse_rows",
       }) {
    out.push_back(name);
  }
  return out;
}

bool RunPasses(Module& module, const std::vector<std::string_view>& names, const PassHooks& hooks,
               std::string* error) {
  for (std::string_view name : names) {
    if (FindPass(name) != nullptr) continue;
    *error = Cat("no pass is called `", name, "`; `flow-opt --list-passes` lists them");
    return false;
  }
  if (hooks.verify &&
      !CheckContract(module, "before", names.empty() ? "any pass" : names[0], error)) {
    return false;
  }
  Reproducer reproducer(hooks.reproducer);
  bool rendered = false;
  for (size_t i = 0; i < names.size(); ++i) {
    const Pass& pass = *FindPass(names[i]);
    const auto& disabled = hooks.disabled;
    if (std::find(disabled.begin(), disabled.end(), pass.name) != disabled.end()) continue;
    if (hooks.reproducer != nullptr && !rendered) {
      reproducer.Set(Render(module, names, i));
      rendered = true;
    }
    auto start = std::chrono::steady_clock::now();
    bool changed = pass.run(module, hooks.options);
    auto elapsed = std::chrono::steady_clock::now() - start;
    if (hooks.timing != nullptr) {
      auto us = std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
      Append(*hooks.timing, Cat(pass.name, ": ", us, " us\n"));
    }
    if (changed) rendered = false;
    if (hooks.print_after_change != nullptr) {
      Append(*hooks.print_after_change, changed ? Cat("# after ", pass.name, "\n", Print(module))
                                                : Cat("# after ", pass.name, " (unchanged)\n"));
    }
    if (hooks.verify && changed && !CheckContract(module, "after", pass.name, error)) return false;
  }
  return true;
}

}  // namespace flow::ir
