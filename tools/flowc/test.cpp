// flowc test: runs the `test` blocks of scripts.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "tools/driver/catalog.h"
#include "tools/flowc/script.h"
#include "tools/flowc/test_report.h"

namespace flow::cli {
namespace {

namespace fs = std::filesystem;

std::vector<OptionDef> Options() {
  return {
      {"filter", 'k', "TEXT", "only tests whose name has this text, capitals or not"},
      {"verbose", 'v', "", "a line for each test"},
      {"update", 0, "", "write the rows that came into the script, in place of those expected"},
      {"junit", 0, "FILE", "also write the results as JUnit XML"},
      {"json", 0, "", "one JSON object a test, instead of text"},
      {"opt", 'O', "LEVEL", "0: compile fast (default), 2: run fast"},
      {"color", 0, "WHEN", "auto (default), always or never"},
  };
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return text;
}

// A script somewhere in a folder; others there are nobody's business.
bool SeemsToHaveTests(const std::string& path) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("test \"") || line.starts_with("test '")) return true;
  }
  return false;
}

// The scripts that the arguments name: files as they are, those of folders that have tests.
bool FindScripts(const std::vector<std::string>& names, std::vector<std::string>* paths) {
  for (const std::string& name : names) {
    std::error_code error;
    if (!fs::is_directory(name, error)) {
      paths->push_back(name);
      continue;
    }
    std::vector<std::string> found;
    fs::recursive_directory_iterator at(name, fs::directory_options::skip_permission_denied, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      std::string file = at->path().filename().string();
      if (at->is_directory(error) && file.starts_with(".")) {
        at.disable_recursion_pending();
      } else if (file.ends_with(".flow") && at->is_regular_file(error) &&
                 SeemsToHaveTests(at->path().string())) {
        found.push_back(at->path().lexically_normal().string());
      }
    }
    if (error) {
      PrintError(Cat("flowc: cannot read `", name, "`: ", error.message(), "\n"));
      return false;
    }
    std::sort(found.begin(), found.end());
    paths->insert(paths->end(), found.begin(), found.end());
  }
  return true;
}

struct TestOptions {
  std::string keep;  // in small letters
  bool color = false;
  int opt_level = 0;
};

// False when the file cannot be read; everything else is said by the result.
bool TestScript(const std::string& path, const TestOptions& options, TestedScript* out) {
  auto start = std::chrono::steady_clock::now();
  out->path = path;
  out->compilation = std::make_unique<Compilation>(FlowCatalog());
  Compilation& compilation = *out->compilation;
  std::string error;
  if (!compilation.Load(path, &error)) {
    PrintError(Cat("flowc: cannot read `", path, "`: ", error, "\n"));
    return false;
  }
  CompilationOptions compile;
  compile.for_tests = true;
  compile.bind_params = false;
  bool readable = compilation.Parse();
  compilation.Configure(compile);
  if (!readable || !compilation.Check({})) {
    out->broken = RenderText(compilation.diagnostics(), compilation.sources(), options.color);
    return true;
  }
  auto wanted = [&](const frontend::TestCase& test) {
    return options.keep.empty() || Lower(test.name).find(options.keep) != std::string::npos;
  };
  const std::vector<frontend::TestCase>& tests = compilation.tests();
  if (std::none_of(tests.begin(), tests.end(), wanted)) return true;
  TestRunner runner(compilation);
  if (!compilation.Optimize(&error) || !runner.Compile(options.opt_level, &error)) {
    out->broken = Cat("flowc: internal error: ", error, "\n");
    return true;
  }
  for (const frontend::TestCase& test : tests) {
    if (wanted(test)) out->outcomes.push_back(runner.Run(test));
  }
  std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
  out->milliseconds = elapsed.count();
  return true;
}

// Written aside and renamed: a full disk must not cost the script.
bool WriteFile(const std::string& path, const std::string& text) {
  std::string aside = path + ".unfinished";
  std::ofstream out(aside, std::ios::binary);
  out << text;
  out.close();
  if (out && std::rename(aside.c_str(), path.c_str()) == 0) return true;
  std::remove(aside.c_str());
  PrintError(Cat("flowc: cannot write `", path, "`\n"));
  return false;
}

// Puts the rows that came into the script. Gives the number of expectations changed, -1: it cannot
// be written.
int Update(const TestedScript& script) {
  int changed = 0;
  for (const TestOutcome& outcome : script.outcomes) {
    for (const TestFailure& failure : outcome.failures) changed += failure.rows ? 1 : 0;
  }
  if (changed == 0) return 0;
  std::string text = WithUpdates(script.compilation->script(), script.outcomes);
  return WriteFile(script.path, text) ? changed : -1;
}

std::string Expectations(int count) {
  return Cat(count, count == 1 ? " expectation" : " expectations");
}

int Failures(const std::vector<TestedScript>& scripts) {
  size_t count = 0;
  for (const TestedScript& script : scripts) {
    for (const TestOutcome& outcome : script.outcomes) count += outcome.failures.size();
  }
  return static_cast<int>(count);
}

int Test(const std::vector<std::string>& args) {
  Arguments arguments;
  if (auto error = ParseArguments(args, Options(), &arguments)) {
    return UsageError("test", error->message);
  }
  TestOptions options;
  options.keep = Lower(arguments.ValueOr("filter", ""));
  options.color = ColorOn(arguments, 1);
  if (auto value = arguments.Value("opt")) {
    int64_t level = 0;
    if (auto error = ParseCount("opt", *value, 0, &level)) {
      return UsageError("test", error->message);
    }
    options.opt_level = static_cast<int>(level);
  }
  if (arguments.positional.empty()) {
    return UsageError("test", "no script given; name files, or folders of them");
  }
  std::vector<std::string> paths;
  if (!FindScripts(arguments.positional, &paths)) return kUsage;

  auto start = std::chrono::steady_clock::now();
  bool json = arguments.Has("json");
  std::vector<TestedScript> scripts;
  int updated = 0;
  for (const std::string& path : paths) {
    TestedScript script;
    if (!TestScript(path, options, &script)) return kUsage;
    if (script.outcomes.empty() && script.broken.empty()) continue;
    if (json) {
      PrintOut(TestJson(script));
    } else {
      PrintOut(TestText(script, arguments.Has("verbose"), options.color));
    }
    if (arguments.Has("update")) {
      int changed = Update(script);
      if (changed < 0) return kUsage;
      if (changed > 0) PrintOut(Cat("updated ", Expectations(changed), " of ", path, "\n"));
      updated += changed;
    }
    scripts.push_back(std::move(script));
  }
  std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  if (auto path = arguments.Value("junit"); path && !WriteFile(*path, TestJunit(scripts))) {
    return kUsage;
  }
  if (scripts.empty()) {
    std::string of = options.keep.empty()
                         ? ""
                         : Cat(" with `", arguments.ValueOr("filter", ""), "` in its name");
    PrintError(Cat("flowc: there is no test", of, " in ",
                   arguments.positional.size() == 1 ? Cat("`", arguments.positional[0], "`")
                                                    : std::string("these scripts"),
                   "\n"));
    return kUsage;
  }
  if (!json) PrintOut(TestSummary(scripts, elapsed.count()));
  TestCounts counts = CountTests(scripts);
  if (counts.broken > 0) return kNo;
  // What was written anew fails no more.
  return counts.failed > 0 && updated < Failures(scripts) ? kNo : kDone;
}

}  // namespace

const Verb kTestVerb = {
    "test",
    "Runs the tests of scripts, on a clock of their own.",
    "flowc test FILE|FOLDER... [OPTION]...",
    "  flowc test rates.flow                every `test` block of the script\n"
    "  flowc test . -k late                 those of a whole folder with `late` in their name\n"
    "  flowc test rates.flow --update       writes what came where something else was expected\n"
    "  flowc test . --junit results.xml     for continuous integration\n",
    Options,
    Test,
};

}  // namespace flow::cli
