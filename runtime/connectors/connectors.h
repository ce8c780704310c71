#pragma once
// Every connector, once: its descriptor for the language, and how it opens.

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/catalog.h"
#include "runtime/sink.h"
#include "runtime/source.h"

namespace flow::runtime {

struct Connector {
  const ConnectorDef* def;
  // Null when it is no source. Checks what it can before anything runs (a missing file).
  Status (*open_source)(const SourceRequest& request, std::vector<Partition>* partitions);
  // Null when it is no sink.
  Status (*open_sink)(const SinkRequest& request, std::unique_ptr<Sink>* sink);
};

const Connector* FindConnector(std::string_view name);

// By name; for the Catalog.
std::span<const ConnectorDef* const> ConnectorDefs();

extern const ConnectorDef kBlackholeDef;
extern const ConnectorDef kFileDef;
extern const ConnectorDef kNexmarkDef;
extern const ConnectorDef kStdinDef;
extern const ConnectorDef kStdoutDef;

extern const Connector kBlackhole;
extern const Connector kFile;
extern const Connector kNexmark;
extern const Connector kStdin;
extern const Connector kStdout;

}  // namespace flow::runtime
