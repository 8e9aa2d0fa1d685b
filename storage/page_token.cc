#include "storage/page_token.h"

#include <charconv>
#include <limits>

#include "base/status.h"
#include "base/text.h"

namespace skald {
namespace {

// Takes a number and the ':' behind it off the front of `text`.
bool TakeNumber(std::string_view& text, int64_t& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop == end || *stop != ':') return false;
  text.remove_prefix(static_cast<size_t>(stop - text.data()) + 1);
  return true;
}

}  // namespace

std::string ToPageToken(const PageKey& key) {
  // The id comes last: it may contain anything.
  return fmt::format("{}:{}:{}", key.time_us, key.number, key.saga_id);
}

absl::StatusOr<PageKey> FromPageToken(std::string_view token) {
  PageKey key;
  if (token.empty()) {
    key.time_us = std::numeric_limits<int64_t>::max();
    key.number = std::numeric_limits<int64_t>::max();
    return key;
  }
  std::string_view rest = token;
  if (!TakeNumber(rest, key.time_us) || !TakeNumber(rest, key.number) ||
      CleanText(rest, rest.size()) != rest) {
    return InvalidArgument("the page token is not one that a list returned");
  }
  key.saga_id = rest;
  return key;
}

}  // namespace skald
