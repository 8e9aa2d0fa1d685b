#include "examples/shared/faults_service.h"

#include "examples/shared/faults.grpc.pb.h"
#include "participant/metadata.h"

namespace demo {
namespace {

FaultKind KindOf(v1::SetFaultRequest::Kind kind) {
  switch (kind) {
    case v1::SetFaultRequest::REJECT: return FaultKind::kReject;
    case v1::SetFaultRequest::LOSE_REPLY: return FaultKind::kLoseReply;
    case v1::SetFaultRequest::FAIL: return FaultKind::kFail;
    case v1::SetFaultRequest::DELAY: return FaultKind::kDelay;
    default: return FaultKind::kNone;
  }
}

class FaultsService final : public v1::Faults::Service {
 public:
  explicit FaultsService(Faults& faults) : faults_(faults) {}

  grpc::Status Set(grpc::ServerContext*, const v1::SetFaultRequest* request,
                   v1::SetFaultResponse*) override {
    return skald::participant::ToGrpcStatus(
        faults_.Set(request->method(), {.kind = KindOf(request->kind()),
                                        .times = static_cast<int>(request->times()),
                                        .delay = absl::Milliseconds(request->delay_ms())}));
  }

 private:
  Faults& faults_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeFaultsService(Faults& faults) {
  return std::make_unique<FaultsService>(faults);
}

}  // namespace demo
