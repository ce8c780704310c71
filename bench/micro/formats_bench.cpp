// The helpers under decoders and encoders, over records of the web log (bench/loggen.cpp makes more
// of them). Bytes per second are bytes of input, or of output for the writers.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "runtime/inline/csv.h"
#include "runtime/inline/json.h"
#include "runtime/inline/json_write.h"

namespace {

constexpr char kJsonRecord[] =
    R"({"ts":"2024-03-01T00:00:00.000Z","user":55721,"page":"/blog/p259","country":"BD",)"
    R"("status":200,"latency_ms":19.986,"geo":{"lat":-53.1177,"lon":-2.5239},)"
    R"("tags":["ab-b","vip"]})";
constexpr char kCsvRecord[] =
    "2024-03-01T00:00:00.000Z,55721,/blog/p259,BD,200,19.986,-53.1177,-2.5239,ab-b;vip";

// Many records, and the bytes behind them that scans may read.
std::string Records(const char* record) {
  std::string text;
  while (text.size() < (1u << 20)) {
    text += record;
    text += '\n';
  }
  text.append(64, '\n');
  return text;
}

void Newlines(benchmark::State& state) {
  std::string text = Records(kJsonRecord);
  const char* end = text.data() + text.size() - 64;
  for (auto _ : state) {
    for (const char* p = text.data(); p < end; p = flow_scan_newline(p) + 1) {
      benchmark::DoNotOptimize(p);
    }
  }
  state.SetBytesProcessed(state.iterations() * (end - text.data()));
}
BENCHMARK(Newlines);

// Passes over every member of every record.
void JsonMembers(benchmark::State& state) {
  std::string text = Records(kJsonRecord);
  const char* end = text.data() + text.size() - 64;
  FlowKeyGuess guess{};
  for (auto _ : state) {
    for (const char* p = text.data(); p < end; p = flow_scan_newline(p) + 1) {
      const char* next = nullptr;
      const char* escaped = nullptr;
      int32_t code = flow_json_open(p, &next);
      while (code == kFlowNextKey) {
        const char* value_end = flow_json_skip_member(next, &guess, &escaped);
        if (value_end == nullptr) return state.SkipWithError("no record");
        code = flow_json_next(value_end, &next);
      }
      benchmark::DoNotOptimize(code);
    }
  }
  state.SetBytesProcessed(state.iterations() * (end - text.data()));
}
BENCHMARK(JsonMembers);

void CsvRecords(benchmark::State& state) {
  std::string text = Records(kCsvRecord);
  const char* end = text.data() + text.size() - 64;
  const int32_t columns[9] = {0, -1, -1, -1, 1, -1, -1, -1, -1};
  FlowSpan spans[3];
  for (auto _ : state) {
    for (const char* p = text.data(); p < end;) {
      int64_t cells = 0;
      uint64_t flags = 0;
      p = flow_csv_record(p, end, ',', columns, 9, spans + 1, &cells, &flags) + 1;
      benchmark::DoNotOptimize(spans[1]);
    }
  }
  state.SetBytesProcessed(state.iterations() * (end - text.data()));
}
BENCHMARK(CsvRecords);

template <bool (*Parse)(const char*, int64_t, double*)>
void Floats(benchmark::State& state) {
  const std::string text = "19.986" + std::string(64, '\n');
  double value = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(text.data());
    benchmark::DoNotOptimize(Parse(text.data(), 6, &value));
  }
}
BENCHMARK(Floats<flow_parse_float>)->Name("ReadFloat");
BENCHMARK(Floats<flow_parse_float_slow>)->Name("ReadFloatSlow");

void ReadTimestamp(benchmark::State& state) {
  const std::string text = "2024-03-01T00:00:00.000Z" + std::string(64, '\n');
  int64_t value = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(text.data());
    benchmark::DoNotOptimize(flow_parse_timestamp(text.data(), 24, &value));
  }
}
BENCHMARK(ReadTimestamp);

void WriteFloat(benchmark::State& state) {
  char room[kFlowFloatRoom];
  double value = 19.986;
  for (auto _ : state) {
    benchmark::DoNotOptimize(value);
    benchmark::DoNotOptimize(flow_write_float(room, value));
  }
}
BENCHMARK(WriteFloat);

void WriteTimestamp(benchmark::State& state) {
  char room[kFlowTimestampRoom];
  int64_t value = 1709251200123000000;
  for (auto _ : state) {
    benchmark::DoNotOptimize(value);
    benchmark::DoNotOptimize(flow_write_timestamp(room, value));
  }
}
BENCHMARK(WriteTimestamp);

void WriteString(benchmark::State& state) {
  std::string text(static_cast<size_t>(state.range(0)), 'x');
  std::vector<char> room(static_cast<size_t>(flow_json_string_room(state.range(0))));
  for (auto _ : state) {
    benchmark::DoNotOptimize(flow_json_write_string(room.data(), text.data(), state.range(0)));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(WriteString)->Arg(7)->Arg(15)->Arg(64)->Arg(1000);

}  // namespace
