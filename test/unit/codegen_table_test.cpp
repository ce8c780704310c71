// Tables of groups and the hash and comparison helpers beside them.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <string>

#include "runtime/inline/compare.h"
#include "runtime/inline/table.h"
#include "runtime/memory.h"

namespace {

struct Entry {
  uint64_t hash;
  int64_t key;
  int64_t count;
};

bool SameKey(const void* a, const void* b) {
  return *static_cast<const int64_t*>(a) == *static_cast<const int64_t*>(b);
}

Entry* FindOrInsert(FlowTable* table, int64_t key, uint64_t hash) {
  Entry like{hash, key, 0};
  uint64_t at = 0;
  void* found = flow_table_find(table, &like, 8, SameKey, &at);
  if (found != nullptr) return static_cast<Entry*>(found);
  auto* made = static_cast<Entry*>(flow_table_insert(table, hash, at));
  made->key = key;
  return made;
}

class TableTest : public testing::Test {
 protected:
  TableTest() { flow_table_init(&table_, arena_.get(), sizeof(Entry)); }
  flow::runtime::Arena arena_;
  FlowTable table_;
};

TEST_F(TableTest, CountsByKeyAndKeepsTheOrderOfInsertion) {
  const int64_t kKeys = 5000;
  for (int round = 0; round < 3; ++round) {
    for (int64_t key = 0; key < kKeys; ++key) {
      ++FindOrInsert(&table_, key * 64,
                     flow_hash_mix(static_cast<uint64_t>(key) + 1, 0x9E3779B97F4A7C15ull))
            ->count;
    }
  }
  ASSERT_EQ(table_.count, kKeys);
  for (int64_t i = 0; i < kKeys; ++i) {
    const auto* entry = static_cast<const Entry*>(table_.entries[i]);
    EXPECT_EQ(entry->key, i * 64);
    EXPECT_EQ(entry->count, 3);
  }
}

TEST_F(TableTest, KeysOfOneHashStayApart) {
  for (int64_t key = 0; key < 300; ++key) FindOrInsert(&table_, key, 42)->count = key;
  ASSERT_EQ(table_.count, 300);
  for (int64_t key = 0; key < 300; ++key) EXPECT_EQ(FindOrInsert(&table_, key, 42)->count, key);
}

TEST_F(TableTest, AnEmptyTableHasNothing) {
  Entry like{7, 1, 0};
  uint64_t at = 0;
  EXPECT_EQ(flow_table_find(&table_, &like, 8, SameKey, &at), nullptr);
}

TEST(CompareTest, IntAndFloatByExactValue) {
  EXPECT_EQ(flow_compare_int_float(INT64_MAX, 9223372036854775808.0), -1);
  EXPECT_EQ(flow_compare_int_float(INT64_MIN, -9223372036854775808.0), 0);
  EXPECT_EQ(flow_compare_int_float((1LL << 53) + 1, 9007199254740992.0), 1);
  EXPECT_EQ(flow_compare_int_float(3, 3.5), -1);
  EXPECT_EQ(flow_compare_int_float(-3, -3.5), 1);
  EXPECT_EQ(flow_compare_int_float(0, -0.0), 0);
  EXPECT_EQ(flow_compare_int_float(INT64_MAX, std::nan("")), -1);
  EXPECT_EQ(flow_compare_int_float(5, -std::numeric_limits<double>::infinity()), 1);
}

TEST(CompareTest, TextByBytesPrefixFirst) {
  EXPECT_EQ(flow_text_compare("a", 1, "ab", 2), -1);
  EXPECT_EQ(flow_text_compare("b", 1, "ab", 2), 1);
  EXPECT_EQ(flow_text_compare("", 0, "", 0), 0);
  EXPECT_EQ(flow_text_compare("\xc3\xa4", 2, "z", 1), 1);
}

TEST(HashTest, EveryLengthAndEveryByteCounts) {
  std::set<uint64_t> seen;
  std::string text;
  for (int size = 0; size < 100; ++size) {
    EXPECT_TRUE(seen.insert(flow_hash_text(text.data(), size)).second) << size;
    for (int i = 0; i < size; ++i) {
      std::string other = text;
      other[static_cast<size_t>(i)] ^= 1;
      EXPECT_TRUE(seen.insert(flow_hash_text(other.data(), size)).second) << size << " " << i;
    }
    text += static_cast<char>('a' + size % 26);
  }
}

}  // namespace
