#include "admin/skaldctl/error_text.h"

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <vector>

#include "admin/skaldctl/text.h"
#include "base/status.h"
#include "google/rpc/error_details.pb.h"

namespace skald::ctl {
namespace {

// `message`: what was said already.
std::vector<std::string> DescribeDetail(std::string_view type_url, const std::string& value,
                                        std::string_view message) {
  const std::string_view type = type_url.substr(type_url.rfind('/') + 1);
  std::vector<std::string> lines;
  if (google::rpc::BadRequest bad; type == "google.rpc.BadRequest" && bad.ParseFromString(value)) {
    for (const auto& violation : bad.field_violations()) {
      if (violation.description() == message) continue;
      lines.push_back(fmt::format("field {}: {}", violation.field(), violation.description()));
    }
  } else if (google::rpc::ErrorInfo info;
             type == "google.rpc.ErrorInfo" && info.ParseFromString(value)) {
    std::string line = fmt::format("reason: {} ({})", info.reason(), info.domain());
    // By key: a protobuf map has no order of its own.
    for (const auto& [key, text] :
         std::map<std::string, std::string>(info.metadata().begin(), info.metadata().end())) {
      line += fmt::format(", {} = {}", key, text);
    }
    lines.push_back(line);
  } else if (google::rpc::RetryInfo retry;
             type == "google.rpc.RetryInfo" && retry.ParseFromString(value)) {
    const absl::Duration delay = absl::Seconds(retry.retry_delay().seconds()) +
                                 absl::Nanoseconds(retry.retry_delay().nanos());
    lines.push_back(fmt::format("try again in {}", ShortDuration(delay)));
  }
  return lines;
}

}  // namespace

std::string DescribeError(const Status& status) {
  std::string text =
      fmt::format("{}: {}\n", CodeName(status.code()), PrintableLines(Message(status)));
  // By type, so that equal errors read alike.
  std::map<std::string, std::string> details;
  status.ForEachPayload([&](auto type_url, const absl::Cord& value) {
    details.emplace(std::string(type_url.data(), type_url.size()), std::string(value));
  });
  for (const auto& [type_url, value] : details) {
    for (const std::string& line : DescribeDetail(type_url, value, Message(status))) {
      text += fmt::format("  {}\n", Printable(line));
    }
  }
  return text;
}

std::string ShortError(const Status& status) {
  return fmt::format("{}: {}", CodeName(status.code()), Printable(Message(status)));
}

std::string GrpcCodeName(int code) {
  if (code < 0 || code > static_cast<int>(StatusCode::kUnauthenticated)) {
    return fmt::format("CODE({})", code);
  }
  return std::string(CodeName(static_cast<StatusCode>(code)));
}

}  // namespace skald::ctl
