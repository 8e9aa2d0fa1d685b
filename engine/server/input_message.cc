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

absl::Status WrongType(const GivenMessage& given, const std::string& expected,
                       const std::string& got, const std::string& shown) {
  return WithField(WithReason(InvalidArgument("{} takes {}, got {}", given.taker, expected, shown),
                              given.wrong_type, {{"expected", expected}, {"got", got}}),
                   given.field);
}

absl::Status ParseAny(const GivenMessage& given, Message& message) {
  const std::string& url = given.message->type_url();
  const std::string got = url.substr(url.rfind('/') + 1);  // npos + 1 == 0: the whole of it
  const std::string& expected = message.GetTypeName();
  if (got != expected) {
    return WrongType(given, expected, got,
                     got.empty() ? "an Any without a type" : CleanText(got, kMostType));
  }
  const std::string& bytes = given.message->value();
  if (message.ParsePartialFromString(bytes) && message.IsInitialized()) return absl::OkStatus();
  const std::string field = given.field + ".value";
  const std::string why =
      message.IsInitialized()
          ? fmt::format("the {} bytes of {} do not parse as {}", bytes.size(), field, expected)
          : fmt::format("{} lacks required fields of {}: {}", field, expected,
                        message.InitializationErrorString());
  return WithField(WithReason(InvalidArgument("{}", why), given.unparsable), field);
}

absl::Status ParseJson(const GivenMessage& given, Message& message) {
  const auto status = google::protobuf::util::JsonStringToMessage(*given.json, &message);
  if (status.ok() && message.IsInitialized()) return absl::OkStatus();
  const std::string why =
      status.ok() ? "required fields are missing: " + message.InitializationErrorString()
                  : DescribeJsonError(*given.json, std::string(status.message()));
  return WithField(
      WithReason(InvalidArgument("{} is no {}: {}", given.json_field, message.GetTypeName(), why),
                 given.unparsable),
      given.json_field);
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

absl::StatusOr<std::string> ReadMessage(const GivenMessage& given, const std::string& type) {
  const auto* descriptor = DescriptorPool::generated_pool()->FindMessageTypeByName(type);
  if (descriptor == nullptr) {
    return Internal("{} takes {}, a type that this server does not know", given.taker, type);
  }
  const std::unique_ptr<Message> message(
      MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
  if (given.message != nullptr) {
    SKALD_RETURN_IF_ERROR(ParseAny(given, *message));
  } else if (given.json != nullptr) {
    SKALD_RETURN_IF_ERROR(ParseJson(given, *message));
  } else {
    return WrongType(
        given, type, "",
        fmt::format("no {}: give {} or {}", given.field, given.field, given.json_field));
  }
  return Serialize(*message);
}

}  // namespace skald::server
