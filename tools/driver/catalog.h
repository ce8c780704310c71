#pragma once

#include "base/catalog.h"

namespace flow {

// Everything scripts may use: functions and aggregates of stdlib, connectors and formats of
// runtime.
const Catalog& FlowCatalog();

}  // namespace flow
