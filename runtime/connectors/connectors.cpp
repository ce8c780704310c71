#include "runtime/connectors/connectors.h"

#include <algorithm>

namespace flow::runtime {
namespace {

constexpr const Connector* kConnectors[] = {&kBlackhole, &kFile, &kNexmark, &kStdin, &kStdout};
constexpr const ConnectorDef* kDefs[] = {&kBlackholeDef, &kFileDef, &kNexmarkDef, &kStdinDef,
                                         &kStdoutDef};

}  // namespace

std::span<const ConnectorDef* const> ConnectorDefs() { return kDefs; }

const Connector* FindConnector(std::string_view name) {
  auto found = std::find_if(std::begin(kConnectors), std::end(kConnectors),
                            [name](const Connector* c) { return name == c->def->name; });
  return found == std::end(kConnectors) ? nullptr : *found;
}

}  // namespace flow::runtime
