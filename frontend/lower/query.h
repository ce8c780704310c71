#pragma once
// Typed nodes to dataflow ops: one op per node, one overload per kind of node.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/source.h"
#include "frontend/sema/typed_program.h"
#include "ir/module.h"

namespace flow::frontend {

// The parameters of the program as those of an empty module.
void LowerParams(const TypedProgram& program, const Sources& sources, ir::Module& module);

class QueryLowerer {
 public:
  QueryLowerer(const TypedProgram& program, const Sources& sources, ir::Module& module,
               bool for_tests)
      : program_(program), sources_(sources), module_(module), for_tests_(for_tests) {}

  void Run();

 private:
  std::vector<bool> FindLive() const;
  void Add(NodeId id);

  ir::Op Lower(const node::Source& source);
  ir::Op Lower(const node::Rejects& rejects);
  ir::Op Lower(const node::Filter& filter);
  ir::Op Lower(const node::Map& map);
  ir::Op Lower(const node::Assert& assert);
  ir::Op Lower(const node::Unnest& unnest);
  ir::Op Lower(const node::Window& window);
  ir::Op Lower(const node::WindowSession& window);
  ir::Op Lower(const node::WindowRows& window);
  ir::Op Lower(const node::Late& late);
  ir::Op Lower(const node::Join& join);
  ir::Op Lower(const node::AsofJoin& join);
  ir::Op Lower(const node::Lookup& lookup);
  ir::Op Lower(const node::Dedup& dedup);
  ir::Op Lower(const node::Over& over);
  ir::Op Lower(const node::Match& match);
  ir::Op Lower(const node::Aggregate& aggregate);
  ir::Op Lower(const node::Top& top);
  ir::Op Lower(const node::Order& order);
  ir::Op Lower(const node::Limit& limit);
  ir::Op Lower(const node::Union& many);
  ir::Op Lower(const node::Peek& peek);
  ir::Op Lower(const node::Sink& sink);

  ir::ValueId ValueOf(NodeId id) const { return values_.at(id.index); }
  std::vector<Type> RowOf(NodeId input) const { return {program_.nodes[input].stream.row}; }
  ir::HandlerId HandlerOf(TypedHandlerId id) const { return ir::HandlerId{id.index}; }

  // A function over the row of `input`, named after the stage: `@where_3`, with `part` `@top_5_by`.
  ir::FnId RowFunction(const TypedExpr& body, NodeId input, std::string_view part = {});
  ir::FnId StructFunction(const std::vector<NamedValue>& values, NodeId input,
                          std::string_view part = {}, bool second = false);
  // The same for values without names, which become k0, k1, ..
  ir::FnId KeyFunction(const std::vector<TypedExprPtr>& keys, NodeId input, std::string_view part,
                       bool second = false);
  // A function over the rows of both inputs of a join; invalid for null.
  ir::FnId BothFunction(const TypedExprPtr& body, NodeId left, NodeId right);
  ir::Emit LowerEmit(const node::Emit& emit);
  // A function without arguments; invalid for null.
  ir::FnId Value(const TypedExprPtr& value, std::string_view part);
  ir::Endpoint LowerEndpoint(const TypedEndpoint& endpoint);
  std::string FunctionName(std::string_view part);

  const TypedProgram& program_;
  const Sources& sources_;
  ir::Module& module_;
  bool for_tests_;
  std::set<uint32_t> tested_;        // nodes that tests send to or look at
  std::vector<ir::ValueId> values_;  // of each node
  const TypedNode* node_ = nullptr;  // being lowered
  NodeId node_id_;
  std::map<std::string, int> names_;  // functions so far, to keep names apart
};

}  // namespace flow::frontend
