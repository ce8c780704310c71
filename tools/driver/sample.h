#pragma once

#include "frontend/frontend.h"

namespace flow {

// The schema of the file (or standard input) that the front end asks for, sampled from its first
// records.
frontend::SampleResult SampleForFrontend(const frontend::SampleRequest& request);

}  // namespace flow
