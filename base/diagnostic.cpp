#include "base/diagnostic.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/json_text.h"
#include "base/text.h"

namespace flow {

static constexpr std::array kInfos = {
#define DIAG(name, code, severity, title) DiagInfo{#name, #code, Severity::severity, title},
#include "base/diagnostics.def"
#undef DIAG
};

const DiagInfo& InfoOf(Diag diag) { return kInfos[static_cast<size_t>(diag)]; }

const DiagInfo* AllDiagnostics(size_t* count) {
  *count = kInfos.size();
  return kInfos.data();
}

Diagnostic* Diagnostics::Keep(Diagnostic diagnostic) {
  bool repeated = std::any_of(kept_.begin(), kept_.end(), [&](const Diagnostic& other) {
    return other.diag == diagnostic.diag && other.span == diagnostic.span;
  });
  bool counts = !repeated || diagnostic.span == kNoSpan;
  if (counts)
    ++(InfoOf(diagnostic.diag).severity == Severity::Error ? error_count_ : warning_count_);
  if (counts && kept_.size() < kMaxKept) {
    kept_.push_back(std::move(diagnostic));
    return &kept_.back();
  }
  surplus_ = std::move(diagnostic);
  return &surplus_;
}

DiagnosticBuilder Diagnostics::Emit(Span span, Diag diag, std::string message) {
  return DiagnosticBuilder(Keep({diag, span, std::move(message), {}, {}, {}, {}, {}}));
}

// ---------------------------------------------------------------- text

namespace {

constexpr std::string_view kReset = "\033[0m", kBold = "\033[1m", kRed = "\033[1;31m",
                           kYellow = "\033[1;33m", kBlue = "\033[1;34m", kGreen = "\033[1;32m";

// A source line as shown: tabs and control bytes become spaces, what is not UTF-8 question marks,
// and of a very long line only the part around the place of interest is kept.
struct ShownLine {
  std::string text;
  size_t first_column = 1;  // of `text` in the line
};

size_t CodePoints(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

ShownLine Show(std::string_view line, size_t offset_in_line) {
  constexpr size_t kWidthMax = 160, kBeforeMax = 60;
  size_t begin = 0, end = line.size();
  if (line.size() > kWidthMax) {
    begin = offset_in_line > kBeforeMax ? offset_in_line - kBeforeMax : 0;
    while (begin > 0 && (line[begin] & 0xC0) == 0x80) --begin;
    end = std::min(begin + kWidthMax, line.size());
    while (end < line.size() && (line[end] & 0xC0) == 0x80) ++end;
  }
  ShownLine shown{std::string(line.substr(begin, end - begin)),
                  CodePoints(line.substr(0, begin)) + 1};
  for (size_t i = 0; i < shown.text.size(); ++i) {
    auto byte = static_cast<unsigned char>(shown.text[i]);
    if (byte < 0x20 || byte == 0x7F) shown.text[i] = ' ';
    if (byte < 0x80) continue;
    // How many bytes follow the lead byte, and whether they do.
    size_t more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
    bool valid = byte >= 0xC2 && byte <= 0xF4 && i + more < shown.text.size();
    for (size_t k = 1; valid && k <= more; ++k) valid = (shown.text[i + k] & 0xC0) == 0x80;
    if (valid) {
      i += more;
    } else {
      shown.text[i] = '?';
    }
  }
  while (shown.text.ends_with(' ')) shown.text.pop_back();
  return shown;
}

class TextRenderer {
 public:
  TextRenderer(const Diagnostic& diagnostic, const Sources& sources, bool color)
      : diagnostic_(diagnostic), sources_(sources), color_(color) {}

  std::string Render() {
    Header();
    if (sources_.Has(diagnostic_.span.file)) Places();
    if (!diagnostic_.row.empty()) Tail("= row here: ", diagnostic_.row);
    for (const std::string& note : diagnostic_.notes) Tail("= note: ", note);
    std::string_view lead = "= fix: ";
    for (const DiagnosticFix& fix : diagnostic_.fixes) {
      if (fix.text.empty()) continue;
      Tail(lead, fix.text);
      lead = "= or:  ";
    }
    return std::move(out_);
  }

 private:
  void Paint(std::string_view style, std::string_view text) {
    if (!color_) {
      out_ += text;
      return;
    }
    out_ += style;
    out_ += text;
    out_ += kReset;
  }

  void Header() {
    const DiagInfo& info = InfoOf(diagnostic_.diag);
    bool error = info.severity == Severity::Error;
    Paint(error ? kRed : kYellow, Cat(error ? "error[" : "warning[", info.code, "]"));
    Paint(kBold, Cat(": ", diagnostic_.message));
    out_ += '\n';
  }

  void Places() {
    uint32_t last_line = LineOf(diagnostic_.span);
    for (const DiagnosticLabel& label : diagnostic_.labels) {
      if (sources_.Has(label.span.file)) last_line = std::max(last_line, LineOf(label.span));
    }
    width_ = std::max<size_t>(2, Cat(last_line).size());

    const SourceFile& file = sources_.Get(diagnostic_.span.file);
    LineColumn place = file.Locate(diagnostic_.span.begin);
    out_.append(width_, ' ');
    Paint(kBlue, "--> ");
    Append(out_, Cat(file.path(), ":", place.line, ":", place.column, "\n"));

    std::string here = diagnostic_.here;
    if (HasSafeFix()) {
      if (!here.empty()) here += "   ";
      here += "(safe fix; run: flowc check --fix)";
    }
    Place(diagnostic_.span, '^', kRed, here);
    for (const DiagnosticLabel& label : diagnostic_.labels) {
      if (sources_.Has(label.span.file)) Place(label.span, '-', kBlue, label.text);
    }
  }

  bool HasSafeFix() const {
    return std::any_of(diagnostic_.fixes.begin(), diagnostic_.fixes.end(),
                       [](const DiagnosticFix& fix) {
                         return fix.edit.has_value() && fix.safety == Safety::Safe;
                       });
  }

  uint32_t LineOf(Span span) const { return sources_.Get(span.file).LineOf(span.begin); }

  void Gutter(std::string_view number) {
    std::string text(width_ - std::min(width_, number.size()), ' ');
    Append(text, number);
    text += " | ";
    Paint(kBlue, text);
  }

  // The source line, unless it stands above already, and carets under the span's part of it.
  void Place(Span span, char caret, std::string_view style, std::string_view text) {
    const SourceFile& file = sources_.Get(span.file);
    uint32_t line = file.LineOf(span.begin);
    std::string_view line_text = file.LineText(line);
    size_t offset = std::min<size_t>(span.begin - file.LineStart(line), line_text.size());
    bool above = shown_line_ == line && shown_file_ == span.file;
    if (!above || CodePoints(line_text.substr(0, offset)) + 1 < shown_.first_column) {
      shown_ = Show(line_text, offset);
      shown_line_ = line;
      shown_file_ = span.file;
      Gutter(Cat(line));
      out_ += shown_.text;
      out_ += '\n';
    }
    size_t end = std::min<size_t>(span.end - file.LineStart(line), line_text.size());
    size_t carets = end > offset ? CodePoints(line_text.substr(offset, end - offset)) : 1;
    size_t column = CodePoints(line_text.substr(0, offset)) + 1;
    size_t indent = column - shown_.first_column;
    size_t room = CodePoints(shown_.text);
    if (indent + carets > room) carets = room > indent ? room - indent : 1;
    Gutter("");
    out_.append(indent, ' ');
    std::string mark(carets, caret);
    if (!text.empty()) Append(mark, Cat(" ", text));
    Paint(style, mark);
    out_ += '\n';
  }

  // "   = fix: text", further lines of the text under its first.
  void Tail(std::string_view lead, std::string_view text) {
    out_.append(width_ + 1, ' ');
    Paint(kGreen, lead);
    for (char c : text) {
      out_ += c;
      if (c == '\n') out_.append(width_ + 1 + lead.size(), ' ');
    }
    out_ += '\n';
  }

  const Diagnostic& diagnostic_;
  const Sources& sources_;
  bool color_;
  size_t width_ = 2;
  ShownLine shown_;
  uint32_t shown_line_ = 0;
  uint32_t shown_file_ = 0;
  std::string out_;
};

}  // namespace

std::string RenderText(const Diagnostic& diagnostic, const Sources& sources, bool color) {
  return TextRenderer(diagnostic, sources, color).Render();
}

static std::vector<const Diagnostic*> InOrderOfPlace(const Diagnostics& diagnostics) {
  std::vector<const Diagnostic*> order;
  for (const Diagnostic& diagnostic : diagnostics.all()) order.push_back(&diagnostic);
  // Addresses break ties: of one place, what was emitted first comes first.
  std::sort(order.begin(), order.end(), [](const Diagnostic* a, const Diagnostic* b) {
    return std::tuple(a->span.file, a->span.begin, a) < std::tuple(b->span.file, b->span.begin, b);
  });
  return order;
}

std::string RenderText(const Diagnostics& diagnostics, const Sources& sources, bool color) {
  std::string out;
  for (const Diagnostic* diagnostic : InOrderOfPlace(diagnostics)) {
    if (!out.empty()) out += '\n';
    out += RenderText(*diagnostic, sources, color);
  }
  size_t found = diagnostics.error_count() + diagnostics.warning_count();
  if (found > diagnostics.all().size()) {
    Append(out, Cat("\n.. and ", found - diagnostics.all().size(), " more\n"));
  }
  return out;
}

// ---------------------------------------------------------------- JSON

static void AppendKey(std::string& out, std::string_view key, std::string_view text) {
  Append(out, Cat(",\"", key, "\":"));
  AppendJson(out, text);
}

// "file":..,"line":..,"column":..,"end_line":..,"end_column":..,"begin":..,"end":.. (byte offsets)
static void AppendPlace(std::string& out, Span span, const Sources& sources) {
  if (!sources.Has(span.file)) {
    out += "\"file\":null";
    return;
  }
  const SourceFile& file = sources.Get(span.file);
  LineColumn begin = file.Locate(span.begin), end = file.Locate(span.end);
  out += "\"file\":";
  AppendJson(out, file.path());
  Append(out,
         Cat(",\"line\":", begin.line, ",\"column\":", begin.column, ",\"end_line\":", end.line,
             ",\"end_column\":", end.column, ",\"begin\":", span.begin, ",\"end\":", span.end));
}

std::string RenderJson(const Diagnostic& diagnostic, const Sources& sources) {
  const DiagInfo& info = InfoOf(diagnostic.diag);
  std::string out = "{\"severity\":";
  AppendJson(out, info.severity == Severity::Error ? "error" : "warning");
  AppendKey(out, "code", info.code);
  AppendKey(out, "message", diagnostic.message);
  out += ',';
  AppendPlace(out, diagnostic.span, sources);
  if (!diagnostic.here.empty()) AppendKey(out, "here", diagnostic.here);
  if (!diagnostic.row.empty()) AppendKey(out, "row", diagnostic.row);
  out += ",\"labels\":[";
  const char* separator = "";
  for (const DiagnosticLabel& label : diagnostic.labels) {
    out += std::exchange(separator, ",");
    out += '{';
    AppendPlace(out, label.span, sources);
    AppendKey(out, "text", label.text);
    out += '}';
  }
  out += "],\"notes\":[";
  separator = "";
  for (const std::string& note : diagnostic.notes) {
    out += std::exchange(separator, ",");
    AppendJson(out, note);
  }
  out += "],\"fixes\":[";
  separator = "";
  for (const DiagnosticFix& fix : diagnostic.fixes) {
    out += std::exchange(separator, ",");
    out += fix.safety == Safety::Safe ? "{\"safe\":true" : "{\"safe\":false";
    if (!fix.text.empty()) AppendKey(out, "text", fix.text);
    if (fix.edit) {
      out += ",\"edit\":{";
      AppendPlace(out, fix.edit->span, sources);
      AppendKey(out, "replacement", fix.edit->replacement);
      out += '}';
    }
    out += '}';
  }
  return out + "]}";
}

std::string RenderJson(const Diagnostics& diagnostics, const Sources& sources) {
  std::string out;
  for (const Diagnostic* diagnostic : InOrderOfPlace(diagnostics)) {
    out += RenderJson(*diagnostic, sources);
    out += '\n';
  }
  return out;
}

// ---------------------------------------------------------------- fixes

std::string ApplySafeFixes(const Diagnostics& diagnostics, const SourceFile& file) {
  std::vector<const Edit*> edits;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    for (const DiagnosticFix& fix : diagnostic.fixes) {
      if (!fix.edit || fix.safety != Safety::Safe || fix.edit->span.file != file.id()) continue;
      edits.push_back(&*fix.edit);
      break;  // the fixes of one diagnostic are alternatives
    }
  }
  std::sort(edits.begin(), edits.end(), [](const Edit* a, const Edit* b) {
    return std::pair(a->span.begin, a->span.end) < std::pair(b->span.begin, b->span.end);
  });
  std::string out;
  size_t done = 0;
  for (const Edit* edit : edits) {
    if (edit->span.begin < done) continue;
    out += file.text().substr(done, edit->span.begin - done);
    out += edit->replacement;
    done = edit->span.end;
  }
  out += file.text().substr(done);
  return out;
}

}  // namespace flow
