#pragma once
// What an updating stream has become since a test last looked (semantics.md 57, 60, 74): its
// changes folded by key, so that what was replaced on the way is not seen.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/driver/test_rows.h"

namespace flow {

class Changes {
 public:
  // `key`: columns of `row`; empty: rows have no key, and each stands for itself.
  Changes(Type row, std::vector<std::string> key) : row_(std::move(row)), key_(std::move(key)) {}

  // Takes in a line of the stream: a JSON record whose `_op` is "+" or "-". False: it is none.
  bool Take(std::string_view record);

  // Rows that are new or other than at the last look; behind them those that are gone, which have
  // `_op: "-"` before their columns.
  std::vector<TestValue> Look();

 private:
  using Table = std::map<std::string, std::vector<interp::Value>>;  // by the text of the key

  std::string KeyOf(const interp::Value& row) const;
  size_t StoodBefore(const std::string& key, const interp::Value& row) const;

  Type row_;
  std::vector<std::string> key_;
  Table now_;
  Table before_;
};

}  // namespace flow
