#include "participant/metadata.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <grpcpp/server_context.h>

#include <charconv>
#include <map>
#include <utility>

#include "base/hash.h"
#include "base/status.h"

namespace skald::participant {
namespace {

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

std::string Value(const Metadata& metadata, const char* key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return {};
  return {found->second.data(), found->second.size()};
}

template <typename Number>
absl::Status ReadNumber(const Metadata& metadata, const char* key, Number& number) {
  const std::string text = Value(metadata, key);
  if (text.empty()) return absl::OkStatus();
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || number < 0) {
    return InvalidArgument("metadata '{}' is not a number of at least 0", key);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CallInfo> ReadCallInfo(const grpc::ServerContextBase& context) {
  const Metadata& metadata = context.client_metadata();
  if (metadata.count("idempotency-key") > 1 || metadata.count("skald-compensates") > 1) {
    return InvalidArgument(
        "the call has several 'idempotency-key' or 'skald-compensates' in its metadata: send one");
  }
  CallInfo info;
  info.idempotency_key = Value(metadata, "idempotency-key");
  if (info.idempotency_key.empty()) {
    return InvalidArgument(
        "the call has no 'idempotency-key' in its metadata: a guarded method needs one, equal over "
        "all attempts of the same call, to keep a repeat from taking effect twice");
  }
  info.compensates = Value(metadata, "skald-compensates");
  if (info.compensates == info.idempotency_key) {
    return InvalidArgument(
        "'skald-compensates' equals 'idempotency-key': a compensation has a key of its own and "
        "names the key of the action that it undoes");
  }
  info.saga_id = Value(metadata, "skald-saga-id");
  info.definition = Value(metadata, "skald-definition");
  info.step = Value(metadata, "skald-step");
  info.traceparent = Value(metadata, "traceparent");
  SKALD_RETURN_IF_ERROR(ReadNumber(metadata, "skald-attempt", info.attempt));
  SKALD_RETURN_IF_ERROR(ReadNumber(metadata, "skald-epoch", info.epoch));
  return info;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), std::string(Message(status))};
}

std::string RequestDigest(const google::protobuf::Message& request) {
  // Maps have no order of their own: without this a repeat from another process could look
  // different.
  std::string bytes = request.GetTypeName();
  bytes.push_back('\0');
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  return Sha256(bytes);
}

grpc::Status AnswerPending(grpc::ServerContextBase& context, Pending pending) {
  context.AddInitialMetadata("skald-outcome", "pending");
  if (pending.poll_after > absl::ZeroDuration()) {
    context.AddInitialMetadata("skald-poll-after", absl::FormatDuration(pending.poll_after));
  }
  return grpc::Status::OK;
}

Answer ParseReply(Answer answer, google::protobuf::Message* response) {
  if (!answer.Succeeded()) {
    response->Clear();
  } else if (!response->ParseFromString(answer.reply())) {
    return Internal("the reply kept for this key is no {}", response->GetTypeName());
  }
  return answer;
}

grpc::Status RunMessages(grpc::ServerContextBase& context, const google::protobuf::Message& request,
                         google::protobuf::Message* response, const RunGuarded& run) {
  absl::StatusOr<CallInfo> info = ReadCallInfo(context);
  if (!info.ok()) return ToGrpcStatus(info.status());
  const Answer answer = ParseReply(run({*std::move(info), RequestDigest(request)}), response);
  if (answer.pending().has_value()) return AnswerPending(context, *answer.pending());
  return ToGrpcStatus(answer.status());
}

}  // namespace skald::participant
