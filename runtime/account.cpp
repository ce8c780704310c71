#include "runtime/account.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/diag_code.h"
#include "base/text.h"

namespace flow::runtime {
namespace {

std::string Rows(int64_t count) { return Cat(count, count == 1 ? " row" : " rows"); }

std::string All(int64_t count) { return count == 1 ? "the one row" : Cat("all ", count, " rows"); }

// "[2024-05-01T10:00:00Z, 10:01:00Z)": the day once.
std::string WindowText(int64_t start, int64_t end) {
  std::string last = TimestampText(end);
  if (start == INT64_MIN) return Cat("the window that ends at ", last);
  std::string first = TimestampText(start);
  size_t day = first.find('T');
  bool same_day = day != std::string::npos && first.substr(0, day) == last.substr(0, day);
  return Cat("window [", first, ", ", same_day ? last.substr(day + 1) : last, ")");
}

// Silence in whole seconds, once it is longer than one.
std::string SilenceText(int64_t nanoseconds) {
  constexpr int64_t kSecond = 1'000'000'000;
  constexpr int64_t kMillisecond = 1'000'000;
  int64_t unit = nanoseconds >= kSecond ? kSecond : kMillisecond;
  return DurationText(nanoseconds / unit * unit);
}

std::string Fixed(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

using Cells = std::vector<std::string>;

// Lines of cells under one another; `numbers`: columns that end together.
std::string Aligned(std::vector<Cells>& lines, const std::set<size_t>& numbers) {
  std::vector<size_t> width(lines.front().size());
  for (Cells& line : lines) {
    line.resize(width.size());
    for (size_t c = 0; c < width.size(); ++c) width[c] = std::max(width[c], line[c].size());
  }
  std::string out;
  for (const Cells& line : lines) {
    for (size_t c = 0; c < width.size(); ++c) {
      std::string space(width[c] - line[c].size(), ' ');
      Append(out, numbers.count(c) != 0 ? Cat("  ", space, line[c]) : Cat("  ", line[c], space));
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  }
  return out;
}

std::string StageText(const StagePlan& stage) {
  return Cat("`", stage.name, "` on line ", stage.script_line);
}

class Explainer {
 public:
  Explainer(const Plan& plan, const Account& account) : plan_(plan), account_(account) {}

  std::string Table() const {
    std::vector<Cells> lines = {{"line", "stage", "in", "out", "on the way"}};
    for (size_t i = 0; i < plan_.stages.size(); ++i) {
      const StagePlan& stage = plan_.stages[i];
      if (stage.script_line == 0) continue;
      const StageAccount& counted = account_.stages[i];
      lines.push_back({Cat(stage.script_line), stage.name, Count(counted.rows_in),
                       Count(counted.rows_out), OnTheWay(i)});
    }
    return Aligned(lines, {0, 2, 3});
  }

  // The stages with their share of the samples; halves that the compiler made count where they
  // come from.
  std::string Times() const {
    const ProfileCounts& counts = *account_.profile;
    double total = std::max<double>(1, static_cast<double>(counts.total()));
    auto share = [&](int64_t samples) {
      return Cat(Fixed(100 * static_cast<double>(samples) / total, 1), " %");
    };
    std::vector<Cells> lines = {{"time", "line", "stage", "in", "out", "bytes", "kept at most"}};
    for (size_t i = 0; i < plan_.stages.size(); ++i) {
      const StagePlan& stage = plan_.stages[i];
      if (stage.script_line == 0) continue;
      const StageAccount& counted = account_.stages[i];
      lines.push_back({share(counts.stages[i] + SamplesOfHalves(i)), Cat(stage.script_line),
                       stage.name, Count(counted.rows_in), Count(counted.rows_out),
                       Count(counted.bytes), counted.kept_most > 0 ? Cat(counted.kept_most) : ""});
    }
    lines.push_back({share(counts.reading), "", "reading input"});
    lines.push_back({share(counts.writing), "", "writing output"});
    if (counts.compiling > 0) {
      lines.push_back({share(counts.compiling), "", "compiling better code"});
    }
    lines.push_back({share(counts.rest), "", "between stages"});
    return Aligned(lines, {0, 1, 3, 4, 5, 6});
  }

  std::string Watermarks() const {
    std::string out;
    for (size_t s = 0; s < plan_.sources.size(); ++s) {
      const SourceAccount& source = account_.sources[s];
      if (!source.has_time) continue;
      Append(out, Cat("  ", WatermarkText(static_cast<int>(s)), "\n"));
    }
    return out;
  }

  // Why sinks have got nothing, then what windows wait for, each once.
  std::vector<std::string> Findings() const {
    std::vector<std::string> out;
    auto add = [&](std::string text) {
      if (!text.empty() && std::find(out.begin(), out.end(), text) == out.end()) {
        out.push_back(std::move(text));
      }
    };
    for (size_t i = 0; i < plan_.stages.size(); ++i) {
      const StagePlan& stage = plan_.stages[i];
      if (stage.sink < 0 || account_.stages[i].rows_out != 0) continue;
      const std::string& name = plan_.sinks[static_cast<size_t>(stage.sink)].name;
      add(Cat("nothing came into `", name, "`: ", Why(stage.inputs.at(0))));
    }
    // What is said of a sink already need not be said again.
    for (size_t i = 0; i < plan_.stages.size(); ++i) {
      std::string holding = Holding(static_cast<int>(i));
      bool said = std::any_of(out.begin(), out.end(), [&](const std::string& text) {
        return text.find(holding) != std::string::npos;
      });
      if (!said) add(std::move(holding));
    }
    return out;
  }

  // Of a sink: why it has got nothing, or what still stands before it.
  std::string WhyNothing(int sink) const {
    for (size_t i = 0; i < plan_.stages.size(); ++i) {
      if (plan_.stages[i].sink != sink) continue;
      int input = plan_.stages[i].inputs.at(0);
      return account_.stages[i].rows_out == 0 ? Why(input) : HoldingAbove(input);
    }
    return {};
  }

  // A silent source without `idle` that keeps a window waiting; empty when stage `i` waits for
  // none.
  std::string Stall(int i, int64_t least_silence, int* culprit) const {
    const StageAccount& stage = account_.stages[Index(i)];
    const Backlog& backlog = stage.backlog;
    if (backlog.count == 0 || backlog.watermark == INT64_MAX) return {};
    int holder = Holder(i);
    if (holder < 0) return {};
    const PartitionAccount& partition = account_.partitions[Index(holder)];
    const SourceAccount& source = account_.sources[Index(partition.source)];
    bool silent = !partition.bounded && partition.silent_nanoseconds >= least_silence;
    if (!silent || source.has_idle) return {};
    *culprit = partition.source;
    const SourcePlan& plan = plan_.sources[Index(partition.source)];
    return Cat("warning[", CodeOf(Diag::StalledWindow),
               "]: ", WindowText(backlog.since, backlog.watermark), " of ",
               StageText(plan_.stages[Index(i)]), " has waited ",
               SilenceText(partition.silent_nanoseconds), ": `", plan.name,
               "` is silent and has no `idle`\n", "   = watermark: ", TimeText(stage.watermark),
               ", held by ", PartitionText(holder), "\n   = fix: `idle 30s` in source `", plan.name,
               "` lets the watermark go on with the clock\n");
  }

 private:
  static size_t Index(int i) { return static_cast<size_t>(i); }
  static std::string Count(int64_t count) { return count == kNotCounted ? "" : Cat(count); }
  static std::string TimeText(int64_t time) {
    return time == INT64_MIN   ? "not known yet"
           : time == INT64_MAX ? "at the end"
                               : TimestampText(time);
  }

  // Of the first half of an aggregate, which stands before its second one.
  int64_t SamplesOfHalves(size_t i) const {
    int64_t samples = 0;
    for (int input : plan_.stages[i].inputs) {
      if (plan_.stages[Index(input)].script_line != 0) continue;
      samples += account_.profile->stages[Index(input)] + SamplesOfHalves(Index(input));
    }
    return samples;
  }

  std::string OnTheWay(size_t i) const {
    const StageAccount& stage = account_.stages[i];
    std::string out;
    auto add = [&](int64_t count, std::string_view what) {
      if (count > 0) Append(out, Cat(out.empty() ? "" : ", ", count, " ", what));
    };
    add(stage.removed, "removed");
    add(stage.rejected, "rejected");
    add(stage.late, "late");
    bool groups = stage.backlog.groups;
    add(stage.backlog.count, stage.backlog.count == 1 ? (groups ? "group waits" : "row waits")
                                                      : (groups ? "groups wait" : "rows wait"));
    return out;
  }

  std::string WatermarkText(int s) const {
    const SourceAccount& source = account_.sources[Index(s)];
    const std::string& name = plan_.sources[Index(s)].name;
    if (source.watermark == INT64_MAX)
      return Cat("watermark of `", name, "`: at the end, all read");
    std::string out = Cat("watermark of `", name, "`: ", TimeText(source.watermark));
    int holder = HolderOf({s});
    if (holder >= 0) Append(out, Cat(", held by ", PartitionText(holder)));
    return out;
  }

  // "`a.ndjson`: newest row 2024-05-01T10:01:00Z, watermark 5s, silent for 60s".
  std::string PartitionText(int index) const {
    const PartitionAccount& partition = account_.partitions[Index(index)];
    const SourceAccount& source = account_.sources[Index(partition.source)];
    std::string out = Cat("`", partition.name, "`");
    if (partition.newest == INT64_MIN) return Cat(out, ", which has given no row with a time yet");
    Append(out, Cat(": newest row ", TimestampText(partition.newest), ", `watermark ",
                    DurationText(source.delay), "`"));
    if (partition.silent_nanoseconds >= 1'000'000'000) {
      Append(out, Cat(", silent for ", SilenceText(partition.silent_nanoseconds)));
    }
    return out;
  }

  // The sources whose rows come to stage `i`.
  void SourcesOf(int i, std::set<int>* sources, std::set<int>* seen) const {
    if (!seen->insert(i).second) return;
    const StagePlan& stage = plan_.stages[Index(i)];
    if (stage.source >= 0) sources->insert(stage.source);
    for (int input : stage.inputs) SourcesOf(input, sources, seen);
    if (stage.late_of >= 0) SourcesOf(stage.late_of, sources, seen);
  }

  // The partition with the least watermark among those that count; -1: none does.
  int HolderOf(const std::set<int>& sources) const {
    int holder = -1;
    for (size_t p = 0; p < account_.partitions.size(); ++p) {
      const PartitionAccount& partition = account_.partitions[p];
      if (sources.count(partition.source) == 0 || partition.ended || partition.idle) continue;
      if (holder >= 0 && account_.partitions[Index(holder)].watermark <= partition.watermark) {
        continue;
      }
      holder = static_cast<int>(p);
    }
    return holder;
  }
  int Holder(int i) const {
    std::set<int> sources;
    std::set<int> seen;
    SourcesOf(i, &sources, &seen);
    return HolderOf(sources);
  }

  // What a stage that keeps rows waits for, in lines; empty when it keeps none.
  std::string Holding(int i) const {
    const StageAccount& stage = account_.stages[Index(i)];
    const Backlog& backlog = stage.backlog;
    if (backlog.count == 0) return {};
    std::string held = backlog.groups
                           ? Cat(backlog.count, backlog.count == 1 ? " group" : " groups")
                           : Rows(backlog.count);
    std::string out = Cat(StageText(plan_.stages[Index(i)]), " keeps ", held);
    if (backlog.watermark == INT64_MAX) return Cat(out, " until the input ends");
    Append(out, Cat("\n", WindowText(backlog.since, backlog.watermark),
                    " is sent when the watermark gets there; it is ", TimeText(stage.watermark)));
    int holder = Holder(i);
    if (holder >= 0) Append(out, Cat("\nheld by ", PartitionText(holder)));
    return out;
  }

  std::string HoldingAbove(int i) const {
    std::string out = Holding(i);
    for (int input : plan_.stages[Index(i)].inputs) {
      if (out.empty()) out = HoldingAbove(input);
    }
    return out;
  }

  // Why no row leaves stage `i`.
  std::string Why(int i) const {
    const StagePlan& plan = plan_.stages[Index(i)];
    const StageAccount& stage = account_.stages[Index(i)];
    if (plan.source >= 0) return WhySource(plan, stage);
    if (plan.handler >= 0) return "no row was rejected there";
    if (plan.late_of >= 0) return "no row came too late";
    if (stage.rows_in > 0 && stage.rows_out == 0) return WhyStage(i, plan, stage);
    std::string out;
    for (int input : plan.inputs) {
      std::string why = Why(input);
      if (out.find(why) == std::string::npos) Append(out, Cat(out.empty() ? "" : "; ", why));
    }
    return out;
  }

  std::string WhySource(const StagePlan& plan, const StageAccount& stage) const {
    const std::string& name = plan_.sources[Index(plan.source)].name;
    int64_t read = stage.rows_out + stage.rejected;
    if (read > 0 && stage.rows_out == 0) {
      return Cat(All(read), " of `", name, "` could not be read and ", read == 1 ? "was" : "were",
                 " rejected");
    }
    bool ended = true;
    for (const PartitionAccount& partition : account_.partitions) {
      ended = ended && (partition.source != plan.source || partition.ended);
    }
    return ended ? Cat("`", name, "` has no rows") : Cat("no row has come from `", name, "` yet");
  }

  std::string WhyStage(int i, const StagePlan& plan, const StageAccount& stage) const {
    std::string where = StageText(plan);
    const char* were = stage.rows_in == 1 ? " was" : " were";
    if (stage.removed == stage.rows_in) {
      return Cat(where, " removed ", All(stage.rows_in), " that came to it");
    }
    if (stage.rejected == stage.rows_in) {
      return Cat(All(stage.rows_in), were, " rejected by ", where);
    }
    if (stage.late == stage.rows_in) {
      return Cat(All(stage.rows_in), were, " too late for ", where);
    }
    if (std::string holding = Holding(i); !holding.empty()) return holding;
    std::string out = Cat("of ", Rows(stage.rows_in), " that came to ", where, " none left it");
    std::string way = OnTheWay(Index(i));
    return way.empty() ? out : Cat(out, " (", way, ")");
  }

  const Plan& plan_;
  const Account& account_;
};

}  // namespace

std::string AccountText(const Plan& plan, const Account& account) {
  Explainer explainer(plan, account);
  std::string out = Cat(plan.script_name, ", after ", SilenceText(account.nanoseconds),
                        account.ended ? ", all input read" : ", input not at its end", "\n");
  Append(out, explainer.Table());
  if (!account.ended) Append(out, explainer.Watermarks());
  for (std::string finding : explainer.Findings()) {
    for (size_t at = 0; (at = finding.find('\n', at)) != std::string::npos; at += 5) {
      finding.insert(at + 1, "    ");
    }
    Append(out, Cat("  * ", finding, "\n"));
  }
  return out;
}

std::string ProfileText(const Plan& plan, const Account& account) {
  int64_t samples = account.profile->total();
  std::string out = Cat(plan.script_name, ", ", samples, samples == 1 ? " sample" : " samples",
                        " of CPU time in ", SilenceText(account.nanoseconds), "\n");
  Append(out, Explainer(plan, account).Times());
  if (samples < 100) Append(out, "  few samples: shares are rough, give it more input\n");
  return out;
}

std::string WhyNothing(const Plan& plan, const Account& account, int sink) {
  return Explainer(plan, account).WhyNothing(sink);
}

std::string StallText(const Plan& plan, const Account& account, int64_t silent_nanoseconds,
                      std::vector<bool>* told) {
  Explainer explainer(plan, account);
  std::string out;
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    int culprit = -1;
    std::string stall = explainer.Stall(static_cast<int>(i), silent_nanoseconds, &culprit);
    if (stall.empty() || (*told)[static_cast<size_t>(culprit)]) continue;
    (*told)[static_cast<size_t>(culprit)] = true;
    out += stall;
  }
  return out;
}

}  // namespace flow::runtime
