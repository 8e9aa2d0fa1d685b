#include "engine/server/page_token.h"

#include <fmt/core.h>

#include "absl/strings/escaping.h"
#include "base/hash.h"
#include "base/status.h"
#include "engine/server/errors.h"

namespace skald::server {
namespace {

// Raised when the layout changes: tokens of an older server are then refused, not misread.
constexpr uint64_t kLayout = 1;
constexpr size_t kHashBytes = 8;

std::string Bytes(uint64_t number) {
  std::string bytes;
  for (size_t i = 0; i < kHashBytes; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xFF);
  return bytes;
}

std::string ScopeHash(const ListScope& scope) {
  return Bytes(StableHash(fmt::format("{}\n{}", scope.method, scope.filter), kLayout));
}

std::string CheckHash(std::string_view scope_and_next) {
  return Bytes(StableHash(scope_and_next, ~kLayout));
}

absl::Status Refused(std::string_view why) {
  return WithField(WithReason(InvalidArgument("page_token: {}", why), "INVALID_PAGE_TOKEN"),
                   "page_token");
}

}  // namespace

std::string MakePageToken(const ListScope& scope, std::string_view next) {
  if (next.empty()) return "";
  const std::string content = ScopeHash(scope) + std::string(next);
  return absl::WebSafeBase64Escape(CheckHash(content) + content);
}

absl::StatusOr<std::string> ReadPageToken(const ListScope& scope, std::string_view token) {
  if (token.empty()) return std::string();
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(std::string(token), &bytes) || bytes.size() <= 2 * kHashBytes ||
      bytes.substr(0, kHashBytes) != CheckHash(bytes.substr(kHashBytes))) {
    return Refused("this is not a token of this server; leave it out to begin at the first page");
  }
  if (bytes.substr(kHashBytes, kHashBytes) != ScopeHash(scope)) {
    return Refused(
        "it belongs to another list or filter; repeat the filter exactly, or begin anew");
  }
  return bytes.substr(2 * kHashBytes);
}

}  // namespace skald::server
