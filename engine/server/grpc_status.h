// Our statuses as gRPC's. Pure.
#ifndef SKALD_ENGINE_SERVER_GRPC_STATUS_H_
#define SKALD_ENGINE_SERVER_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace skald::server {

// With the details of errors.h in grpc-status-details-bin.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_GRPC_STATUS_H_
