// Tokens that continue a list. Opaque to clients, and good only for the method and the filter, as
// it was written, that they came from. Pure functions.
#ifndef SKALD_ENGINE_SERVER_PAGE_TOKEN_H_
#define SKALD_ENGINE_SERVER_PAGE_TOKEN_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace skald::server {

// What a list is of: the method, and the text that it is filtered by.
struct ListScope {
  std::string_view method;
  std::string_view filter;
};

// `next` is where the store goes on; empty (the last page) gives an empty token.
std::string MakePageToken(const ListScope& scope, std::string_view next);

// The `next` of the token; empty for an empty token. INVALID_ARGUMENT: it is not a token, or it is
// one of another method or filter.
absl::StatusOr<std::string> ReadPageToken(const ListScope& scope, std::string_view token);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_PAGE_TOKEN_H_
