// What an error says to a program, beside its message: a stable reason, the field, when to try
// again. It travels in the status's payloads, as the google.rpc messages that clients get.
//
//   return WithField(WithReason(InvalidArgument("saga_id is too long: ..."), "INVALID_ID"),
//   "saga_id");
//
// Pure functions. No gRPC: grpc_status.h turns the result into what a service answers.
#ifndef SKALD_ENGINE_SERVER_ERRORS_H_
#define SKALD_ENGINE_SERVER_ERRORS_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/rpc/error_details.pb.h"

namespace skald::server {

// `reason`: UPPER_SNAKE, never changed once released; docs/OPERATIONS.md lists them.
absl::Status WithReason(absl::Status status, std::string_view reason,
                        const std::map<std::string, std::string>& metadata = {});

// Adds a BadRequest with the status's own message as the field's description.
absl::Status WithField(absl::Status status, std::string_view field);

// INVALID_ARGUMENT "<field>: <what>", with both.
absl::Status BadField(std::string_view field, std::string_view reason, const std::string& what);

// The wire form: message cut to 2 KiB of clean text; ErrorInfo always (the code's own reason where
// none was given, domain "skald"), BadRequest where there is one, RetryInfo for what waiting helps.
google::rpc::Status ToRpcStatus(const absl::Status& status);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_ERRORS_H_
