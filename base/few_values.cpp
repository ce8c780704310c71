#include "base/few_values.h"

namespace flow {

int64_t FewValuesOf(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBool:
      return 2;
    case TypeKind::kSet:
      return static_cast<int64_t>(type.labels().size());
    case TypeKind::kOptional: {
      int64_t inner = FewValuesOf(type.inner());
      return inner == 0 ? 0 : inner + 1;
    }
    case TypeKind::kStruct: {
      int64_t all = 1;
      for (const StructField& field : type.fields()) {
        int64_t some = FewValuesOf(field.type);
        if (some == 0 || some > kFewValuesMax / all) return 0;
        all *= some;
      }
      return all;
    }
    default:
      return 0;
  }
}

}  // namespace flow
