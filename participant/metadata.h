// Where the guard meets gRPC: metadata in, status out. Functions of their arguments only.
#ifndef SKALD_PARTICIPANT_METADATA_H_
#define SKALD_PARTICIPANT_METADATA_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "participant/call_info.h"
#include "participant/guard.h"

namespace grpc {
class ServerContextBase;
}

namespace skald::participant {

// INVALID_ARGUMENT: there is no idempotency-key, a number is none, or a call says that it
// compensates itself. Without a key no guard can tell a repeat from a new call, so it refuses.
absl::StatusOr<CallInfo> ReadCallInfo(const grpc::ServerContextBase& context);

grpc::Status ToGrpcStatus(const absl::Status& status);

// SHA-256 over the message's type and its deterministic serialization.
std::string RequestDigest(const google::protobuf::Message& request);

// Guards one call and returns the serialized reply, or the status that the caller is to be told.
using RunGuarded = std::function<absl::StatusOr<std::string>(const GuardedCall&)>;

// Reads the call off `context` and `request`, lets `run` guard it, and puts what it returns (the
// serialized first reply) into `response`.
grpc::Status RunMessages(const grpc::ServerContextBase& context,
                         const google::protobuf::Message& request,
                         google::protobuf::Message* response, const RunGuarded& run);

}  // namespace skald::participant

#endif  // SKALD_PARTICIPANT_METADATA_H_
