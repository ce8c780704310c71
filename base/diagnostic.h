#pragma once
// What flowc says about a script. Phases emit into a Diagnostics collector; tools render it.
//
//   diagnostics.Emit(span, Diag::UnknownColumn, Cat("the row has no column `", name, "` here"))
//       .Here("not in this row")
//       .Label(select_span, Cat("`", name, "` was left behind by this select"))
//       .Row(row_type_text)
//       .Fix("add `amount` to the select on line 7, or move this `where` above it");
//
// Rules: message in lower case, no full stop, code in backquotes, says what was observed; one error
// per cause; one primary span and at most two labels; a fix with an edit is tagged Safe or Unsure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace flow {

enum class Severity : uint8_t { Error, Warning };

enum class Diag : uint16_t {
#define DIAG(name, code, severity, title) name,
#include "base/diagnostics.def"
#undef DIAG
};

struct DiagInfo {
  std::string_view name;  // "UnknownColumn"
  std::string_view code;  // "E0201"
  Severity severity;
  std::string_view title;  // "unknown column"
};

const DiagInfo& InfoOf(Diag diag);
// Every diagnostic in the order of diagnostics.def, for `flowc explain` and tools.
const DiagInfo* AllDiagnostics(size_t* count);

// Replaces the text of `span`; an empty span inserts.
struct Edit {
  Span span;
  std::string replacement;
};

// Safe: `flowc check --fix` applies it unasked. Unsure: shown only.
enum class Safety : uint8_t { Safe, Unsure };

struct DiagnosticLabel {
  Span span;
  std::string text;
};

struct DiagnosticFix {
  std::string text;
  std::optional<Edit> edit;
  Safety safety = Safety::Unsure;
};

struct Diagnostic {
  Diag diag;
  Span span;
  std::string message;
  std::string here;                     // text behind the carets under `span`
  std::vector<DiagnosticLabel> labels;  // further places
  std::vector<std::string> notes;
  std::string row;                   // the row's type at this point
  std::vector<DiagnosticFix> fixes;  // the first is the best
};

// Handed out by Emit; valid until the end of the full expression (the next Emit may move it).
class DiagnosticBuilder {
 public:
  explicit DiagnosticBuilder(Diagnostic* diagnostic) : diagnostic_(diagnostic) {}

  DiagnosticBuilder& Here(std::string text) {
    diagnostic_->here = std::move(text);
    return *this;
  }
  DiagnosticBuilder& Label(Span span, std::string text) {
    diagnostic_->labels.push_back({span, std::move(text)});
    return *this;
  }
  DiagnosticBuilder& Note(std::string text) {
    diagnostic_->notes.push_back(std::move(text));
    return *this;
  }
  DiagnosticBuilder& Row(std::string type_text) {
    diagnostic_->row = std::move(type_text);
    return *this;
  }
  DiagnosticBuilder& Fix(std::string text) {
    diagnostic_->fixes.push_back({std::move(text), std::nullopt, Safety::Unsure});
    return *this;
  }
  DiagnosticBuilder& Fix(std::string text, Edit edit, Safety safety) {
    diagnostic_->fixes.push_back({std::move(text), std::move(edit), safety});
    return *this;
  }

 private:
  Diagnostic* diagnostic_;
};

// Collects what the phases emit. The same code at the same place is kept once: a second report of
// one cause helps nobody. The number kept is bounded (kMaxKept); the rest is only counted.
class Diagnostics {
 public:
  static constexpr size_t kMaxKept = 100;

  DiagnosticBuilder Emit(Span span, Diag diag, std::string message);
  // Takes over a finished one, for a phase that first collects what it may yet throw away.
  void Add(Diagnostic diagnostic) { Keep(std::move(diagnostic)); }

  bool HasErrors() const { return error_count_ > 0; }
  size_t error_count() const { return error_count_; }
  size_t warning_count() const { return warning_count_; }
  const std::vector<Diagnostic>& all() const { return kept_; }

 private:
  Diagnostic* Keep(Diagnostic diagnostic);

  std::vector<Diagnostic> kept_;
  Diagnostic surplus_;  // target of builders that are not kept
  size_t error_count_ = 0;
  size_t warning_count_ = 0;
};

// The form people read (docs/language.md, diagnostics): header, source lines with carets, fixes.
std::string RenderText(const Diagnostic& diagnostic, const Sources& sources, bool color);
// All of them, in the order of their places, an empty line between two.
std::string RenderText(const Diagnostics& diagnostics, const Sources& sources, bool color);
// One JSON object in one line, no line end (`--diagnostics json`).
std::string RenderJson(const Diagnostic& diagnostic, const Sources& sources);
std::string RenderJson(const Diagnostics& diagnostics, const Sources& sources);

// `file`'s text with every safe fix applied; overlapping edits are left for the next round.
std::string ApplySafeFixes(const Diagnostics& diagnostics, const SourceFile& file);

}  // namespace flow
