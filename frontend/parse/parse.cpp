#include "frontend/parse/parse.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "frontend/parse/context.h"
#include "frontend/parse/docs.h"
#include "frontend/parse/parser.h"
#include "frontend/parse/structure.h"
#include "frontend/parse/token.h"

namespace flow::frontend {

using parse::Repair;
using parse::Token;
using parse::Tokens;
using Tok = parse::Parser::token;

// The offset of the first byte that is no part of UTF-8 text, or the size.
static size_t ValidUtf8Prefix(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    auto lead = static_cast<unsigned char>(text[i]);
    if (lead == 0) return i;
    size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead >= 0x80 && (lead < 0xC2 || lead > 0xF4)) return i;
    if (i + length > text.size()) return i;
    for (size_t k = 1; k < length; ++k) {
      if ((text[i + k] & 0xC0) != 0x80) return i;
    }
    auto second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
    bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    bool beyond = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
    if (overlong || beyond) return i;
    i += length;
  }
  return i;
}

static bool CheckText(const SourceFile& file, Diagnostics& diagnostics) {
  std::string_view text = file.text();
  if (text.size() > kScriptBytesMax) {
    diagnostics.Emit({file.id(), 0, 0}, Diag::NotText, "the script is larger than 64 MiB")
        .Fix("is this a data file? `flowc -e 'from \"file\"'` reads one");
    return false;
  }
  size_t valid = ValidUtf8Prefix(text);
  if (valid == text.size()) return true;
  auto at = static_cast<uint32_t>(valid);
  constexpr std::string_view kHex = "0123456789ABCDEF";
  auto byte = static_cast<unsigned char>(text[valid]);
  std::string shown{kHex[byte >> 4], kHex[byte & 15]};
  auto builder = diagnostics.Emit({file.id(), at, at + 1}, Diag::NotText,
                                  Cat("the byte 0x", shown, " here is not UTF-8 text"));
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    builder.Fix("the file looks like UTF-16; save it as UTF-8");
  } else if (byte == 0) {
    builder.Fix("scripts hold no NUL bytes; is this a data file?");
  } else {
    builder.Fix("save the file as UTF-8");
  }
  return false;
}

static std::vector<Token> Apply(std::vector<Repair> repairs, const std::vector<Token>& tokens) {
  std::sort(repairs.begin(), repairs.end(),
            [](const Repair& a, const Repair& b) { return a.begin < b.begin; });
  std::vector<Token> out;
  size_t done = 0;
  for (const Repair& repair : repairs) {
    if (repair.begin < done) continue;  // two about one place: the other one's turn is next round
    out.insert(out.end(), tokens.begin() + static_cast<std::ptrdiff_t>(done),
               tokens.begin() + static_cast<std::ptrdiff_t>(repair.begin));
    done = repair.end;
    Token token = tokens[repair.begin];
    token.span = Join(token.span, tokens[repair.end - 1].span);
    for (int kind : repair.kinds) {
      token.kind = kind;
      token.bad = kind == Tok::T_DURATION;  // its text is none; it has been reported
      out.push_back(token);
    }
  }
  out.insert(out.end(), tokens.begin() + static_cast<std::ptrdiff_t>(done), tokens.end());
  return out;
}

ast::File Parse(const SourceFile& file, Diagnostics& diagnostics) {
  if (!CheckText(file, diagnostics)) return {};
  Tokens tokens = parse::Lex(file, diagnostics);

  // Habits of other languages are reported, repaired in the tokens, and the text is read again: so
  // one run shows them all, and what stands behind them.
  constexpr int kRoundsMax = 32;
  for (int round = 0;; ++round) {
    parse::Structure structure = parse::FindStructure(tokens.all);
    if (structure.too_deep != parse::kNoToken) {
      // What was never closed is deep as well, and has been reported.
      if (!tokens.swallowed.empty()) return {};
      diagnostics
          .Emit(tokens.all[structure.too_deep].span, Diag::TooDeep,
                Cat("brackets are nested more than ", kBracketDepthMax, " levels deep here"))
          .Fix("give a part of it a name with `let`, `fn` or `stream`");
      return {};
    }
    Diagnostics found;
    parse::ParseContext context(file, tokens, structure, diagnostics, found);
    parse::Parser parser(context);
    parser.parse();
    if (context.repairs().empty() || round == kRoundsMax) {
      for (const Diagnostic& diagnostic : found.all()) diagnostics.Add(diagnostic);
      ast::File result = context.TakeFile();
      parse::AttachDocs(file, tokens, result);
      return result;
    }
    tokens.all = Apply(context.repairs(), tokens.all);
  }
}

// ---------------------------------------------------------------- verbs

static constexpr std::array<std::string_view, 27> kVerbs = {
    "where",  "select", "extend", "set",   "drop",  "rename", "aggregate", "window", "emit",
    "join",   "asof",   "lookup", "left",  "full",  "semi",   "anti",      "dedup",  "top",
    "unnest", "union",  "branch", "match", "order", "limit",  "assert",    "into",   "as"};

std::span<const std::string_view> StageVerbs() { return kVerbs; }

std::string SuggestVerb(std::string_view word) {
  struct Synonym {
    std::string_view written, phrase;
  };
  static constexpr Synonym kSynonyms[] = {
      {"filter", "`where` keeps rows"},
      {"having", "`where` behind the `aggregate` keeps groups"},
      {"map", "`select` or `extend` compute columns"},
      {"mutate", "`extend` adds columns, `set` replaces them"},
      {"derive", "`extend` adds columns"},
      {"with", "`extend` adds columns"},
      {"project", "`select` chooses columns"},
      {"sort", "`order by` sorts"},
      {"group", "`aggregate .. group by ..` makes groups"},
      {"count", "`aggregate count()` counts rows"},
      {"sum", "`aggregate sum(x)` adds up"},
      {"summarize", "`aggregate .. group by ..` makes groups"},
      {"summarise", "`aggregate .. group by ..` makes groups"},
      {"reduce", "`aggregate .. group by ..` makes groups"},
      {"distinct", "`aggregate count() as n group by ..` makes one row of equal ones"},
      {"take", "`limit` keeps the first rows"},
      {"head", "`limit` keeps the first rows"},
      {"flatten", "`unnest xs as x` gives a row per element"},
      {"explode", "`unnest xs as x` gives a row per element"},
      {"expand", "`unnest xs as x` gives a row per element"},
      {"concat", "`union` puts streams together"},
      {"write", "`into` ends a pipeline in a sink"},
      {"to", "`into` ends a pipeline in a sink"},
      {"sink", "`into` ends a pipeline in a sink"},
      {"print", "`into stdout` prints; `peek()` shows rows on the way"},
  };
  for (const Synonym& synonym : kSynonyms) {
    if (word == synonym.written) return std::string(synonym.phrase);
  }
  std::string_view nearest = Nearest(word, kVerbs);
  return nearest.empty() ? std::string() : Cat("did you mean `", nearest, "`?");
}

std::string CompleteOneLiner(std::string_view text) {
  SourceFile file(0, "-e", std::string(text));
  Diagnostics ignored;
  if (!CheckText(file, ignored)) return std::string(text);
  Tokens tokens = parse::Lex(file, ignored);
  if (tokens.all.empty()) return std::string(text);
  const Token& first = tokens.all[0];
  if (first.kind == Tok::T_PIPE_ARROW) return Cat("from stdin ", text);
  std::string word(file.Text(first.span));
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  // Whatever is no declaration and no `from` is meant as a stage, a misspelt one too; SQL's
  // `select .. from` is left to the parser, which knows the habit.
  static constexpr std::array<std::string_view, 11> kOthers = {
      "type", "source", "sink", "stream", "let", "fn", "pipe", "param", "import", "test", "from"};
  bool other = std::find(kOthers.begin(), kOthers.end(), word) != kOthers.end();
  bool is_word = !word.empty() && ((word[0] >= 'a' && word[0] <= 'z') || word[0] == '_');
  if (!is_word || other) return std::string(text);
  return Cat("from stdin |> ", text);
}

}  // namespace flow::frontend
