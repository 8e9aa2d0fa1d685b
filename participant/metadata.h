// Where the guard meets gRPC: metadata in, status out. Functions of their arguments only.
#ifndef SKALD_PARTICIPANT_METADATA_H_
#define SKALD_PARTICIPANT_METADATA_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "participant/answer.h"
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

// Answers a call that has begun and will finish later, in a method without a guard:
//
//   return AnswerPending(*context, {.poll_after = absl::Seconds(30)});
//
// Adds headers to `context`, and returns the OK that they qualify.
grpc::Status AnswerPending(grpc::ServerContextBase& context, Pending pending);

// Puts the serialized reply into `response`, which is cleared where there is none. INTERNAL: the
// reply is none of this type.
Answer ParseReply(Answer answer, google::protobuf::Message* response);

// Guards one call and returns what the caller is to be told.
using RunGuarded = std::function<Answer(const GuardedCall&)>;

// Reads the call off `context` and `request`, lets `run` guard it, and puts what it returns (the
// serialized first reply) into `response`.
grpc::Status RunMessages(grpc::ServerContextBase& context, const google::protobuf::Message& request,
                         google::protobuf::Message* response, const RunGuarded& run);

}  // namespace skald::participant

#endif  // SKALD_PARTICIPANT_METADATA_H_
