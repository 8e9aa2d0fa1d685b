#include "engine/server/errors.h"

#include <optional>

#include "absl/strings/cord.h"
#include "base/status.h"
#include "base/text.h"

namespace skald::server {
namespace {

constexpr char kErrorInfo[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kBadRequest[] = "type.googleapis.com/google.rpc.BadRequest";
constexpr char kRetryInfo[] = "type.googleapis.com/google.rpc.RetryInfo";
constexpr size_t kMostMessage = 2048;
constexpr int64_t kRetrySeconds = 1;

std::string_view DefaultReason(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument: return "INVALID_REQUEST";
    case absl::StatusCode::kNotFound: return "NOT_FOUND";
    case absl::StatusCode::kAlreadyExists: return "ALREADY_EXISTS";
    case absl::StatusCode::kFailedPrecondition: return "WRONG_STATE";
    case absl::StatusCode::kAborted: return "ABORTED";
    case absl::StatusCode::kResourceExhausted: return "TOO_MUCH_UNDER_WAY";
    case absl::StatusCode::kUnavailable: return "STORE_UNAVAILABLE";
    case absl::StatusCode::kDataLoss: return "STORED_DATA_DAMAGED";
    case absl::StatusCode::kCancelled: return "CANCELLED";
    case absl::StatusCode::kDeadlineExceeded: return "DEADLINE_EXCEEDED";
    default: return "INTERNAL";
  }
}

template <typename Message>
std::optional<Message> Payload(const absl::Status& status, const char* type) {
  const auto payload = status.GetPayload(type);
  Message message;
  if (!payload.has_value() || !message.ParseFromString(std::string(*payload))) return std::nullopt;
  return message;
}

void AddDetail(const std::string& type, const std::string& value, google::rpc::Status& status) {
  google::protobuf::Any& detail = *status.add_details();
  detail.set_type_url(type);
  detail.set_value(value);
}

}  // namespace

absl::Status WithReason(absl::Status status, std::string_view reason,
                        const std::map<std::string, std::string>& metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain("skald");
  for (const auto& [key, value] : metadata)
    (*info.mutable_metadata())[key] = CleanText(value, kMostMessage);
  status.SetPayload(kErrorInfo, absl::Cord(info.SerializeAsString()));
  return status;
}

absl::Status WithField(absl::Status status, std::string_view field) {
  google::rpc::BadRequest request;
  auto& violation = *request.add_field_violations();
  violation.set_field(std::string(field));
  violation.set_description(CleanText(Message(status), kMostMessage));
  status.SetPayload(kBadRequest, absl::Cord(request.SerializeAsString()));
  return status;
}

absl::Status BadField(std::string_view field, std::string_view reason, const std::string& what) {
  return WithField(WithReason(InvalidArgument("{}: {}", field, what), reason), field);
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status result;
  result.set_code(static_cast<int>(status.code()));
  if (status.ok()) return result;
  result.set_message(CleanText(Message(status), kMostMessage));
  auto info = Payload<google::rpc::ErrorInfo>(status, kErrorInfo);
  if (!info.has_value()) {
    info.emplace().set_reason(std::string(DefaultReason(status.code())));
    info->set_domain("skald");
  }
  AddDetail(kErrorInfo, info->SerializeAsString(), result);
  if (const auto request = Payload<google::rpc::BadRequest>(status, kBadRequest)) {
    AddDetail(kBadRequest, request->SerializeAsString(), result);
  }
  if (absl::IsResourceExhausted(status) || absl::IsUnavailable(status) || absl::IsAborted(status)) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(kRetrySeconds);
    AddDetail(kRetryInfo, retry.SerializeAsString(), result);
  }
  return result;
}

}  // namespace skald::server
