// What people see on a terminal.

#include <gtest/gtest.h>

#include "runtime/inline/nexmark.h"
#include "runtime/nexmark.h"
#include "runtime/records.h"
#include "runtime/status_line.h"
#include "runtime/terminal_table.h"

namespace flow::runtime {
namespace {

TEST(TerminalTableTest, AlignsByTheFirstScreenful) {
  TerminalTable table({"name", "n"}, 80);
  EXPECT_EQ(table.Add("{\"name\":\"a\",\"n\":1}\n{\"name\":\"longer \\\"q\\\"\",\"n\":-12.5}\n"),
            "");
  EXPECT_EQ(table.Flush(),
            "name            n\n"
            "──────────  ─────\n"
            "a               1\n"
            "longer \"q\"  -12.5\n");
  EXPECT_EQ(table.Add("{\"name\":\"wider than before\",\"n\":null}\n"), "wider tha…       \n");
}

TEST(TerminalTableTest, CutsToTheTerminal) {
  TerminalTable table({"a", "b"}, 30);
  table.Add("{\"a\":\"" + std::string(50, 'x') + "\",\"b\":{\"c\":[1,\"]\"]}}\n");
  EXPECT_EQ(table.Flush(),
            "a                b\n"
            "───────────────  ─────────────\n"
            "xxxxxxxxxxxxxx…  {\"c\":[1,\"]\"]}\n");
}

TEST(TerminalTableTest, NoCellMovesTheCursor) {
  TerminalTable table({"a"}, 80);
  table.Add("{\"a\":\"\\u001b[2J\\n\"}\n");
  EXPECT_EQ(table.Flush().find('\x1b'), std::string::npos);
}

TEST(TerminalTableTest, WideCharactersTakeTwoColumns) {
  EXPECT_EQ(DisplayWidth("héllo"), 5);
  EXPECT_EQ(DisplayWidth("日本"), 4);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
}

TEST(StatusLineTest, ShortCounts) {
  EXPECT_EQ(ShortCount(999), "999");
  EXPECT_EQ(ShortCount(12345), "12.3 k");
  EXPECT_EQ(ShortCount(1234567), "1.23 M");
  EXPECT_EQ(ShortCount(123456789), "123 M");
}

TEST(StatusLineTest, ProgressOfBoundedInput) {
  Progress progress;
  progress.rows_in = 1000000;
  progress.bytes_read = 50000000;
  progress.rows_out = 10;
  EXPECT_EQ(StatusLine(progress, 1'000'000'000, 100000000),
            "1.00 M rows in, 1.00 M/s, 50.0 MB/s, 10 out, 50 %, 1s left");
}

TEST(RecordScannerTest, NewlinesInQuotesAreNoEnds) {
  RecordScanner scanner({true, ','});
  EXPECT_EQ(scanner.LastEnd("a,b\n1,\"x\ny"), 4);
  EXPECT_EQ(scanner.LastEnd("\"\"\n"), -1);  // a doubled quote, still inside
  EXPECT_EQ(scanner.LastEnd("\",2\n3"), 4);
  scanner.Restart();
  EXPECT_EQ(scanner.LastEnd("5\" tall,x\n"), 10);  // a quote within a plain cell is a character
}

TEST(NexmarkTest, EventsFollowFromTheirNumberAlone) {
  NexmarkTables one(1, 10000, 0);
  NexmarkTables two(2, 10000, 0);
  Arena arena;
  int64_t hot = 0;
  int64_t different = 0;
  for (int64_t n = 0; n < 50000; ++n) {
    if (flow_nexmark_kind(n) != kFlowNexmarkBid) continue;
    FlowNexmarkBid whole{};
    FlowNexmarkBid part{};
    flow_nexmark_bid(arena.get(), one.generator(), n, 127, &whole);
    flow_nexmark_bid(arena.get(), one.generator(), n, 4, &part);
    ASSERT_EQ(whole.price, part.price);
    ASSERT_GE(whole.price, 100);
    ASSERT_LE(whole.price, 100000000);
    ASSERT_EQ(whole.date_time, n / 10 * 1000000);
    ASSERT_GE(whole.auction, 1000);
    ASSERT_GE(whole.bidder, 1000);
    ASSERT_LE(whole.bidder, 1000 + n / 50 + 10);
    ASSERT_TRUE(whole.extra.size >= 54 && whole.extra.size <= 82) << whole.extra.size;
    if (whole.auction == 1000 + flow_nexmark_last_auction(n) / 100 * 100) ++hot;
    flow_nexmark_bid(arena.get(), two.generator(), n, 4, &part);
    if (part.price != whole.price) ++different;
  }
  EXPECT_NEAR(static_cast<double>(hot), 23000, 1000);  // half of 46,000 and a few by chance
  EXPECT_GT(different, 45000);
}

TEST(NexmarkTest, NextFindsEveryEventOfItsKind) {
  for (int32_t kind : {kFlowNexmarkPerson, kFlowNexmarkAuction, kFlowNexmarkBid}) {
    int64_t next = flow_nexmark_next(kind, 0);
    for (int64_t n = 0; n < 500; ++n) {
      if (flow_nexmark_kind(n) != kind) continue;
      ASSERT_EQ(next, n);
      next = flow_nexmark_next(kind, n + 1);
    }
  }
}

}  // namespace
}  // namespace flow::runtime
