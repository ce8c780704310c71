#pragma once
// FlowType descriptors (runtime/abi.h) of language types, for the interpreter, the runtime and
// tests; generated code carries its own as constants.

#include <memory>
#include <string>
#include <vector>

#include "base/type.h"
#include "runtime/abi.h"

namespace flow::runtime {

// Descriptors and all they point to; they stay where they are while the object lives.
class TypeDescriptors {
 public:
  TypeDescriptors();
  ~TypeDescriptors();
  TypeDescriptors(const TypeDescriptors&) = delete;
  TypeDescriptors& operator=(const TypeDescriptors&) = delete;

  const FlowType* Get(const Type& type);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// The type as the language writes it: `decimal(12, 2)?`.
std::string TypeText(const FlowType& type);

}  // namespace flow::runtime
