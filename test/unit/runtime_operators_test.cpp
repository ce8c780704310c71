// Aggregates and windows over units, kept and partial; time and lateness.

#include <cmath>
#include <thread>

#include "runtime/inline/table.h"
#include "runtime/operators/sort_key.h"
#include "runtime/watermark.h"
#include "test/unit/runtime_fixture.h"

namespace flow::runtime {
namespace {

constexpr int64_t kWindow = 10;

// Entry of `count() group by word`: { hash, key { word }, count }.
struct WordEntry {
  uint64_t hash;
  FlowString word;
  int64_t count;
};
// Entry of the same in a window: { hash, key { start, end, word }, count }.
struct WindowEntry {
  uint64_t hash;
  int64_t start;
  int64_t end;
  FlowString word;
  int64_t count;
};

std::string_view View(const FlowString& s) { return {s.data, static_cast<size_t>(s.size)}; }

uint64_t HashOf(std::string_view word, int64_t start) {
  uint64_t hash = 14695981039346656037u ^ static_cast<uint64_t>(start);
  for (char c : word) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash ^ hash >> 29;
}

template <class Entry>
Entry* FindOrInsert(FlowTable* table, uint64_t hash, const void* key, size_t key_size,
                    FlowEqualFn equal) {
  uint64_t at = flow_table_begin(table, hash);
  while (void* found = flow_table_next(table, hash, &at)) {
    if (equal(static_cast<char*>(found) + 8, key)) return static_cast<Entry*>(found);
  }
  auto* entry = static_cast<Entry*>(flow_table_insert(table, hash, at));
  std::memcpy(reinterpret_cast<char*>(entry) + 8, key, key_size);
  entry->word = flow_arena_string(table->arena, entry->word.data, entry->word.size);
  return entry;
}

bool WordEqual(const void* a, const void* b) {
  return View(*static_cast<const FlowString*>(a)) == View(*static_cast<const FlowString*>(b));
}
struct WindowKey {
  int64_t start;
  int64_t end;
  FlowString word;
};
bool WindowEqual(const void* a, const void* b) {
  const auto* x = static_cast<const WindowKey*>(a);
  const auto* y = static_cast<const WindowKey*>(b);
  return x->start == y->start && View(x->word) == View(y->word);
}

int32_t CountWords(FlowTask* task, const FlowInput* input) {
  return ForLines(task, input, [&](std::string_view line) {
    FlowString key = {line.data(), static_cast<int64_t>(line.size())};
    ++FindOrInsert<WordEntry>(task->tables[0], HashOf(line, 0), &key, sizeof key, WordEqual)->count;
    return true;
  });
}

// Lines are "time word"; rows late within the unit are dropped and counted.
int32_t CountInWindows(FlowTask* task, const FlowInput* input) {
  return ForLines(task, input, [&](std::string_view line) {
    int64_t time = std::stoll(std::string(line));
    std::string_view word = line.substr(line.find(' ') + 1);
    int64_t watermark = task->max_event_time;  // no delay
    task->max_event_time = std::max(task->max_event_time, time);
    int64_t start = time / kWindow * kWindow;
    if (start + kWindow <= watermark) {
      ++task->counters[0];
      return true;
    }
    flow_tally(&task->tallies[0], start + kWindow);
    WindowKey key = {start, start + kWindow, {word.data(), static_cast<int64_t>(word.size())}};
    ++FindOrInsert<WindowEntry>(task->tables[0], HashOf(word, start), &key, sizeof key, WindowEqual)
          ->count;
    return true;
  });
}

int32_t PrintWords(FlowTask* task, const FlowInput* input) {
  for (int64_t i = 0; i < input->row_count; ++i) {
    const auto* row = static_cast<const WordEntry*>(input->rows[i]);
    Put(&task->outputs[0], std::string(View(row->word)) + " " + std::to_string(row->count) + "\n");
  }
  return 0;
}
int32_t PrintWindows(FlowTask* task, const FlowInput* input) {
  for (int64_t i = 0; i < input->row_count; ++i) {
    const auto* row = static_cast<const WindowEntry*>(input->rows[i]);
    Put(&task->outputs[0], std::to_string(row->end) + " " + std::string(View(row->word)) + " " +
                               std::to_string(row->count) + "\n");
  }
  return 0;
}

class AggregateTest : public RuntimeTest {
 protected:
  void WordCount(const std::string& path, bool per_unit) {
    FileSource(path);
    StdoutSink();
    AggregatePlan aggregate;
    aggregate.entry_size = sizeof(WordEntry);
    aggregate.key_type_symbol = TypeSymbol(Type::Struct({{"word", Type::String(), ""}}));
    aggregate.row_type_symbol = TypeSymbol(Type::Struct(
        {{"hash", Type::Int(), ""}, {"word", Type::String(), ""}, {"n", Type::Int(), ""}}));
    aggregate.per_unit = per_unit;
    aggregate.always_one_row = false;
    AddFunctions<WordEntry>(&aggregate, WordEqual);
    plan_.operators.push_back(aggregate);
    Fragment(CountWords).tables = {0};
    Print(PrintWords);
  }
  void WindowCount(const std::string& path) {
    FileSource(path).has_time = true;
    StdoutSink();
    AggregatePlan aggregate;
    aggregate.entry_size = sizeof(WindowEntry);
    aggregate.key_type_symbol = TypeSymbol(Type::Struct({{"window_start", Type::Timestamp(), ""},
                                                         {"window_end", Type::Timestamp(), ""},
                                                         {"word", Type::String(), ""}}));
    aggregate.row_type_symbol = TypeSymbol(Type::Struct({{"hash", Type::Int(), ""},
                                                         {"start", Type::Int(), ""},
                                                         {"end", Type::Int(), ""},
                                                         {"word", Type::String(), ""},
                                                         {"n", Type::Int(), ""}}));
    aggregate.windowed = true;
    aggregate.per_unit = true;
    AddFunctions<WindowEntry>(&aggregate, WindowEqual);
    plan_.operators.push_back(aggregate);
    plan_.counters.push_back({"late in window", true});
    FragmentPlan& count = Fragment(CountInWindows);
    count.tables = {0};
    count.tallies = {{0, true}};
    Print(PrintWindows);
  }
  template <class Entry>
  void AddFunctions(AggregatePlan* plan, FlowEqualFn equal) {
    plan->eq_symbol = "eq";
    plan->init_symbol = "entry_init";
    plan->merge_symbol = "merge";
    plan->final_symbol = "final";
    symbols_.Add("eq", equal);
    symbols_.Add("entry_init", +[](FlowArena*, void* e) { static_cast<Entry*>(e)->count = 0; });
    symbols_.Add(
        "merge", +[](FlowArena*, void* into, const void* from) {
          static_cast<Entry*>(into)->count += static_cast<const Entry*>(from)->count;
        });
    symbols_.Add(
        "final", +[](FlowTask*, const void* entry, void* row) {
          std::memcpy(row, entry, sizeof(Entry));
          return true;
        });
  }
  void Print(FlowFragmentFn function) {
    FragmentPlan& print = Fragment(function);
    print.input_kind = InputKind::kOperator;
    print.outputs = {0};
  }
};

TEST_F(AggregateTest, GroupsAreMergedAndLeaveByKey) {
  std::string text;
  std::map<std::string, int> counts;
  for (int i = 0; i < 5000; ++i) {
    std::string word = "w" + std::to_string(i * i % 37);
    ++counts[word];
    text += word + "\n";
  }
  std::string expected;
  for (auto& [word, count] : counts) expected += word + " " + std::to_string(count) + "\n";
  WordCount(File("in.txt", text), false);
  for (bool per_unit : {false, true}) {
    std::get<AggregatePlan>(plan_.operators[0]).per_unit = per_unit;
    for (int threads : {1, 2, 8}) {
      for (int64_t unit : {1, 100, 1 << 20}) {
        options_.threads = threads;
        options_.unit_bytes = unit;
        options_.batch_rows = unit == 1 ? 1 : 4096;
        ClearOutput();
        ASSERT_EQ(Run().exit_code, 0) << Errors();
        ASSERT_EQ(Output(), expected) << threads << " threads, units of " << unit;
      }
    }
  }
}

TEST_F(AggregateTest, OneRowWithoutGroupsEvenOfNothing) {
  WordCount(File("in.txt", ""), false);
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(Output(), "");
  std::get<AggregatePlan>(plan_.operators[0]).always_one_row = true;
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(Output(), " 0\n");
}

TEST_F(AggregateTest, LatenessIsThatOfOneReaderWhateverTheUnits) {
  // Mostly ascending times with rows that come a window and more behind.
  std::string text;
  std::map<std::pair<int64_t, std::string>, int64_t> expected;
  int64_t watermark = INT64_MIN;
  int64_t late = 0;
  uint64_t random = 7;
  for (int i = 0; i < 3000; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    int64_t behind = random >> 60 == 0 ? static_cast<int64_t>(random >> 40 & 31) : 0;
    int64_t time = std::max<int64_t>(i / 20 - behind, 0);
    std::string word(1, static_cast<char>('a' + (random >> 33) % 3));
    text += std::to_string(time) + " " + word + "\n";
    int64_t end = time / kWindow * kWindow + kWindow;
    if (end <= watermark) {
      ++late;
    } else {
      ++expected[{end, word}];
    }
    watermark = std::max(watermark, time);
  }
  ASSERT_GT(late, 10);
  std::string rows;
  for (auto& [key, count] : expected) {
    rows += std::to_string(key.first) + " " + key.second + " " + std::to_string(count) + "\n";
  }
  WindowCount(File("in.txt", text));
  for (int threads : {1, 2, 8}) {
    for (int64_t unit : {1, 37, 1000, 1 << 20}) {
      options_.threads = threads;
      options_.unit_bytes = unit;
      ClearOutput();
      RunResult result = Run();
      ASSERT_EQ(result.exit_code, 0) << Errors();
      ASSERT_EQ(Output(), rows) << threads << " threads, units of " << unit;
      EXPECT_EQ(result.late, late);
    }
  }
}

TEST_F(AggregateTest, AnUnopenedFileHoldsItsWindowsOpen) {
  File("1.log", "5 a\n95 a\n");
  File("2.log", "6 a\n97 a\n");
  WindowCount(directory_ + "/*.log");
  options_.unit_bytes = 1;
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(Output(), "10 a 2\n100 a 2\n");
}

TEST_F(AggregateTest, MemoryStaysFlatOverManyUnits) {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += std::to_string(i / 100) + " word\n";
  WindowCount(File("in.txt", text));
  options_.unit_bytes = 4096;
  options_.threads = 2;
  options_.memory_bytes = 4 << 20;
  EXPECT_EQ(Run().exit_code, 0) << Errors();
}

TEST_F(AggregateTest, StateBeyondTheBudgetEndsWith75) {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += "word" + std::to_string(i) + "\n";
  WordCount(File("in.txt", text), false);
  options_.unit_bytes = 4096;
  options_.memory_bytes = 1 << 20;
  EXPECT_EQ(Run().exit_code, 75);
  EXPECT_NE(Errors().find("memory budget"), std::string::npos) << Errors();
}

TEST_F(AggregateTest, FollowedFileSurvivesRotation) {
  std::string path = File("in.log", "1 a\n");
  FileSource(path, true);
  StdoutSink();
  Fragment(+[](FlowTask* task, const FlowInput* input) {
    return ForLines(task, input, [&](std::string_view line) {
      Put(&task->outputs[0], std::string(line) + "\n");
      return true;
    });
  }).outputs = {0};
  options_.for_nanoseconds = 1'500'000'000;
  std::thread writer([&] {
    auto append = [&](const char* text) {
      int fd = open(path.c_str(), O_WRONLY | O_APPEND);
      EXPECT_GT(write(fd, text, strlen(text)), 0);
      close(fd);
    };
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    append("2 a\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    rename(path.c_str(), (path + ".1").c_str());
    File("in.log", "3 a\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    append("4 a\n");
  });
  EXPECT_EQ(Run().exit_code, 0);
  writer.join();
  EXPECT_EQ(Output(), "1 a\n2 a\n3 a\n4 a\n");
}

TEST(SortKeyTest, PrefixesAgreeWithTheOrderOfValues) {
  TypeDescriptors types;
  const FlowType* number = types.Get(Type::Float());
  double numbers[] = {-INFINITY, -1e300, -1.5, -1e-320, -0.0, 0.0, 1e-320, 2.0, INFINITY, NAN};
  for (double& a : numbers) {
    for (double& b : numbers) {
      uint64_t x = OrderPrefix(number, &a);
      uint64_t y = OrderPrefix(number, &b);
      EXPECT_EQ(x < y ? -1 : x > y, flow_value_compare(number, &a, &b)) << a << " " << b;
    }
  }
  const FlowType* text = types.Get(Type::String());
  FlowString texts[] = {{"", 0},         {"\0", 1},        {"a", 1},
                        {"aaaaaaaa", 8}, {"aaaaaaaab", 9}, {"\xff", 1}};
  for (FlowString& a : texts) {
    for (FlowString& b : texts) {
      if (flow_value_compare(text, &a, &b) < 0) {
        EXPECT_LE(OrderPrefix(text, &a), OrderPrefix(text, &b));
      }
    }
  }
}

TEST(SortKeyTest, NoneRanksLastInBothDirections) {
  TypeDescriptors types;
  struct Row {
    int64_t value;
    uint8_t present;
  };
  Row rows[] = {{3, 1}, {0, 0}, {-5, 1}, {INT64_MAX, 1}, {INT64_MIN, 1}};
  for (bool descending : {false, true}) {
    std::vector<PlacedRow> order;
    for (Row& row : rows) order.push_back({&row, 0});
    SortByRank({{0, types.Get(Type::Optional(Type::Int())), descending}}, &order);
    EXPECT_EQ(order.back().row, &rows[1]);
    EXPECT_EQ(static_cast<Row*>(order.front().row)->value, descending ? INT64_MAX : INT64_MIN);
  }
}

TEST(WatermarkTest, LeastOfThePartitionsThatStillSpeak) {
  Watermarks marks;
  int source = marks.AddSource({true, 5, 100});
  int a = marks.AddPartition(source, false);
  int b = marks.AddPartition(source, false);
  EXPECT_EQ(marks.SourceWatermark(source, 0), INT64_MIN);
  marks.Speaks(a, 10);
  marks.Advance(a, 50);
  EXPECT_EQ(marks.SourceWatermark(source, 10), INT64_MIN);
  marks.Speaks(b, 20);
  marks.Advance(b, 30);
  EXPECT_EQ(marks.SourceWatermark(source, 20), 25);
  // b falls silent and is left out; a goes on.
  marks.Speaks(a, 115);
  marks.Advance(a, 90);
  EXPECT_EQ(marks.SourceWatermark(source, 120), 85);
  marks.ActedOn(source, 85);
  // b comes back: what it says of earlier times is late.
  marks.Speaks(b, 121);
  marks.Advance(b, 40);
  EXPECT_EQ(marks.PartitionWatermark(b), 85);
  EXPECT_EQ(marks.SourceWatermark(source, 121), 85);
  // All silent: time follows the clock from the last event, 90 at 115.
  EXPECT_EQ(marks.SourceWatermark(source, 300), 90 + (300 - 121) - 5);
  marks.End(a);
  marks.End(b);
  EXPECT_EQ(marks.SourceWatermark(source, 301), INT64_MAX);
}

}  // namespace
}  // namespace flow::runtime
