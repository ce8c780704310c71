#include "interp/aggregates.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "interp/big.h"
#include "ir/decimal_text.h"
#include "runtime/inline/decimal.h"

namespace flow::interp {
namespace {

// The number that a float aggregate sees.
double AsDouble(const Type& type, const Value& value) {
  if (type.is(TypeKind::kDecimal)) return flow_decimal_to_float(&value.decimal, type.scale());
  return type.is(TypeKind::kFloat) ? value.real : static_cast<double>(value.whole);
}

bool Less(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
  return a < b;
}

class Computation {
 public:
  Computation(const ir::AggregateCall& call, const std::vector<Type>& types,
              const std::vector<Sample>& samples, const std::vector<Value>& consts)
      : call_(call), types_(types), samples_(samples), consts_(consts) {}

  bool Run(Value* out) {
    const std::string& name = call_.function;
    result_ = call_.type.strip_optional();
    auto count = static_cast<int64_t>(samples_.size());
    if (name == "count") return *out = Value::Of(count), true;
    if (name == "count_distinct") return *out = Value::Of(CountDistinct()), true;
    if (name == "collect") return *out = Collect(), true;
    if (name == "sum") return Sum(out);
    if (name == "stddev" || name == "variance") return *out = Variance(name == "stddev"), true;
    // The others have no value over no rows (semantics.md 36).
    if (samples_.empty()) return *out = Value::None(), call_.type.is_optional();
    if (name == "avg") return Average(out);
    if (name == "min" || name == "max") return *out = Extreme(name == "min"), true;
    if (name == "first" || name == "last") return *out = End(name == "first"), true;
    if (name == "arg_min" || name == "arg_max") return *out = ArgExtreme(name == "arg_min"), true;
    if (name == "quantile") return Quantile(consts_[0].real, out);
    if (name == "median") return Quantile(0.5, out);
    FLOW_UNREACHABLE("an aggregate that the interpreter does not know");
  }

 private:
  // The first argument's type; optional arguments that are none never come here.
  Type ArgType() const { return types_[0].strip_optional(); }
  const Value& First(const Sample& sample) const { return sample.args[0]; }

  int64_t CountDistinct() {
    std::vector<const Value*> values;
    for (const Sample& sample : samples_) values.push_back(&First(sample));
    Type type = ArgType();
    std::sort(values.begin(), values.end(),
              [&](const Value* a, const Value* b) { return Compare(type, *a, *b) < 0; });
    auto end = std::unique(values.begin(), values.end(), [&](const Value* a, const Value* b) {
      return Compare(type, *a, *b) == 0;
    });
    return end - values.begin();
  }

  Value Collect() {
    std::vector<Value> items;
    for (const Sample* sample : InRowOrder()) items.push_back(First(*sample));
    return Value::Items(std::move(items));
  }

  // Event time first, then as they came (semantics.md 26).
  std::vector<const Sample*> InRowOrder() {
    std::vector<const Sample*> out;
    for (const Sample& sample : samples_) out.push_back(&sample);
    std::sort(out.begin(), out.end(), [](const Sample* a, const Sample* b) {
      return a->event_time != b->event_time ? a->event_time < b->event_time : a < b;
    });
    return out;
  }

  Value End(bool first) {
    std::vector<const Sample*> rows = InRowOrder();
    return First(first ? *rows.front() : *rows.back());
  }

  Value Extreme(bool least) {
    Type type = ArgType();
    const Value* best = &First(samples_[0]);
    for (const Sample& sample : samples_) {
      int order = Compare(type, First(sample), *best);
      if (least ? order < 0 : order > 0) best = &First(sample);
    }
    return *best;
  }

  Value ArgExtreme(bool least) {
    Type type = types_[1].strip_optional();
    std::vector<const Sample*> rows = InRowOrder();
    const Sample* best = rows[0];
    for (const Sample* row : rows) {
      int order = Compare(type, row->args[1], best->args[1]);
      if (least ? order < 0 : order > 0) best = row;
    }
    return First(*best);
  }

  // Exact, or what NaN and infinities make of it.
  double FloatSum() {
    Big sum;
    bool nan = false;
    bool up = false;
    bool down = false;
    for (const Sample& sample : samples_) {
      double x = AsDouble(ArgType(), First(sample));
      nan |= std::isnan(x);
      up |= std::isinf(x) && x > 0;
      down |= std::isinf(x) && x < 0;
      if (std::isfinite(x)) sum = Add(sum, Big::OfDouble(x));
    }
    if (nan || (up && down)) return __builtin_nan("");
    if (up || down) return up ? __builtin_inf() : -__builtin_inf();
    return RoundedQuotient(sum, Big::Of(1), -1074);
  }

  Big ExactSum() {
    Big sum;
    for (const Sample& sample : samples_) {
      const Value& value = First(sample);
      sum = Add(sum, Big::Of(ArgType().is(TypeKind::kDecimal) ? value.decimal : value.whole));
    }
    return sum;
  }

  bool Sum(Value* out) {
    if (ArgType().is(TypeKind::kFloat)) return *out = Value::Real(FloatSum()), true;
    std::optional<__int128> sum = ExactSum().ToInt128();
    if (!sum) return false;
    if (result_.is(TypeKind::kDecimal)) {
      *out = Value::Decimal(*sum);
      return ir::FitsPrecision(*sum, result_.precision());
    }
    *out = Value::Of(static_cast<int64_t>(*sum));
    return *sum >= INT64_MIN && *sum <= INT64_MAX;
  }

  bool Average(Value* out) {
    auto n = static_cast<int64_t>(samples_.size());
    if (ArgType().is(TypeKind::kFloat)) {
      return *out = Value::Real(FloatSum() / static_cast<double>(n)), true;
    }
    Big sum = ExactSum();
    std::optional<__int128> whole = sum.ToInt128();
    if (!whole) return false;
    if (result_.is(TypeKind::kDecimal)) {
      __int128 count = n;
      __int128 quotient = 0;
      bool fits = flow_decimal_div(&quotient, &*whole, ArgType().scale(), &count, 0,
                                   result_.precision(), result_.scale());
      *out = Value::Decimal(quotient);
      return fits;
    }
    if (result_.is(TypeKind::kDuration)) {
      __int128 rest = *whole % n;
      __int128 quotient = *whole / n;
      if ((rest < 0 ? -rest : rest) * 2 >= n)
        quotient += *whole < 0 ? -1 : 1;  // half away from zero
      return *out = Value::Of(static_cast<int64_t>(quotient)), true;
    }
    *out = Value::Real(RoundedQuotient(sum, Big::Of(1), 0) / static_cast<double>(n));
    return true;
  }

  // (n * sum of squares - square of the sum) / (n * (n - 1)), exact until the end.
  Value Variance(bool root) {
    auto n = static_cast<int64_t>(samples_.size());
    if (n < 2) return Value::None();
    Big sum;
    Big squares;
    for (const Sample& sample : samples_) {
      double x = AsDouble(ArgType(), First(sample));
      if (!std::isfinite(x)) return Value::Real(__builtin_nan(""));
      Big exact = Big::OfDouble(x);
      sum = Add(sum, exact);
      squares = Add(squares, Multiply(exact, exact));
    }
    Big top = Subtract(Multiply(Big::Of(n), squares), Multiply(sum, sum));
    double variance = RoundedQuotient(top, Multiply(Big::Of(n), Big::Of(n - 1)), -2148);
    return Value::Real(root ? std::sqrt(variance) : variance);
  }

  bool Quantile(double q, Value* out) {
    if (!(q >= 0 && q <= 1)) return false;
    std::vector<double> values;
    for (const Sample& sample : samples_) values.push_back(AsDouble(ArgType(), First(sample)));
    std::sort(values.begin(), values.end(), Less);
    double rank = static_cast<double>(values.size() - 1) * q;
    auto below = static_cast<size_t>(rank);
    double part = rank - static_cast<double>(below);
    double value = values[below];
    if (part != 0 && values[below + 1] != value) value += (values[below + 1] - value) * part;
    // Of two equal zeros neither stands first: the result is the plain one (semantics.md 6).
    if (!result_.is(TypeKind::kDuration)) return *out = Value::Real(value + 0.0), true;
    bool beyond = value >= 0x1p63;
    *out = Value::Of(beyond ? INT64_MAX : static_cast<int64_t>(value + (value < 0 ? -0.5 : 0.5)));
    return true;
  }

  const ir::AggregateCall& call_;
  const std::vector<Type>& types_;
  const std::vector<Sample>& samples_;
  const std::vector<Value>& consts_;
  Type result_;
};

}  // namespace

bool ComputeAggregate(const ir::AggregateCall& call, const std::vector<Type>& arg_types,
                      const std::vector<Sample>& samples, const std::vector<Value>& consts,
                      Value* out) {
  return Computation(call, arg_types, samples, consts).Run(out);
}

}  // namespace flow::interp
