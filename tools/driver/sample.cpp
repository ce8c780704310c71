#include "tools/driver/sample.h"

#include "base/text.h"
#include "runtime/env.h"
#include "runtime/formats/sample.h"

namespace flow {

frontend::SampleResult SampleForFrontend(const frontend::SampleRequest& request) {
  runtime::SampleFormat format;
  format.name = request.format;
  for (const auto& [name, value] : request.format_args) format.args.emplace(name, value);
  frontend::SampleResult result;
  if (request.path.empty()) {
    result.type = runtime::SampleStandardInput(format, &result.error);
    return result;
  }
  std::vector<std::string> paths = {request.path};
  if (request.path.find_first_of("*?[") != std::string::npos) {
    paths.clear();
    if (runtime::MakeRealEnv()->Glob(request.path, &paths) < 0 || paths.empty()) {
      result.error = "no file fits the pattern";
      return result;
    }
  }
  result.type = runtime::SampleFiles(paths, format, &result.error);
  return result;
}

}  // namespace flow
