// A plan survives being written and read, and damaged text is refused.

#include <gtest/gtest.h>

#include "runtime/plan_text.h"

namespace flow::runtime {
namespace {

Plan Sample() {
  Plan plan;
  plan.script_name = "a b\n:c";
  plan.params.push_back({"n", "int", "flow_type_0", 8, true, "5", "how many"});
  plan.consts.push_back({"path of source `x`", "flow_type_1", 16});
  plan.consts_size = 32;
  plan.init_symbol = "flow_init";
  SourcePlan source;
  source.name = "x";
  source.endpoint = {"file", {{"path", 0}}, "json", {}};
  source.all_columns = {"a", ""};
  source.delay = 0;
  plan.sources.push_back(source);
  SinkPlan sink;
  sink.ordered = true;
  plan.sinks.push_back(sink);
  FragmentPlan fragment;
  fragment.input_kind = InputKind::kRejects;
  fragment.outputs = {0, 1};
  plan.fragments.push_back(fragment);
  AggregatePlan aggregate;
  aggregate.entry_size = 64;
  aggregate.always_one_row = true;
  plan.operators.emplace_back(aggregate);
  TopPlan top;
  top.per.push_back({24, "flow_type_2", true});
  plan.operators.emplace_back(top);
  plan.operators.emplace_back(PeekPlan{"flow_type_0", -1, 3});
  plan.handlers.push_back({HandlerKind::kRoute, "bad"});
  plan.sites.push_back({"where", "R0101", "integer overflow", 0, -1, 3, 7, 1});
  plan.counters.push_back({"late", true, 1});
  plan.stages.push_back({"where", 3, {0}, -1, -1, -1, -1, -1, false, true});
  plan.regexes = {"a\nb", ""};
  return plan;
}

TEST(PlanTextTest, ReadsBackWhatItWrote) {
  Plan plan = Sample();
  Plan read;
  ASSERT_TRUE(ReadPlan(WritePlan(plan), &read));
  EXPECT_TRUE(plan == read);
}

TEST(PlanTextTest, RefusesEveryTruncation) {
  std::string text = WritePlan(Sample());
  // The last byte is white space.
  for (size_t size = 0; size + 1 < text.size(); ++size) {
    Plan read;
    EXPECT_FALSE(ReadPlan(std::string_view(text).substr(0, size), &read)) << size;
  }
}

TEST(PlanTextTest, SurvivesDamage) {
  std::string text = WritePlan(Sample());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x15);
    Plan read;
    ReadPlan(damaged, &read);
  }
}

TEST(PlanTextTest, RefusesAnotherVersion) {
  std::string text = WritePlan(Sample());
  text[10] = '9';
  Plan read;
  EXPECT_FALSE(ReadPlan(text, &read));
}

}  // namespace
}  // namespace flow::runtime
