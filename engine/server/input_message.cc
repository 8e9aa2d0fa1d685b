#include "engine/server/input_message.h"

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "engine/server/errors.h"

namespace skald::server {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

constexpr size_t kMostType = 200;

std::string Serialize(const Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    // Maps in a fixed order: the digest of a repeated start must be the same.
    output.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&output);
  }
  return bytes;
}

absl::Status ParseAny(const google::protobuf::Any& any, const std::string& label,
                      Message& message) {
  const std::string& url = any.type_url();
  const std::string given = url.substr(url.rfind('/') + 1);  // npos + 1 == 0: the whole of it
  const std::string& expected = message.GetTypeName();
  if (given != expected) {
    return WithField(WithReason(InvalidArgument("{} takes {}, got {}", label, expected,
                                                given.empty() ? "an Any without a type"
                                                              : CleanText(given, kMostType)),
                                "WRONG_INPUT_TYPE", {{"expected", expected}, {"got", given}}),
                     "input");
  }
  if (message.ParsePartialFromString(any.value()) && message.IsInitialized())
    return absl::OkStatus();
  const std::string why = message.IsInitialized()
                              ? fmt::format("the {} bytes of input.value do not parse as {}",
                                            any.value().size(), expected)
                              : fmt::format("input.value lacks required fields of {}: {}", expected,
                                            message.InitializationErrorString());
  return WithField(WithReason(InvalidArgument("{}", why), "UNPARSABLE_INPUT"), "input.value");
}

absl::Status ParseJson(const std::string& json, Message& message) {
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message);
  if (status.ok() && message.IsInitialized()) return absl::OkStatus();
  const std::string why =
      status.ok() ? "required fields are missing: " + message.InitializationErrorString()
                  : DescribeJsonError(json, std::string(status.message()));
  return WithField(
      WithReason(InvalidArgument("input_json is no {}: {}", message.GetTypeName(), why),
                 "UNPARSABLE_INPUT"),
      "input_json");
}

// "line 2, column 7" of the byte at `offset`.
std::string Place(const std::string& text, size_t offset) {
  const std::string_view before = std::string_view(text).substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t newline = before.rfind('\n');
  const size_t column = newline == std::string_view::npos ? offset + 1 : offset - newline;
  return fmt::format("line {}, column {}", line, column);
}

}  // namespace

std::string DescribeJsonError(const std::string& json, const std::string& error) {
  // A syntax error: "what\nthe text around it\n      ^".
  const size_t first = error.find('\n');
  const size_t last = error.rfind('\n');
  if (first != std::string::npos && last > first && error.back() == '^') {
    const std::string context = error.substr(first + 1, last - first - 1);
    const size_t found = json.find(context);
    std::string what = error.substr(0, first);
    while (!what.empty() && what.back() == '.') what.pop_back();
    const bool certain =
        found != std::string::npos && json.find(context, found + 1) == std::string::npos;
    return certain ? fmt::format("{}, {}", Place(json, found + error.size() - last - 2), what)
                   : what;
  }
  // A wrong value: "(items[0].quantity): invalid value <it> for type TYPE_INT32", or an unknown
  // name:
  // "(items[0]) colour: Cannot find field."
  std::string where;
  std::string_view rest = error;
  if (!rest.empty() && rest.front() == '(') {
    const size_t close = rest.find(')');
    if (close != std::string_view::npos) {
      where = fmt::format("at '{}', ", rest.substr(1, close - 1));
      rest.remove_prefix(close + 1);
    }
  }
  if (const size_t type = rest.rfind(" for type "); type != std::string_view::npos) {
    return fmt::format("{}the value is no {}", where, rest.substr(type + 10));
  }
  constexpr std::string_view kUnknown = ": Cannot find field.";
  if (rest.size() > kUnknown.size() && rest.substr(rest.size() - kUnknown.size()) == kUnknown) {
    while (rest.front() == ' ') rest.remove_prefix(1);
    const std::string name = CleanText(rest.substr(0, rest.size() - kUnknown.size()), 100);
    return fmt::format("{}there is no field '{}'", where, name);
  }
  return where + "it does not parse";
}

absl::StatusOr<std::string> ReadInputMessage(const v1::StartSagaRequest& request,
                                             const std::string& definition_label,
                                             const std::string& state_type) {
  const auto* descriptor = DescriptorPool::generated_pool()->FindMessageTypeByName(state_type);
  if (descriptor == nullptr) {
    return Internal("the server that runs {} does not know its state type {}", definition_label,
                    state_type);
  }
  const std::unique_ptr<Message> message(
      MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
  switch (request.initial_case()) {
    case v1::StartSagaRequest::kInput:
      SKALD_RETURN_IF_ERROR(ParseAny(request.input(), definition_label, *message));
      break;
    case v1::StartSagaRequest::kInputJson:
      SKALD_RETURN_IF_ERROR(ParseJson(request.input_json(), *message));
      break;
    case v1::StartSagaRequest::INITIAL_NOT_SET:
      return WithField(
          WithReason(InvalidArgument("{} takes {}, got no input: give input or input_json",
                                     definition_label, state_type),
                     "WRONG_INPUT_TYPE", {{"expected", state_type}, {"got", ""}}),
          "input");
  }
  return Serialize(*message);
}

}  // namespace skald::server
