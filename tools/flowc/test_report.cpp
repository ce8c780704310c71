#include "tools/flowc/test_report.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "interp/json_text.h"

namespace flow::cli {
namespace {

// Milliseconds with as many digits as say something: 0.03, 1.2, 250.
std::string MillisecondsText(double milliseconds) {
  double scale = milliseconds < 1 ? 100 : milliseconds < 10 ? 10 : 1;
  return Cat(std::round(milliseconds * scale) / scale);
}

std::string JsonText(std::string_view text) {
  std::string out;
  interp::AppendJsonString(text, &out);
  return out;
}

// Text between tags; control characters have no place in XML.
std::string XmlText(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') {
      out += c;
    }
  }
  return out;
}

std::string XmlAttribute(std::string_view text) {
  std::string out;
  for (char c : XmlText(text)) {
    if (c == '"') {
      out += "&quot;";
    } else {
      out += c == '\n' || c == '\t' ? ' ' : c;
    }
  }
  return out;
}

std::string SecondsText(double milliseconds) {
  return Cat(std::round(milliseconds * 1000) / 1'000'000);
}

std::string AllFailures(const TestOutcome& outcome, const Sources& sources, bool color) {
  std::string out;
  for (const TestFailure& failure : outcome.failures) out += FailureText(failure, sources, color);
  return out;
}

// What was said on the way, behind a bar.
std::string SaidText(const TestOutcome& outcome) {
  std::string out;
  for (size_t begin = 0; begin < outcome.said.size();) {
    size_t end = std::min(outcome.said.find('\n', begin), outcome.said.size());
    Append(out, Cat("    | ", std::string_view(outcome.said).substr(begin, end - begin), "\n"));
    begin = end + 1;
  }
  return out;
}

std::string Tests(size_t count) { return Cat(count, count == 1 ? " test" : " tests"); }

std::string DiffJson(const TestFailure& failure, char mark) {
  std::string out = "[";
  for (const DiffLine& line : failure.diff) {
    if (line.mark != mark) continue;
    out += Cat(out.size() > 1 ? "," : "", JsonText(line.text));
  }
  return out + "]";
}

}  // namespace

TestCounts CountTests(const std::vector<TestedScript>& scripts) {
  TestCounts counts;
  for (const TestedScript& script : scripts) {
    if (!script.broken.empty()) ++counts.broken;
    for (const TestOutcome& outcome : script.outcomes) {
      ++(outcome.passed() ? counts.passed : counts.failed);
    }
  }
  return counts;
}

std::string TestText(const TestedScript& script, bool each, bool color) {
  const char* red = color ? "\x1b[1;31m" : "";
  const char* green = color ? "\x1b[32m" : "";
  const char* plain = color ? "\x1b[0m" : "";
  if (!script.broken.empty()) {
    return Cat(red, "FAIL", plain, "  ", script.path, "  does not compile\n", script.broken);
  }
  size_t failed = 0;
  for (const TestOutcome& outcome : script.outcomes) failed += outcome.passed() ? 0 : 1;
  size_t all = script.outcomes.size();
  std::string out = Cat(failed > 0 ? red : green, failed > 0 ? "FAIL" : "ok  ", plain, "  ",
                        script.path, "  ", failed > 0 ? Cat(failed, " of ") : std::string(),
                        Tests(all), failed > 0 ? " failed" : "", "\n");
  const Sources& sources = script.compilation->sources();
  for (const TestOutcome& outcome : script.outcomes) {
    if (outcome.passed()) {
      if (!each) continue;
      Append(out, Cat("  ", green, "ok  ", plain, "  ", outcome.name, "  (",
                      MillisecondsText(outcome.milliseconds), " ms)\n"));
      out += SaidText(outcome);
      continue;
    }
    Append(out, Cat("  ", red, "FAIL", plain, "  ", outcome.name, "\n"));
    out += AllFailures(outcome, sources, color);
    out += SaidText(outcome);
  }
  return out;
}

std::string TestSummary(const std::vector<TestedScript>& scripts, double seconds) {
  TestCounts counts = CountTests(scripts);
  std::string out;
  if (counts.failed > 0) Append(out, Cat(Tests(counts.failed), " failed, "));
  if (counts.broken > 0) {
    Append(out, Cat(counts.broken, counts.broken == 1 ? " script does" : " scripts do",
                    " not compile, "));
  }
  Append(out, Cat(counts.failed + counts.broken > 0 ? Cat(counts.passed) : Tests(counts.passed),
                  " passed in ", std::round(seconds * 100) / 100, " s\n"));
  return out;
}

std::string TestJson(const TestedScript& script) {
  std::string out;
  if (!script.broken.empty()) {
    return Cat("{\"file\":", JsonText(script.path),
               ",\"result\":\"broken\",\"message\":", JsonText(script.broken), "}\n");
  }
  const SourceFile& file = script.compilation->script();
  for (const TestOutcome& outcome : script.outcomes) {
    Append(out,
           Cat("{\"file\":", JsonText(script.path), ",\"line\":", file.LineOf(outcome.span.begin),
               ",\"test\":", JsonText(outcome.name), ",\"result\":\"",
               outcome.passed() ? "passed" : "failed",
               "\",\"milliseconds\":", MillisecondsText(outcome.milliseconds), ",\"failures\":["));
    for (size_t i = 0; i < outcome.failures.size(); ++i) {
      const TestFailure& failure = outcome.failures[i];
      LineColumn place = file.Locate(failure.span.begin);
      Append(out, Cat(i > 0 ? "," : "", "{\"line\":", place.line, ",\"column\":", place.column,
                      ",\"message\":", JsonText(failure.message), ",\"missing\":",
                      DiffJson(failure, '-'), ",\"unexpected\":", DiffJson(failure, '+'), "}"));
    }
    out += "]}\n";
  }
  return out;
}

std::string TestJunit(const std::vector<TestedScript>& scripts) {
  TestCounts all = CountTests(scripts);
  std::string out = Cat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"",
                        all.passed + all.failed + all.broken, "\" failures=\"", all.failed,
                        "\" errors=\"", all.broken, "\">\n");
  for (const TestedScript& script : scripts) {
    size_t failed = 0;
    for (const TestOutcome& outcome : script.outcomes) failed += outcome.passed() ? 0 : 1;
    bool broken = !script.broken.empty();
    std::string path = XmlAttribute(script.path);
    Append(out,
           Cat("  <testsuite name=\"", path, "\" tests=\"",
               script.outcomes.size() + (broken ? 1 : 0), "\" failures=\"", failed, "\" errors=\"",
               broken ? 1 : 0, "\" time=\"", SecondsText(script.milliseconds), "\">\n"));
    if (broken) {
      Append(out, Cat("    <testcase name=\"compiles\" classname=\"", path, "\">\n      <error",
                      " message=\"does not compile\">", XmlText(script.broken),
                      "</error>\n    </testcase>\n"));
    }
    for (const TestOutcome& outcome : script.outcomes) {
      Append(out, Cat("    <testcase name=\"", XmlAttribute(outcome.name), "\" classname=\"", path,
                      "\" time=\"", SecondsText(outcome.milliseconds), "\""));
      if (outcome.passed()) {
        out += "/>\n";
        continue;
      }
      Append(out, Cat(">\n      <failure message=\"", XmlAttribute(outcome.failures[0].message),
                      "\">", XmlText(AllFailures(outcome, script.compilation->sources(), false)),
                      "</failure>\n    </testcase>\n"));
    }
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace flow::cli
