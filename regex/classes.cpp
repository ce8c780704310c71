#include "regex/classes.h"

namespace flow::regex {

std::optional<RuneSet> PerlClass(char letter) {
  switch (letter) {
    case 'd':
    case 'D':
      return RuneSet({{'0', '9'}});
    case 's':
    case 'S':
      return RuneSet({{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}});
    case 'w':
    case 'W':
      return RuneSet({{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}});
    default:
      return std::nullopt;
  }
}

std::optional<RuneSet> PosixClass(std::string_view name) {
  if (name == "alnum") return RuneSet({{'0', '9'}, {'A', 'Z'}, {'a', 'z'}});
  if (name == "alpha") return RuneSet({{'A', 'Z'}, {'a', 'z'}});
  if (name == "ascii") return RuneSet({{0, 0x7F}});
  if (name == "blank") return RuneSet({{'\t', '\t'}, {' ', ' '}});
  if (name == "cntrl") return RuneSet({{0, 0x1F}, {0x7F, 0x7F}});
  if (name == "digit") return RuneSet({{'0', '9'}});
  if (name == "graph") return RuneSet({{'!', '~'}});
  if (name == "lower") return RuneSet({{'a', 'z'}});
  if (name == "print") return RuneSet({{' ', '~'}});
  if (name == "punct") return RuneSet({{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}});
  if (name == "space") return RuneSet({{'\t', '\r'}, {' ', ' '}});
  if (name == "upper") return RuneSet({{'A', 'Z'}});
  if (name == "word") return PerlClass('w');
  if (name == "xdigit") return RuneSet({{'0', '9'}, {'A', 'F'}, {'a', 'f'}});
  return std::nullopt;
}

}  // namespace flow::regex
