#pragma once
// What runs, for people: the stages of an optimised module and what each means for who runs it.
// One model; text, JSON, DOT and SVG are written from it.

#include <string>
#include <vector>

#include "base/catalog.h"
#include "ir/module.h"

namespace flow::plan {

// What bounds a piece of state.
enum class Bound : uint8_t {
  kFixed,    // by numbers in the script
  kTime,     // by a time and how many rows come in it
  kKeys,     // by how many different keys there are; the input ends
  kInput,    // by the input, which ends
  kEndless,  // by how many different keys there are, on input that does not end
  kForever,  // by nothing, as the script says
};
const char* NameOf(Bound bound);

// Something that a stage remembers.
struct State {
  Bound bound = Bound::kFixed;
  std::string text;  // "one group per `user` of one window of 5m, plus 10s of lateness"
  // What is kept: "group", "row", "left row"; its bytes, and what comes on top of them.
  std::string unit;
  int64_t bytes = 0;
  std::vector<std::string> more;  // "its text", "all values of `xs`"
};

struct Input {
  size_t node = 0;
  std::string role;  // of a stage with several: "left", "right"; "rejected", "late"
};

struct Node {
  uint32_t op = 0;  // number in the IR
  std::string verb;
  std::string name;  // of a source, sink or stream of rejected rows
  // What it does: "count() as n", "by user". Texts of their own, so that boxes can break between.
  std::vector<std::string> what;
  std::vector<Input> inputs;
  bool source = false;
  bool sink = false;
  Type row;
  bool updating = false;
  std::vector<std::string> key;  // what a row of an updating stream replaces, where it is known
  bool event_time = false;
  bool window_time = false;  // event time is window_end - 1ns
  bool ordered = false;
  bool bounded = true;
  std::vector<State> state;
  // Why its result depends on the clock: its own reasons, and the nodes whose reasons reach it.
  std::vector<std::string> clock;
  std::vector<uint32_t> clock_from;
  bool depends_on_clock() const { return !clock.empty() || !clock_from.empty(); }
  std::vector<std::string> patterns;  // how constant patterns are searched for
  uint32_t fragment = ir::kNoFragment;
  uint32_t line = 0;
};

struct Graph {
  std::string script;       // the name of its file
  std::vector<Node> nodes;  // in program order: inputs stand above
};

// Both halves of an aggregate are one node, the meeting of workers is none.
Graph MakeGraph(const ir::Module& module, const Catalog& catalog);

// The renderers. Each ends in a line break.
std::string Text(const Graph& graph);
std::string Json(const Graph& graph);
std::string Dot(const Graph& graph);
std::string Svg(const Graph& graph);

// "48 bytes a group; on top its key's text".
std::string SizeText(const State& state);
// "append, event time, ordered, unbounded".
std::string ModeText(const Node& node);

}  // namespace flow::plan
