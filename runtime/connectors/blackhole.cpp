// blackhole: takes rows and forgets them; for measuring.

#include "runtime/connectors/connectors.h"

namespace flow::runtime {
namespace {

class BlackholeSink final : public Sink {
 public:
  Status Write(std::string_view) override { return Status::Ok(); }
};

Status OpenSink(const SinkRequest&, std::unique_ptr<Sink>* sink) {
  *sink = std::make_unique<BlackholeSink>();
  return Status::Ok();
}

}  // namespace

constexpr ConnectorDef kBlackholeDef = {
    .name = "blackhole",
    .summary = "Takes rows and forgets them.",
    .is_sink = true,
    .arguments = {},
    .needs_format = false,
    .takes_updates = true,
};
constexpr Connector kBlackhole = {&kBlackholeDef, nullptr, OpenSink};

}  // namespace flow::runtime
