// Units, order, rejected rows, limits and ends of runs.

#include <sys/wait.h>

#include <thread>

#include "runtime/records.h"
#include "test/unit/runtime_fixture.h"

namespace flow::runtime {
namespace {

int32_t PassLines(FlowTask* task, const FlowInput* input) {
  return ForLines(task, input, [&](std::string_view line) {
    Put(&task->outputs[0], line);
    Put(&task->outputs[0], "\n");
    return true;
  });
}

// Rejects lines that begin with "bad".
int32_t PassGoodLines(FlowTask* task, const FlowInput* input) {
  return ForLines(task, input, [&](std::string_view line) {
    if (!line.starts_with("bad")) {
      Put(&task->outputs[0], line);
      Put(&task->outputs[0], "\n");
      return true;
    }
    task->detail = {"field `n`", 9};
    return !flow_reject(task, 0);
  });
}

int32_t CollectLines(FlowTask* task, const FlowInput* input) {
  return ForLines(task, input, [&](std::string_view line) {
    auto* row = static_cast<FlowString*>(flow_arena_alloc(task->arena, 16, 8));
    *row = {line.data(), static_cast<int64_t>(line.size())};
    FlowRows* rows = &task->collectors[0];
    if (rows->count == rows->capacity) flow_rows_grow(rows);
    rows->rows[rows->count++] = row;
    return true;
  });
}

int32_t PrintRows(FlowTask* task, const FlowInput* input) {
  for (int64_t i = 0; i < input->row_count; ++i) {
    const auto* text = static_cast<const FlowString*>(input->rows[i]);
    Put(&task->outputs[0], {text->data, static_cast<size_t>(text->size)});
    Put(&task->outputs[0], "\n");
  }
  return 0;
}

std::string Numbers(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += std::to_string(i * 7919) + "\n";
  return out;
}

TEST_F(RuntimeTest, OutputKeepsTheOrderOfTheInputForAnyThreadsAndUnits) {
  std::string text = Numbers(3000);
  std::string path = File("in.txt", text);
  FileSource(path);
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  for (int threads : {1, 2, 8}) {
    for (int64_t unit : {1, 7, 64, 4096, 1 << 20}) {
      options_.threads = threads;
      options_.unit_bytes = unit;
      ClearOutput();
      RunResult result = Run();
      ASSERT_EQ(result.exit_code, 0) << Errors();
      ASSERT_EQ(Output(), text) << threads << " threads, units of " << unit;
      EXPECT_EQ(result.rows_in, 3000);
      EXPECT_EQ(result.rows_out, 3000);
      EXPECT_EQ(result.bytes_in, static_cast<int64_t>(text.size()));
    }
  }
}

TEST_F(RuntimeTest, LastLineWithoutNewlineAndByteOrderMark) {
  FileSource(File("in.txt",
                  "\xef\xbb\xbf"
                  "a\n\nb"));
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(Output(), "a\n\nb\n");
}

TEST_F(RuntimeTest, EmptyFileGivesNothing) {
  FileSource(File("in.txt", ""));
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(Output(), "");
  EXPECT_EQ(Errors(), "");
}

TEST_F(RuntimeTest, FilesOfAPatternFollowEachOtherByName) {
  File("b.log", "3\n4");
  File("a.log", "1\n2\n");
  File("c.log", "5\n");
  FileSource(directory_ + "/*.log");
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  options_.threads = 4;
  EXPECT_EQ(Run().exit_code, 0) << Errors();
  EXPECT_EQ(Output(), "1\n2\n3\n4\n5\n");
}

TEST_F(RuntimeTest, MissingFileEndsWithPlaceAndReason) {
  FileSource(directory_ + "/none.txt");
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  EXPECT_EQ(Run().exit_code, 74);
  EXPECT_NE(Errors().find("none.txt`: No such file"), std::string::npos) << Errors();
}

TEST_F(RuntimeTest, DirectoryIsRefused) {
  FileSource(directory_);
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  EXPECT_EQ(Run().exit_code, 74);
  EXPECT_NE(Errors().find("it is a directory"), std::string::npos) << Errors();
}

TEST_F(RuntimeTest, FailStopsAtTheFirstBadRecordInRowOrder) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += i == 700 || i == 701 ? "bad\n" : std::to_string(i) + "\n";
  std::string before = text.substr(0, text.find("bad"));
  FileSource(File("in.txt", text));
  StdoutSink();
  Handler(HandlerKind::kFail);
  Fragment(PassGoodLines).outputs = {0};
  for (int threads : {1, 2, 8}) {
    for (int64_t unit : {1, 50, 1000, 1 << 20}) {
      options_.threads = threads;
      options_.unit_bytes = unit;
      ClearOutput();
      EXPECT_EQ(Run().exit_code, 65);
      EXPECT_EQ(Output(), before);
      EXPECT_NE(Errors().find("in.txt:701"), std::string::npos) << Errors();
      EXPECT_NE(Errors().find("on error drop"), std::string::npos);
    }
  }
}

TEST_F(RuntimeTest, DroppedRowsAreCounted) {
  FileSource(File("in.txt", "1\nbad\n2\nbad 2\n3\n"));
  StdoutSink();
  Handler(HandlerKind::kDrop);
  Fragment(PassGoodLines).outputs = {0};
  RunResult result = Run();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.rejected, 2);
  EXPECT_EQ(Output(), "1\n2\n3\n");
  EXPECT_NE(Errors().find("2 rows rejected"), std::string::npos) << Errors();
  EXPECT_NE(Errors().find("in.txt:2"), std::string::npos) << Errors();
}

// The row of semantics.md 22, as a fragment sees it.
struct Rejected {
  struct {
    int64_t value;
    uint8_t present;
  } at;
  FlowString source, partition;
  struct {
    int64_t value;
    uint8_t present;
  } offset, line;
  FlowString stage, code, message, row;
};

int32_t PrintRejects(FlowTask* task, const FlowInput* input) {
  for (int64_t i = 0; i < input->row_count; ++i) {
    const auto* row = static_cast<const Rejected*>(input->rows[i]);
    auto text = [](FlowString s) { return std::string(s.data, static_cast<size_t>(s.size)); };
    Put(&task->outputs[0], text(row->source) + " " + std::to_string(row->offset.value) + " " +
                               std::to_string(row->line.value) + " " + text(row->code) + " " +
                               text(row->message) + " " + text(row->row) + "\n");
  }
  return 0;
}

TEST_F(RuntimeTest, RoutedRowsCarryTheirPlace) {
  std::string text;
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    if (i % 100 != 99) {
      text += "good\n";
      continue;
    }
    expected += "lines " + std::to_string(text.size()) + " " + std::to_string(i + 1) +
                " R0202 a value does not fit its type: field `n` bad\n";
    text += "bad\n";
  }
  FileSource(File("in.txt", text));
  SinkPlan sink;
  sink.endpoint.connector = "blackhole";
  plan_.sinks.push_back(sink);
  StdoutSink();
  Handler(HandlerKind::kRoute);
  Fragment(PassGoodLines).outputs = {0};
  FragmentPlan& rejects = Fragment(PrintRejects);
  rejects.input_kind = InputKind::kRejects;
  rejects.outputs = {1};
  for (int threads : {1, 4}) {
    options_.threads = threads;
    ClearOutput();
    EXPECT_EQ(Run().exit_code, 0);
    EXPECT_EQ(Output(), expected);
  }
}

TEST_F(RuntimeTest, LimitStopsAnEndlessSource) {
  SourcePlan source;
  source.endpoint.connector = "nexmark";
  plan_.sources.push_back(source);
  StdoutSink();
  LimitPlan limit;
  limit.row_type_symbol = TypeSymbol(Type::Struct({{"text", Type::String(), ""}}));
  limit.count = IntConst(5);
  plan_.operators.push_back(limit);
  FragmentPlan& collect = Fragment(+[](FlowTask* task, const FlowInput* input) {
    for (int64_t i = 0; i < input->id_count; ++i) {
      auto* row = static_cast<FlowString*>(flow_arena_alloc(task->arena, 16, 8));
      *row = {"row", 3};
      FlowRows* rows = &task->collectors[0];
      if (rows->count == rows->capacity) flow_rows_grow(rows);
      rows->rows[rows->count++] = row;
    }
    return int32_t{0};
  });
  collect.collectors = {0};
  FragmentPlan& print = Fragment(PrintRows);
  print.input_kind = InputKind::kOperator;
  print.outputs = {0};
  options_.threads = 4;
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(Output(), "row\nrow\nrow\nrow\nrow\n");
}

TEST_F(RuntimeTest, LimitIgnoresBadRecordsBehindIt) {
  std::string text = "1\n2\n3\n";
  for (int i = 0; i < 1000; ++i) text += "bad\n";
  FileSource(File("in.txt", text));
  StdoutSink();
  Handler(HandlerKind::kFail);
  LimitPlan limit;
  limit.count = IntConst(3);
  plan_.operators.push_back(limit);
  FragmentPlan& collect = Fragment(+[](FlowTask* task, const FlowInput* input) {
    FlowRows* rows = &task->collectors[0];
    return ForLines(task, input, [&](std::string_view line) {
      if (line == "bad") return !flow_reject(task, 0);
      auto* row = static_cast<FlowString*>(flow_arena_alloc(task->arena, 16, 8));
      *row = {line.data(), static_cast<int64_t>(line.size())};
      if (rows->count == rows->capacity) flow_rows_grow(rows);
      rows->rows[rows->count++] = row;
      return true;
    });
  });
  collect.collectors = {0};
  FragmentPlan& print = Fragment(PrintRows);
  print.input_kind = InputKind::kOperator;
  print.outputs = {0};
  for (int64_t unit : {1, 64, 1 << 20}) {
    options_.unit_bytes = unit;
    ClearOutput();
    EXPECT_EQ(Run().exit_code, 0) << Errors();
    EXPECT_EQ(Output(), "1\n2\n3\n");
  }
}

TEST_F(RuntimeTest, OptionLimitCutsTheOutput) {
  FileSource(File("in.txt", Numbers(1000)));
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  options_.limit = 7;
  options_.threads = 3;
  RunResult result = Run();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.rows_out, 7);
  EXPECT_EQ(Output(), Numbers(7));
}

TEST_F(RuntimeTest, OrderAndTopOverManyUnits) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += std::to_string(100 + i * 37 % 500) + "\n";
  FileSource(File("in.txt", text));
  StdoutSink();
  std::string row = TypeSymbol(Type::Struct({{"text", Type::String(), ""}}));
  TopPlan top;
  top.row_type_symbol = row;
  top.count = IntConst(3);
  top.by = {0, TypeSymbol(Type::String()), true};
  plan_.operators.push_back(top);
  OrderPlan order;
  order.row_type_symbol = row;
  order.by = {{0, TypeSymbol(Type::String()), false}};
  plan_.operators.push_back(order);
  Fragment(CollectLines).collectors = {0};
  FragmentPlan& second = Fragment(+[](FlowTask* task, const FlowInput* input) {
    FlowRows* rows = &task->collectors[0];
    for (int64_t i = 0; i < input->row_count; ++i) {
      if (rows->count == rows->capacity) flow_rows_grow(rows);
      rows->rows[rows->count++] = const_cast<void*>(input->rows[i]);
    }
    return int32_t{0};
  });
  second.input_kind = InputKind::kOperator;
  second.collectors = {1};
  FragmentPlan& print = Fragment(PrintRows);
  print.input_kind = InputKind::kOperator;
  print.input = 1;
  print.outputs = {0};
  for (int threads : {1, 4}) {
    for (int64_t unit : {1, 100, 1 << 20}) {
      options_.threads = threads;
      options_.unit_bytes = unit;
      ClearOutput();
      EXPECT_EQ(Run().exit_code, 0);
      EXPECT_EQ(Output(), "599\n599\n599\n");
    }
  }
}

TEST_F(RuntimeTest, RecordsTooLongAreRejectedNotKept) {
  std::string text =
      "a\n" + std::string(300000, 'x') + "\nb\n" + std::string(500000, 'y') + "\nc\n";
  int max_line = IntConst(1000);
  SourcePlan& source = FileSource(File("in.txt", text));
  source.endpoint.format_args.push_back({"max_line", max_line});
  StdoutSink();
  plan_.handlers.push_back({HandlerKind::kDrop, ""});
  Fragment(PassLines).outputs = {0};
  for (int64_t unit : {1, 1000}) {
    options_.unit_bytes = unit;
    ClearOutput();
    RunResult result = Run();
    EXPECT_EQ(result.exit_code, 0) << Errors();
    EXPECT_EQ(result.rejected, 2);
    EXPECT_EQ(Output(), "a\nb\nc\n");
  }
}

TEST_F(RuntimeTest, LongRecordsAreToldToTheByte) {
  // At most 10 bytes, the line break not counted.
  std::string good = "0123456789\n123456789\r\n0123456789\r\n\nx\n0123456789";
  std::string text = "0123456789A\n0123456789\n0123456789A\r\n123456789\r\n0123456789\r\n\nx\n" +
                     std::string(5000, 'y') + "\n0123456789";
  SourcePlan& source = FileSource(File("in.txt", text));
  source.endpoint.format_args.push_back({"max_line", IntConst(10)});
  StdoutSink();
  plan_.handlers.push_back({HandlerKind::kDrop, ""});
  Fragment(PassLines).outputs = {0};
  for (int64_t unit : {1, 7, 11, 64, 1 << 20}) {
    options_.unit_bytes = unit;
    ClearOutput();
    RunResult result = Run();
    EXPECT_EQ(result.exit_code, 0) << Errors();
    EXPECT_EQ(result.rejected, 3) << unit;
    EXPECT_EQ(Output(), good + "\n") << unit;
    EXPECT_NE(Errors().find("first: the record is longer"), std::string::npos) << Errors();
    EXPECT_NE(Errors().find("in.txt:1)"), std::string::npos) << Errors();
  }
}

TEST(RecordsTest, FindLongRecord) {
  RecordShape plain;
  EXPECT_EQ(FindLongRecord(plain, "", 3), -1);
  EXPECT_EQ(FindLongRecord(plain, "abc\nabc\r\nabc", 3), -1);
  EXPECT_EQ(FindLongRecord(plain, "abc\nabcd\nabc", 3), 4);
  EXPECT_EQ(FindLongRecord(plain, "abc\r\nabc\rd\n", 3), 5);
  EXPECT_EQ(FindLongRecord(plain, "abc\r", 3), -1);
  EXPECT_EQ(FindLongRecord(plain, "abcd", 3), 0);
  RecordShape quoted;
  quoted.quotes = true;
  EXPECT_EQ(FindLongRecord(quoted, "\"a\nb\"\na,b\n", 5), -1);
  EXPECT_EQ(FindLongRecord(quoted, "a,b\n\"a\nbc\"\na,b\n", 5), 4);
  EXPECT_EQ(FindLongRecord(quoted, "\"a\nb\"\r\n\"\r\n,,,,,\"\n", 5), 7);
}

TEST_F(RuntimeTest, SummaryNamesTheFirstRejectedRow) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += i == 6 ? "bad a\n" : i == 30 ? "bad b\n" : "1\n";
  FileSource(File("in.txt", text));
  StdoutSink();
  // The site that is listed first rejects the later row.
  Handler(HandlerKind::kDrop);
  Handler(HandlerKind::kDrop);
  plan_.sites[0].message = "later";
  plan_.sites[1].message = "earlier";
  Fragment(+[](FlowTask* task, const FlowInput* input) {
    return ForLines(task, input, [&](std::string_view line) {
      return line != "bad b" || !flow_reject(task, 0);
    });
  }).outputs = {0};
  Fragment(+[](FlowTask* task, const FlowInput* input) {
    return ForLines(task, input, [&](std::string_view line) {
      return line != "bad a" || !flow_reject(task, 1);
    });
  }).outputs = {0};
  for (int64_t unit : {1, 64, 1 << 20}) {
    options_.unit_bytes = unit;
    ClearOutput();
    EXPECT_EQ(Run().exit_code, 0);
    EXPECT_NE(Errors().find("; first: earlier ("), std::string::npos) << Errors();
    EXPECT_NE(Errors().find("in.txt:7)"), std::string::npos) << Errors();
  }
}

TEST_F(RuntimeTest, ConstantsHaveALeastValue) {
  FileSource(File("in.txt", "1\n"));
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  plan_.consts[static_cast<size_t>(IntConst(-3))].least = 0;
  plan_.consts.back().name = "number of rows of `top`";
  EXPECT_EQ(Run().exit_code, 2);
  EXPECT_NE(Errors().find("error[E0801]: number of rows of `top` must not be below zero, it is -3"),
            std::string::npos)
      << Errors();
}

TEST_F(RuntimeTest, QuotedCellsMayHoldNewlines) {
  std::string text = "a,b\n";
  std::string body;
  for (int i = 0; i < 200; ++i) {
    body += "\"x\n" + std::to_string(i) + " \"\"q\"\",\n\"," + std::to_string(i) + "\n";
  }
  SourcePlan& source = FileSource(File("in.csv", text + body));
  source.endpoint.format = "csv";
  source.row_type_symbol =
      TypeSymbol(Type::Struct({{"b", Type::Int(), ""}, {"a", Type::String(), ""}}));
  StdoutSink();
  // A unit must begin at a record and hold whole ones: even numbers of quotes.
  Fragment(+[](FlowTask* task, const FlowInput* input) {
    int quotes = 0;
    for (const char* at = input->begin; at < input->end; ++at) quotes += *at == '"';
    bool mapped = input->column_count == 2 && input->columns[0] == 1 && input->columns[1] == 0;
    if (quotes % 2 == 0 && mapped && *input->begin == '"') {
      Put(&task->outputs[0], {input->begin, static_cast<size_t>(input->end - input->begin)});
    }
    return int32_t{0};
  }).outputs = {0};
  for (int64_t unit : {1, 13, 100, 1 << 20}) {
    options_.unit_bytes = unit;
    ClearOutput();
    EXPECT_EQ(Run().exit_code, 0) << Errors();
    EXPECT_EQ(Output(), body);
  }
}

TEST_F(RuntimeTest, FileSinkAppearsOnlyWhenComplete) {
  std::string out = directory_ + "/out.ndjson";
  FileSource(File("in.txt", "1\n2\nbad\n"));
  SinkPlan sink;
  sink.endpoint.connector = "file";
  sink.endpoint.format = "json";
  sink.endpoint.args.push_back({"path", TextConst(out)});
  plan_.sinks.push_back(sink);
  Handler(HandlerKind::kFail);
  Fragment(PassGoodLines).outputs = {0};
  EXPECT_EQ(Run().exit_code, 65);
  EXPECT_NE(access(out.c_str(), F_OK), 0);
  EXPECT_NE(access((out + ".unfinished").c_str(), F_OK), 0);
  plan_.handlers[0].kind = HandlerKind::kDrop;
  EXPECT_EQ(Run().exit_code, 0);
  int fd = open(out.c_str(), O_RDONLY);
  EXPECT_EQ(Contents(fd), "1\n2\n");
  close(fd);
}

TEST_F(RuntimeTest, FullDiskEndsWith75) {
  FileSource(File("in.txt", Numbers(100)));
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  int full = open("/dev/full", O_WRONLY);
  std::swap(full, output_);
  EXPECT_EQ(Run().exit_code, 75);
  std::swap(full, output_);
  close(full);
}

TEST_F(RuntimeTest, ClosedOutputEndsTheRunQuietly) {
  SourcePlan source;
  source.endpoint.connector = "nexmark";  // endless
  plan_.sources.push_back(source);
  StdoutSink();
  Fragment(+[](FlowTask* task, const FlowInput* input) {
    for (int64_t i = 0; i < input->id_count; ++i) Put(&task->outputs[0], "row\n");
    return int32_t{0};
  }).outputs = {0};
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::swap(output_, ends[1]);
  std::thread reader([&] {
    char byte;
    EXPECT_EQ(read(ends[0], &byte, 1), 1);
    close(ends[0]);
  });
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(Errors(), "");
  reader.join();
  std::swap(output_, ends[1]);
  close(ends[1]);
}

TEST_F(RuntimeTest, PipeIsAnsweredBeforeItEnds) {
  StdinSource();
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  int in[2];
  int out[2];
  ASSERT_EQ(pipe(in), 0);
  ASSERT_EQ(pipe(out), 0);
  std::swap(input_, in[0]);
  std::swap(output_, out[1]);
  std::thread writer([&] {
    char answer[16];
    for (const char* line : {"one\n", "two\n"}) {
      EXPECT_EQ(write(in[1], line, 4), 4);
      EXPECT_EQ(read(out[0], answer, sizeof answer), 4);
    }
    // Half a record at the end still is one.
    EXPECT_EQ(write(in[1], "rest", 4), 4);
    close(in[1]);
    EXPECT_EQ(read(out[0], answer, sizeof answer), 5);
  });
  EXPECT_EQ(Run().exit_code, 0);
  writer.join();
  std::swap(input_, in[0]);
  std::swap(output_, out[1]);
  for (int fd : {in[0], out[0], out[1]}) close(fd);
}

TEST_F(RuntimeTest, ForEndsAnEndlessRun) {
  FileSource(File("in.txt", "1\n2\n"), true);
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  options_.for_nanoseconds = 200'000'000;
  EXPECT_EQ(Run().exit_code, 0);
  EXPECT_EQ(Output(), "1\n2\n");
}

TEST_F(RuntimeTest, CompressedFilesAreReadInOrder) {
  std::string text = Numbers(5000);
  File("a", text);
  File("b", text);
  std::string command = "cd " + directory_ +
                        " && gzip a && gzip -c b > c && cat c >> a.gz && mv a.gz a.txt && rm b c";
  ASSERT_EQ(system(command.c_str()), 0);
  FileSource(directory_ + "/*.txt");
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  options_.threads = 4;
  EXPECT_EQ(Run().exit_code, 0) << Errors();
  EXPECT_EQ(Output(), text + text);
}

TEST_F(RuntimeTest, DamagedCompressionEndsWith74) {
  FileSource(File("in.gz", std::string("\x1f\x8b\x08\0\0\0\0\0\0\0garbage", 17)));
  StdoutSink();
  Fragment(PassLines).outputs = {0};
  EXPECT_EQ(Run().exit_code, 74);
  EXPECT_NE(Errors().find("gzip"), std::string::npos) << Errors();
}

TEST_F(RuntimeTest, UnknownParameterIsAUsageError) {
  options_.params = {{"n", "1"}};
  EXPECT_EQ(Run().exit_code, 2);
  EXPECT_NE(Errors().find("E0801"), std::string::npos);
}

TEST_F(RuntimeTest, ParametersAreTyped) {
  ParamPlan param;
  param.name = "n";
  param.type_text = "int";
  param.type_symbol = TypeSymbol(Type::Int());
  plan_.params.push_back(param);
  plan_.params_size = 8;
  EXPECT_EQ(Run().exit_code, 2);
  EXPECT_NE(Errors().find("`n` is missing"), std::string::npos) << Errors();
  options_.params = {{"n", "12x"}};
  EXPECT_EQ(Run().exit_code, 2);
  options_.params = {{"n", "-12"}};
  EXPECT_EQ(Run().exit_code, 0) << Errors();
}

}  // namespace
}  // namespace flow::runtime
