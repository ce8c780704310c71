#include "tools/driver/catalog.h"

#include "runtime/connectors/connectors.h"
#include "runtime/formats/formats.h"
#include "runtime/zones/time_zone.h"
#include "stdlib/stdlib.h"

namespace flow {

const Catalog& FlowCatalog() {
  static const Catalog catalog = {
      .functions = stdlib::Functions(),
      .aggregates = stdlib::Aggregates(),
      .connectors = runtime::ConnectorDefs(),
      .formats = runtime::Formats(),
      .prelude = stdlib::Prelude(),
      .has_zone = runtime::HasZone,
      .zones = runtime::ZoneNames,
  };
  return catalog;
}

}  // namespace flow
