#include "runtime/plan_text.h"

#include <charconv>
#include <tuple>
#include <type_traits>

#include "base/reflect.h"
#include "base/text.h"

namespace flow::runtime {
namespace {

constexpr std::string_view kHeader = "flow-plan 1\n";

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

// More fields than AsTuple takes.
template <class P>
auto PartsOf(P& p) {
  return std::tie(p.script_name, p.params, p.params_size, p.consts, p.consts_size, p.init_symbol,
                  p.sources, p.sinks, p.fragments, p.operators, p.handlers, p.sites, p.counters,
                  p.stages, p.regexes);
}

class Writer {
 public:
  std::string out{kHeader};

  template <class T>
  void Write(const T& value) {
    if constexpr (std::is_same_v<T, Plan>) {
      std::apply([&](const auto&... part) { (Write(part), ...); }, PartsOf(value));
    } else if constexpr (std::is_same_v<T, std::string>) {
      Append(out, value.size());
      out += ':';
      out += value;
    } else if constexpr (std::is_same_v<T, bool>) {
      out += value ? "1 " : "0 ";
    } else if constexpr (std::is_enum_v<T>) {
      Write(static_cast<int>(value));
    } else if constexpr (std::is_integral_v<T>) {
      Append(out, value);
      out += ' ';
    } else if constexpr (kIsVector<T>) {
      Write(value.size());
      for (const auto& element : value) Write(element);
      out += '\n';
    } else if constexpr (std::is_same_v<T, OperatorPlan>) {
      Write(value.index());
      std::visit([&](const auto& plan) { Write(plan); }, value);
    } else {
      std::apply([&](const auto&... part) { (Write(part), ...); }, AsTuple(value));
    }
  }
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool ok() const { return ok_; }
  bool AtEnd() {
    Space();
    return text_.empty();
  }
  bool Header() {
    if (!text_.starts_with(kHeader)) return false;
    text_.remove_prefix(kHeader.size());
    return true;
  }

  template <class T>
  void Read(T& value) {
    if (!ok_) return;
    if constexpr (std::is_same_v<T, Plan>) {
      std::apply([&](auto&... part) { (Read(part), ...); }, PartsOf(value));
    } else if constexpr (std::is_same_v<T, std::string>) {
      size_t size = 0;
      Number(&size, ':');
      if (!ok_ || size > text_.size()) return Fail();
      value = text_.substr(0, size);
      text_.remove_prefix(size);
    } else if constexpr (std::is_same_v<T, bool>) {
      int number = 0;
      Number(&number, ' ');
      value = number != 0;
    } else if constexpr (std::is_enum_v<T>) {
      int number = 0;
      Number(&number, ' ');
      // No enum of a plan has more values.
      if (number < 0 || number > 7) return Fail();
      value = static_cast<T>(number);
    } else if constexpr (std::is_integral_v<T>) {
      Number(&value, ' ');
    } else if constexpr (kIsVector<T>) {
      size_t size = 0;
      Number(&size, ' ');
      // An element takes at least two bytes.
      if (!ok_ || size > text_.size()) return Fail();
      value.clear();
      for (size_t i = 0; i < size && ok_; ++i) Read(value.emplace_back());
    } else if constexpr (std::is_same_v<T, OperatorPlan>) {
      size_t index = 0;
      Number(&index, ' ');
      ReadAlternative(index, value, std::make_index_sequence<std::variant_size_v<OperatorPlan>>());
    } else {
      std::apply([&](auto&... part) { (Read(part), ...); }, AsTuple(value));
    }
  }

 private:
  void Fail() { ok_ = false; }
  void Space() {
    while (!text_.empty() && (text_[0] == '\n' || text_[0] == ' ')) text_.remove_prefix(1);
  }

  template <class N>
  void Number(N* out, char after) {
    Space();
    auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), *out);
    if (error != std::errc() || end == text_.data() + text_.size() || *end != after) return Fail();
    text_.remove_prefix(static_cast<size_t>(end - text_.data()) + 1);
  }

  template <size_t... I>
  void ReadAlternative(size_t index, OperatorPlan& value, std::index_sequence<I...>) {
    bool known = ((I == index ? (Read(value.emplace<I>()), true) : false) || ...);
    if (!known) Fail();
  }

  std::string_view text_;
  bool ok_ = true;
};

}  // namespace

std::string WritePlan(const Plan& plan) {
  Writer writer;
  writer.Write(plan);
  return writer.out;
}

bool ReadPlan(std::string_view text, Plan* plan) {
  Reader reader(text);
  if (!reader.Header()) return false;
  reader.Read(*plan);
  return reader.ok() && reader.AtEnd();
}

}  // namespace flow::runtime
