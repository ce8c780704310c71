// From a line written into a pipe to its row on standard output: latency RATE SECONDS COMMAND...
//
// Writes lines { n, at } to the command's standard input, RATE a second, `at` being the moment of
// the write, and looks how old each is when it comes out. Prints the median, the 99th percentile
// and the greatest age in microseconds, of the rows of all but the first fifth of the time, in
// which the command starts and changes to better code.

#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

int64_t Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// What is due goes in one write, as a program does that writes what has come.
void Feed(int pipe, int64_t rate, int64_t rows) {
  constexpr int64_t kRowsAtMost = 4096;
  std::string text;
  int64_t start = Now();
  for (int64_t sent = 0; sent < rows;) {
    int64_t now = Now();
    int64_t due = std::min(rows, static_cast<int64_t>(static_cast<double>(now - start) * 1e-9 *
                                                      static_cast<double>(rate)) +
                                     1);
    if (due == sent) {
      timespec wait{0, std::min<int64_t>(50'000, 1'000'000'000 / rate)};
      nanosleep(&wait, nullptr);
      continue;
    }
    due = std::min(due, sent + kRowsAtMost);
    text.clear();
    for (; sent < due; ++sent) {
      text += "{\"n\":" + std::to_string(sent) + ",\"at\":" + std::to_string(now) + "}\n";
    }
    for (std::string_view rest = text; !rest.empty();) {
      ssize_t count = write(pipe, rest.data(), rest.size());
      if (count <= 0) return;
      rest.remove_prefix(static_cast<size_t>(count));
    }
  }
}

// The age of each row when it came, in nanoseconds.
std::vector<int64_t> Collect(int pipe, int64_t from) {
  std::vector<int64_t> ages;
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    ssize_t count = read(pipe, buffer, sizeof buffer);
    if (count <= 0) return ages;
    int64_t now = Now();
    text.append(buffer, static_cast<size_t>(count));
    size_t begin = 0;
    for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      size_t colon = text.rfind(':', end);
      int64_t at = 0;
      std::from_chars(text.data() + colon + 1, text.data() + end, at);
      if (at >= from) ages.push_back(now - at);
    }
    text.erase(0, begin);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: latency RATE SECONDS COMMAND...\n", stderr);
    return 64;
  }
  int64_t rate = std::atoll(argv[1]);
  double seconds = std::atof(argv[2]);
  int in[2];
  int out[2];
  if (rate <= 0 || seconds <= 0 || pipe(in) != 0 || pipe(out) != 0) return 70;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  for (int end : {in[0], in[1], out[0], out[1]}) posix_spawn_file_actions_addclose(&actions, end);
  pid_t child = 0;
  if (posix_spawnp(&child, argv[3], &actions, nullptr, argv + 3, environ) != 0) return 70;
  close(in[0]);
  close(out[1]);
  int64_t from = Now() + static_cast<int64_t>(seconds * 0.2e9);
  std::thread feeder([&] {
    Feed(in[1], rate, static_cast<int64_t>(static_cast<double>(rate) * seconds));
    close(in[1]);
  });
  std::vector<int64_t> ages = Collect(out[0], from);
  feeder.join();
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0 || ages.empty()) return 70;
  std::sort(ages.begin(), ages.end());
  auto micros = [&](size_t place) { return static_cast<double>(ages[place]) / 1000; };
  std::printf("%.0f %.0f %.0f\n", micros(ages.size() / 2), micros(ages.size() * 99 / 100),
              micros(ages.size() - 1));
}
