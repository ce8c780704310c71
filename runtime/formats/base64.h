#pragma once
// Bytes in text formats: base64 of RFC 4648, padded.

#include "runtime/abi.h"

namespace flow::runtime {

bool DecodeBase64(FlowArena* arena, const FlowString& text, FlowString* out);
void AppendBase64(FlowBuffer* buffer, const FlowString& bytes);

}  // namespace flow::runtime
