#include "interp/constants.h"

#include "base/text.h"

namespace flow::interp {

std::vector<BoundedConstant> BoundedConstants(const ir::Op& op) {
  if (const auto* window = std::get_if<ir::Window>(&op)) {
    std::vector<BoundedConstant> out = {{1, window->size, "size of `window`"}};
    if (window->step.valid()) {
      out.push_back({1, window->step, "step of `window`"});
      out[0].step = window->step;
    }
    return out;
  }
  if (const auto* window = std::get_if<ir::WindowSession>(&op)) {
    std::vector<BoundedConstant> out = {{1, window->gap, "gap of `window session`"}};
    if (window->max.valid()) out.push_back({1, window->max, "`max` of `window session`"});
    return out;
  }
  if (const auto* window = std::get_if<ir::WindowRows>(&op)) {
    std::vector<BoundedConstant> out = {{1, window->count, "size of `window rows`"}};
    if (window->every.valid()) {
      out.push_back({1, window->every, "step of `window rows`"});
      out[0].step = window->every;
    }
    return out;
  }
  if (const auto* top = std::get_if<ir::Top>(&op)) {
    return {{0, top->count, "number of rows of `top`"}};
  }
  if (const auto* limit = std::get_if<ir::Limit>(&op)) {
    return {{0, limit->count, "number of rows of `limit`"}};
  }
  if (const auto* peek = std::get_if<ir::Peek>(&op)) {
    return {{0, peek->count, "number of rows of `peek`"}};
  }
  const auto* dedup = std::get_if<ir::Dedup>(&op);
  if (dedup != nullptr && dedup->within.valid()) {
    return {{1, dedup->within, "`within` of `dedup`"}};
  }
  std::vector<BoundedConstant> out;
  const auto* source = std::get_if<ir::Source>(&op);
  if (source == nullptr) return out;
  const std::string of = Cat(" of source `", source->name, "`");
  for (const ir::NamedArg& arg : source->endpoint.format_args) {
    if (arg.name == "max_line") out.push_back({1, arg.fn, arg.name + of});
  }
  if (!source->time) return out;
  out.push_back({0, source->time->delay, "watermark" + of});
  if (source->time->jump.valid()) out.push_back({1, source->time->jump, "jump" + of});
  if (source->time->idle.valid()) out.push_back({1, source->time->idle, "idle" + of});
  return out;
}

}  // namespace flow::interp
