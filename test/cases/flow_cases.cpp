// flow-cases: the reference interpreter against compiled code, case after case in one process, for
// test/differential.py. A case is a folder with `case.flow` and what it reads; each runs in a child
// of its own, so what goes wrong in one stays there.
//
// Standard input has a line for each case, its fields apart by tabs:
//   the folder
//   0 or 2: level of the compiled code
//   the runs, threads/unit bytes/batch rows: "1/64/7 8/1048576/4096"
//   how many columns behind `_op` are the key of a changelog, which is folded by it; -1: its rows
//   go by no key; 0: plain rows
//   1 or 0: whether the numbers of late rows must agree
// Standard output has a line for each: the folder, a tab, and
//   ok | refused CODE | differs | crashed | slow
// and the folder then has the files `wanted`, `got`, and `why`.
//
// If the folder has `live.flow`, that is what is compiled, and its sources get what the file
// `steps` says, by the clock of a test: lines `at NANOSECONDS`, `end SOURCE`, and `send SOURCE
// COUNT`, with so many lines of records behind it. The late rows that the file says it makes, `late
// COUNT`, come on top of those of the interpreter.

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/text.h"
#include "codegen/codegen.h"
#include "interp/interp.h"
#include "runtime/run.h"
#include "runtime/simulation.h"
#include "tools/driver/catalog.h"
#include "tools/driver/compilation.h"

namespace flow {
namespace {

constexpr unsigned kSecondsMax = 60;

struct Run {
  int threads = 1;
  int64_t unit_bytes = 0;
  int64_t batch_rows = 0;
};

struct Request {
  std::string folder;
  int level = 0;
  std::vector<Run> runs;
  int key_columns = 0;
  bool counts_late = true;
};

struct Outcome {
  int code = 0;
  int64_t late = 0;
  int64_t rejected = 0;
  std::string out;
  std::string said;
};

std::vector<std::string> Split(const std::string& text, char by) {
  std::vector<std::string> out;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, by);) out.push_back(part);
  return out;
}

int64_t Number(const std::string& text) {
  int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

bool ReadRequest(const std::string& line, Request* request) {
  std::vector<std::string> fields = Split(line, '\t');
  if (fields.size() != 5) return false;
  request->folder = fields[0];
  request->level = static_cast<int>(Number(fields[1]));
  request->key_columns = static_cast<int>(Number(fields[3]));
  request->counts_late = fields[4] == "1";
  for (const std::string& run : Split(fields[2], ' ')) {
    std::vector<std::string> parts = Split(run, '/');
    if (parts.size() != 3) return false;
    request->runs.push_back(
        {static_cast<int>(Number(parts[0])), Number(parts[1]), Number(parts[2])});
  }
  return true;
}

// What is written to a standard stream, in memory.
class Caught {
 public:
  explicit Caught(int fd) : fd_(fd), memory_(memfd_create("flow-case", MFD_CLOEXEC)) { Point(); }
  std::string Take() {
    std::fflush(nullptr);
    std::string text(static_cast<size_t>(lseek(memory_, 0, SEEK_END)), 0);
    ssize_t read = pread(memory_, text.data(), text.size(), 0);
    text.resize(static_cast<size_t>(std::max<ssize_t>(read, 0)));
    if (ftruncate(memory_, 0) == 0) lseek(memory_, 0, SEEK_SET);
    Point();
    return text;
  }

 private:
  void Point() const { dup2(memory_, fd_); }
  int fd_;
  int memory_;
};

// The value of the first `columns` columns of a JSON line, as it stands there.
std::string FirstColumns(const std::string& line, int columns) {
  bool quoted = false;
  int depth = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"' || line[i] != '"';
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == ',' && depth == 1 && columns-- == 0) return line.substr(0, i);
  }
  return line;
}

// What the changes of rows that go by no key come to; what is taken out and never came is told.
std::vector<std::string> Gathered(const std::vector<std::string>& lines) {
  constexpr std::string_view kPut = "{\"_op\":\"+\"";
  std::multiset<std::string> rows;
  for (const std::string& line : lines) {
    std::string row = line.substr(kPut.size());
    if (line.starts_with(kPut)) {
      rows.insert(row);
    } else if (auto found = rows.find(row); found != rows.end()) {
      rows.erase(found);
    } else {
      rows.insert("never came: " + row);
    }
  }
  return {rows.begin(), rows.end()};
}

// Lines in an order that does not depend on how they came; of a changelog what its keys have in
// the end.
std::vector<std::string> Canonical(const std::string& text, int key_columns) {
  std::vector<std::string> lines = Split(text, '\n');
  if (key_columns > 0) {
    constexpr std::string_view kPut = "{\"_op\":\"+\"";
    std::map<std::string, std::string> table;
    for (const std::string& line : lines) {
      std::string key = FirstColumns(line, key_columns).substr(kPut.size());
      if (line.starts_with(kPut)) {
        table[key] = line;
      } else {
        table.erase(key);
      }
    }
    lines.clear();
    for (auto& [key, line] : table) lines.push_back(line);
  }
  if (key_columns < 0) lines = Gathered(lines);
  std::sort(lines.begin(), lines.end());
  return lines;
}

void Put(const std::string& name, const std::string& text) {
  std::ofstream(name, std::ios::binary) << text;
}

// Null when the script is refused; `said` has why.
std::unique_ptr<Compilation> Compile(const std::string& path, std::string* said) {
  auto compilation = std::make_unique<Compilation>(FlowCatalog());
  if (!compilation->Load(path, said)) return nullptr;
  bool good = compilation->Parse();
  if (good) {
    compilation->Configure({});
    good = compilation->Check({}) && compilation->Optimize(said);
  }
  if (good) return compilation;
  *said += RenderText(compilation->diagnostics(), compilation->sources(), false);
  return nullptr;
}

class Case {
 public:
  explicit Case(const Request& request) : request_(request), out_(1), error_(2) {}

  std::string Judge();

 private:
  std::string Refused(const std::string& said);
  Outcome Simulate(const codegen::JitProgram& program);
  bool Same(Outcome wanted, const Outcome& got, const std::string& how);

  const Request& request_;
  Caught out_;
  Caught error_;
  int64_t late_more_ = 0;  // by the clock, which the interpreter does not look at
};

std::string Case::Refused(const std::string& said) {
  Put("why", said);
  size_t code = said.find("error[");
  return Cat("refused ", code == std::string::npos ? "" : said.substr(code + 6, 5));
}

std::string Case::Judge() {
  std::string said;
  std::unique_ptr<Compilation> compilation = Compile("case.flow", &said);
  if (compilation == nullptr) return Refused(said);
  interp::Result result = interp::Run(compilation->lowered(), FlowCatalog(), {});
  Outcome wanted{result.exit_code, result.late, result.rejected, out_.Take(), error_.Take()};

  bool live = access("live.flow", F_OK) == 0;
  if (live) {
    compilation = Compile("live.flow", &said);
    if (compilation == nullptr) return Refused(said);
  }
  codegen::Options options;
  options.opt_level = request_.level;
  codegen::JitProgram program;
  if (!codegen::CompileJit(compilation->module(), FlowCatalog(), options, &program, &said)) {
    Put("why", Cat("no code: ", said, "\n"));
    return "differs";
  }
  if (live) return Same(wanted, Simulate(program), "by the clock") ? "ok" : "differs";
  std::unique_ptr<runtime::Env> env = runtime::MakeRealEnv();
  for (const Run& run : request_.runs) {
    runtime::RunOptions how;
    how.threads = run.threads;
    how.unit_bytes = run.unit_bytes;
    how.batch_rows = run.batch_rows;
    how.handle_signals = false;
    runtime::RunResult got = runtime::Run(program.plan, *program.symbols, how, *env);
    Outcome outcome{got.exit_code, got.late, got.rejected, out_.Take(), error_.Take()};
    std::string text = Cat("--threads ", run.threads, " --unit ", run.unit_bytes, " --batch ",
                           run.batch_rows, " -O", request_.level);
    if (!Same(wanted, outcome, text)) return "differs";
  }
  return "ok";
}

Outcome Case::Simulate(const codegen::JitProgram& program) {
  runtime::Simulation simulation(program.plan, *program.symbols, {});
  size_t sources = program.plan.sources.size();
  runtime::Status status = simulation.Start(std::vector<bool>(sources, true));
  std::map<std::string, int> numbers;
  for (size_t i = 0; i < sources; ++i) {
    numbers[program.plan.sources[i].name] = static_cast<int>(i);
  }
  std::ifstream steps("steps");
  for (std::string line; std::getline(steps, line);) {
    std::vector<std::string> words = Split(line, ' ');
    if (words.empty()) continue;
    if (words[0] == "late") late_more_ = Number(words.at(1));
    if (words[0] == "at") simulation.AdvanceTo(Number(words.at(1)));
    if (words[0] == "end") simulation.End(numbers.at(words.at(1)));
    if (words[0] != "send") continue;
    std::string records;
    for (int64_t left = Number(words.at(2)); left > 0 && std::getline(steps, line); --left) {
      records += line + "\n";
    }
    simulation.Send(numbers.at(words.at(1)), records);
  }
  simulation.Finish();
  Outcome out;
  for (size_t i = 0; i < program.plan.sinks.size(); ++i) {
    out.out += simulation.Take(static_cast<int>(i));
  }
  runtime::Account account = simulation.MakeAccount();
  for (const runtime::StageAccount& stage : account.stages) {
    out.late += stage.late;
    out.rejected += stage.rejected;
  }
  out.code = simulation.failed() ? simulation.failure().exit_code : 0;
  out.said = simulation.failed() ? simulation.failure().message : "";
  return out;
}

bool Case::Same(Outcome wanted, const Outcome& got, const std::string& how) {
  wanted.late += late_more_;
  std::vector<std::string> before = Canonical(wanted.out, request_.key_columns);
  std::vector<std::string> after = Canonical(got.out, request_.key_columns);
  bool same = wanted.code == got.code && before == after && wanted.rejected == got.rejected &&
              (wanted.late == got.late || !request_.counts_late);
  if (same) return true;
  auto join = [](const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
  };
  Put("wanted", join(before));
  Put("got", join(after));
  Put("why", Cat(how, "\nexit ", wanted.code, " and ", got.code, ", ", before.size(), " and ",
                 after.size(), " lines, late ", wanted.late, " and ", got.late, ", rejected ",
                 wanted.rejected, " and ", got.rejected, "\n", wanted.said, got.said));
  return false;
}

// Runs the case in a child; what it says goes through a pipe.
std::string RunCase(const Request& request) {
  int ends[2];
  if (pipe(ends) != 0) return "crashed";
  pid_t child = fork();
  if (child == 0) {
    alarm(kSecondsMax);
    std::string verdict = "crashed";
    if (chdir(request.folder.c_str()) == 0) verdict = Case(request).Judge();
    std::fflush(nullptr);
    ssize_t written = write(ends[1], verdict.data(), verdict.size());
    _exit(written < 0 ? 1 : 0);
  }
  close(ends[1]);
  char text[64];
  ssize_t size = read(ends[0], text, sizeof text);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGALRM ? "slow" : "crashed";
  return size <= 0 ? "crashed" : std::string(text, static_cast<size_t>(size));
}

int Main() {
  signal(SIGPIPE, SIG_IGN);
  char* given = nullptr;
  size_t room = 0;
  while (getline(&given, &room, stdin) > 0) {
    std::string line = given;
    line.erase(std::min(line.find('\n'), line.size()));
    Request request;
    if (!ReadRequest(line, &request)) {
      std::fprintf(stderr, "flow-cases: cannot read `%s`\n", line.c_str());
      return 2;
    }
    std::string verdict = RunCase(request);
    std::printf("%s\t%s\n", request.folder.c_str(), verdict.c_str());
    std::fflush(stdout);  // or the next child would write it, too
  }
  return 0;
}

}  // namespace
}  // namespace flow

int main() { return flow::Main(); }
