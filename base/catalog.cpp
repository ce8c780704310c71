#include "base/catalog.h"

namespace flow {
namespace {

template <class Def>
const Def* FindByName(std::span<const Def* const> all, std::string_view name) {
  for (const Def* def : all) {
    if (def->name == name) return def;
  }
  return nullptr;
}

}  // namespace

const FunctionDef* Catalog::FindFunction(std::string_view name) const {
  return FindByName(functions, name);
}
const AggregateDef* Catalog::FindAggregate(std::string_view name) const {
  return FindByName(aggregates, name);
}
const ConnectorDef* Catalog::FindConnector(std::string_view name) const {
  return FindByName(connectors, name);
}
const FormatDef* Catalog::FindFormat(std::string_view name) const {
  return FindByName(formats, name);
}

const FormatDef* Catalog::FormatOfPath(std::string_view path) const {
  for (std::string_view suffix : {".gz", ".zst"}) {
    if (path.ends_with(suffix)) path.remove_suffix(suffix.size());
  }
  for (const FormatDef* def : formats) {
    for (const char* extension : def->extensions) {
      if (path.ends_with(extension)) return def;
    }
  }
  return nullptr;
}

}  // namespace flow
