// Where a page of a list ended, as the text that PageRequest::after and Page::next carry. All
// stores write it alike.
//
// Threading: pure functions.
#ifndef SKALD_STORAGE_PAGE_TOKEN_H_
#define SKALD_STORAGE_PAGE_TOKEN_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "absl/status/statusor.h"

namespace skald {

// The sort key of the last item: lists go by falling (time, saga id, number). `number` is 0 in a
// list of sagas, the dead letter's number, or the audit row's revision.
struct PageKey {
  int64_t time_us = 0;
  std::string saga_id;
  int64_t number = 0;

  friend bool operator<(const PageKey& a, const PageKey& b) {
    return std::tie(a.time_us, a.saga_id, a.number) < std::tie(b.time_us, b.saga_id, b.number);
  }
};

std::string ToPageToken(const PageKey& key);

// Empty text is the key above all others. INVALID_ARGUMENT: this is no token of ours.
absl::StatusOr<PageKey> FromPageToken(std::string_view token);

}  // namespace skald

#endif  // SKALD_STORAGE_PAGE_TOKEN_H_
