// Aggregates against slow counterparts, with rows divided among workers at random.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "runtime/memory.h"
#include "runtime/type_descriptor.h"
#include "stdlib/stdlib.h"

namespace flow {
namespace {

// One aggregate call over values of type T, run as two workers that are then merged.
template <class T>
class TwoWorkers {
 public:
  TwoWorkers(std::string_view name, std::string_view signature, Type result, Type argument) {
    for (const AggregateDef* def : stdlib::Aggregates()) {
      for (const AggregateOverload& candidate : def->overloads) {
        if (name == def->name && signature == candidate.signature) overload_ = &candidate;
      }
    }
    types_[0] = descriptors_.Get(result);
    types_[1] = descriptors_.Get(argument);
    for (void* state : {first_, second_}) {
      reinterpret_cast<void (*)(void*)>(overload_->init)(state);
    }
  }

  bool found() const { return overload_ != nullptr; }

  void Update(bool second, int64_t time, const T& value) {
    void* state = second ? second_ : first_;
    FlowArena* arena = arenas_[second].get();
    void* f = overload_->update;
    const FlowType* const* types = types_;
    if (overload_->generic && overload_->ordered) {
      reinterpret_cast<void (*)(FlowArena*, const FlowType* const*, void*, const int64_t*,
                                const T*)>(f)(arena, types, state, &time, &value);
    } else if (overload_->generic) {
      reinterpret_cast<void (*)(FlowArena*, const FlowType* const*, void*, const T*)>(f)(
          arena, types, state, &value);
    } else {
      reinterpret_cast<void (*)(FlowArena*, void*, const T*)>(f)(arena, state, &value);
    }
  }

  template <class R, class... Consts>
  bool Final(R* out, const Consts*... consts) {
    FlowArena* arena = arenas_[0].get();
    FlowTask task{};
    task.arena = arena;
    const FlowType* const* types = types_;
    if (overload_->generic) {
      reinterpret_cast<void (*)(FlowArena*, const FlowType* const*, void*, const void*)>(
          overload_->merge)(arena, types, first_, second_);
      return reinterpret_cast<bool (*)(FlowTask*, const FlowType* const*, R*, const void*,
                                       const Consts*...)>(overload_->final)(&task, types, out,
                                                                            first_, consts...);
    }
    reinterpret_cast<void (*)(FlowArena*, void*, const void*)>(overload_->merge)(arena, first_,
                                                                                 second_);
    return reinterpret_cast<bool (*)(FlowTask*, R*, const void*, const Consts*...)>(
        overload_->final)(&task, out, first_, consts...);
  }

  int64_t allocated() const { return arenas_[0].allocated_bytes(); }

 private:
  const AggregateOverload* overload_ = nullptr;
  runtime::TypeDescriptors descriptors_;
  const FlowType* types_[2];
  runtime::Arena arenas_[2];
  alignas(16) char first_[512];
  alignas(16) char second_[512];
};

FlowString Text(const std::string& text) {
  return {text.data(), static_cast<int64_t>(text.size())};
}
std::string Copy(const FlowString& text) {
  return std::string(text.data, static_cast<size_t>(text.size));
}

TEST(Quantile, AgreesWithSorting) {
  std::mt19937_64 random(5);
  for (int size : {1, 2, 3, 10, 1000, 30000}) {
    for (double q : {0.0, 0.1, 0.5, 0.9, 0.999, 1.0}) {
      TwoWorkers<double> run("quantile", "quantile(x: float, const q: float) -> float",
                             Type::Float(), Type::Float());
      std::vector<double> values;
      for (int i = 0; i < size; ++i) {
        values.push_back(static_cast<double>(random() % 1000) / 8);
        run.Update(random() % 2 != 0, 0, values.back());
      }
      std::sort(values.begin(), values.end());
      double rank = (size - 1) * q;
      auto low = static_cast<size_t>(rank);
      size_t high = std::min(low + 1, values.size() - 1);
      double expected =
          values[low] + (values[high] - values[low]) * (rank - static_cast<double>(low));
      double out = 0;
      ASSERT_TRUE(run.Final(&out, &q));
      EXPECT_EQ(out, expected);
    }
  }
}

TEST(CountDistinct, AgreesWithSets) {
  std::mt19937_64 random(9);
  for (int size : {0, 1, 100, 20000}) {
    TwoWorkers<int64_t> ints("count_distinct", "count_distinct(x: int) -> int", Type::Int(),
                             Type::Int());
    TwoWorkers<double> floats("count_distinct", "count_distinct(x: float) -> int", Type::Int(),
                              Type::Float());
    TwoWorkers<FlowString> strings("count_distinct", "count_distinct(x: string) -> int",
                                   Type::Int(), Type::String());
    TwoWorkers<FlowString> values("count_distinct", "count_distinct(x: T) -> int", Type::Int(),
                                  Type::String());
    std::set<int64_t> seen;
    for (int i = 0; i < size; ++i) {
      int64_t value = static_cast<int64_t>(random() % 3000) - 1000;
      bool second = random() % 2 != 0;
      seen.insert(value);
      ints.Update(second, 0, value);
      floats.Update(second, 0, static_cast<double>(value) * (value == 0 && second ? -1.0 : 1.0));
      std::string text = value == 0 ? "" : std::to_string(value);
      strings.Update(second, 0, Text(text));
      values.Update(second, 0, Text(text));
    }
    int64_t out[4];
    ASSERT_TRUE(ints.Final(&out[0]) && floats.Final(&out[1]) && strings.Final(&out[2]) &&
                values.Final(&out[3]));
    for (int64_t count : out) EXPECT_EQ(count, static_cast<int64_t>(seen.size()));
  }
}

TEST(FirstAndLast, GoByTimeAndThenByRowOrder) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    TwoWorkers<FlowString> first("first", "first(x: T) -> T", Type::String(), Type::String());
    TwoWorkers<FlowString> last("last", "last(x: T) -> T", Type::String(), Type::String());
    int64_t least = INT64_MAX;
    int64_t greatest = INT64_MIN;
    std::string first_text;
    std::string last_text;
    // The first worker's rows come before the second's.
    for (int i = 0; i < 20; ++i) {
      auto time = static_cast<int64_t>(random() % 6);
      std::string text = std::to_string(i) + std::string(random() % 40, 'x');
      first.Update(i >= 10, time, Text(text));
      last.Update(i >= 10, time, Text(text));
      if (time < least) first_text = text;
      if (time >= greatest) last_text = text;
      least = std::min(least, time);
      greatest = std::max(greatest, time);
    }
    FlowString out;
    ASSERT_TRUE(first.Final(&out));
    EXPECT_EQ(Copy(out), first_text);
    ASSERT_TRUE(last.Final(&out));
    EXPECT_EQ(Copy(out), last_text);
  }
}

TEST(Last, KeepsNoMoreThanItNeeds) {
  TwoWorkers<FlowString> last("last", "last(x: T) -> T", Type::String(), Type::String());
  for (int i = 0; i < 100000; ++i) {
    std::string text(static_cast<size_t>(i % 50), 'x');
    last.Update(false, i, Text(text));
  }
  EXPECT_LT(last.allocated(), 1 << 17);
}

TEST(MinAndMax, OfStringsFollowTheirBytes) {
  TwoWorkers<FlowString> least("min", "min(x: T) -> T", Type::String(), Type::String());
  TwoWorkers<FlowString> greatest("max", "max(x: T) -> T", Type::String(), Type::String());
  std::vector<std::string> texts = {"b", "", "a", "ab", "é", "Z"};
  for (size_t i = 0; i < texts.size(); ++i) {
    least.Update(i % 2 != 0, 0, Text(texts[i]));
    greatest.Update(i % 2 != 0, 0, Text(texts[i]));
  }
  FlowString out;
  ASSERT_TRUE(least.Final(&out));
  EXPECT_EQ(Copy(out), "");
  ASSERT_TRUE(greatest.Final(&out));
  EXPECT_EQ(Copy(out), "é");
}

TEST(Collect, StandsInRowOrder) {
  TwoWorkers<int64_t> run("collect", "collect(x: T) -> [T]", Type::Array(Type::Int()), Type::Int());
  const int64_t times[] = {5, 1, 5, 0, 1, 9};
  for (int64_t i = 0; i < 6; ++i) run.Update(i >= 3, times[i], i);
  FlowArray out;
  ASSERT_TRUE(run.Final(&out));
  const auto* values = static_cast<const int64_t*>(out.data);
  EXPECT_EQ(std::vector<int64_t>(values, values + out.count),
            (std::vector<int64_t>{3, 1, 4, 0, 2, 5}));
}

TEST(Sum, OfDecimalsIsCheckedOnlyWhenSent) {
  Type narrow = Type::Decimal(38, 0);
  __int128 most = 1;
  for (int i = 0; i < 38; ++i) most *= 10;
  most -= 1;
  TwoWorkers<__int128> run("sum", "sum(x: decimal) -> decimal", narrow, narrow);
  for (int i = 0; i < 1000; ++i) run.Update(i % 2 != 0, 0, most);
  for (int i = 0; i < 999; ++i) run.Update(i % 3 != 0, 0, -most);
  __int128 out = 0;
  ASSERT_TRUE(run.Final(&out));
  EXPECT_TRUE(out == most);
}

}  // namespace
}  // namespace flow
