// Rows that operators keep, and the order in which operators in event time take them.

#include "runtime/operators/timed.h"
#include "runtime/value.h"
#include "test/unit/runtime_fixture.h"

namespace flow::runtime {
namespace {

struct TimedRow {
  int64_t id;
  int64_t time;
};

Type RowType() { return Type::Struct({{"id", Type::Int(), {}}, {"$time", Type::Timestamp(), {}}}); }

// Notes what it takes and passes.
class Recorder final : public TimedOperator {
 public:
  Recorder(const PortPlan& plan, OperatorContext context)
      : TimedOperator({&plan}, std::move(context)) {}
  std::vector<int64_t> taken;
  std::vector<int64_t> passed;

 protected:
  void Take(int, int64_t, HeldRow row) override {
    taken.push_back(static_cast<const TimedRow*>(row.get())->id);
    Send(std::move(row));
  }
  void Pass(int64_t watermark) override { passed.push_back(watermark); }
};

class TimedTest : public RuntimeTest {
 protected:
  TimedTest() {
    plan.row_type_symbol = TypeSymbol(RowType());
    plan.time_offset = 8;
    program.symbols = &symbols_;
    context.program = &program;
    context.budget = &budget;
    context.batch_rows = 2;
    context.emit = [this](const void* const* rows, int64_t count) {
      batches.push_back(count);
      for (int64_t i = 0; i < count; ++i) sent.push_back(static_cast<const TimedRow*>(rows[i])->id);
    };
    context.stopped = [] { return false; };
    context.count_late = [this](int64_t rows) { late += rows; };
  }
  void Batch(Recorder* to, std::vector<TimedRow> rows, runtime::Batch batch) {
    std::vector<void*> pointers;
    for (TimedRow& row : rows) pointers.push_back(&row);
    auto count = static_cast<int64_t>(rows.size());
    to->OnBatch({pointers.data(), count, count}, batch);
  }

  PortPlan plan;
  Program program;
  MemoryBudget budget;
  OperatorContext context;
  std::vector<int64_t> sent;
  std::vector<int64_t> batches;
  int64_t late = 0;
};

TEST_F(TimedTest, RowsComeInRowOrderOnceTheWatermarkHasPassed) {
  Recorder recorder(plan, context);
  Batch(&recorder, {{1, 30}, {2, 10}, {3, 20}}, {INT64_MIN, 0, 1});
  Batch(&recorder, {{4, 20}, {5, 10}}, {INT64_MIN, 0, 0});
  EXPECT_TRUE(recorder.taken.empty());
  recorder.OnWatermark(20);
  EXPECT_EQ(recorder.taken, (std::vector<int64_t>{5, 2}));  // of one time, the first partition's
  recorder.OnWatermark(21);
  EXPECT_EQ(recorder.taken, (std::vector<int64_t>{5, 2, 4, 3}));
  recorder.OnEnd();
  EXPECT_EQ(recorder.taken, (std::vector<int64_t>{5, 2, 4, 3, 1}));
  EXPECT_EQ(sent, recorder.taken);
  EXPECT_EQ(recorder.passed, (std::vector<int64_t>{20, 21, INT64_MAX}));
  for (int64_t size : batches) EXPECT_LE(size, 2);
}

TEST_F(TimedTest, RowsBeforeTheWatermarkOfTheirPartitionAreLate) {
  Recorder recorder(plan, context);
  Batch(&recorder, {{1, 10}, {2, 9}, {3, 11}}, {10, 0, 0});
  recorder.OnEnd();
  EXPECT_EQ(recorder.taken, (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(late, 1);
}

TEST_F(TimedTest, KeptRowsAreCountedAndGivenBack) {
  {
    Recorder recorder(plan, context);
    Batch(&recorder, {{1, 10}, {2, 20}}, {});
    EXPECT_GT(budget.used_bytes.load(), 2 * static_cast<int64_t>(sizeof(TimedRow)));
    recorder.OnWatermark(15);
    recorder.OnEnd();
    EXPECT_EQ(budget.used_bytes.load(), 0);
  }
}

TEST(HeldRow, OwnsAllItPointsTo) {
  TypeDescriptors types;
  Type type = Type::Struct({{"name", Type::String(), {}},
                            {"tags", Type::Array(Type::Optional(Type::String())), {}},
                            {"n", Type::Int(), {}}});
  struct Tag {
    FlowString text;
    uint8_t there;
  };
  struct Memory {
    FlowString name;
    FlowArray tags;
    int64_t n;
  };
  MemoryBudget budget;
  const FlowType* descriptor = types.Get(type);
  HeldRow copy;
  {
    std::string name = "a name that is not short";
    std::string text = "tag";
    Tag tags[2] = {{{text.data(), 3}, 1}, {{nullptr, 0}, 0}};
    Memory memory = {{name.data(), static_cast<int64_t>(name.size())}, {tags, 2}, 7};
    HeldRow row(&budget, descriptor, &memory);
    EXPECT_TRUE(flow_value_equal(descriptor, &memory, row.get()));
    copy = row;
    name.assign(name.size(), '!');
    text = "!!!";
  }
  const auto* kept = static_cast<const Memory*>(copy.get());
  EXPECT_EQ(std::string_view(kept->name.data, static_cast<size_t>(kept->name.size)),
            "a name that is not short");
  const auto* tags = static_cast<const Tag*>(kept->tags.data);
  EXPECT_EQ(std::string_view(tags[0].text.data, 3), "tag");
  EXPECT_GT(budget.used_bytes.load(), 0);
  copy = HeldRow();
  EXPECT_EQ(budget.used_bytes.load(), 0);
}

}  // namespace
}  // namespace flow::runtime
