// Lists that come in pages: asks for page after page, and prints them as they come where the format
// allows it.
//
// Threading: confined.
#ifndef SKALD_ADMIN_SKALDCTL_LIST_H_
#define SKALD_ADMIN_SKALDCTL_LIST_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/skaldctl/commands.h"
#include "admin/skaldctl/output.h"
#include "admin/skaldctl/session.h"

namespace skald::ctl {

// What a server answers at most.
inline constexpr int kLargestPage = 1000;

struct PageOfItems {
  std::vector<Item> items;
  std::string next_page_token;
};

// `fetch(page size, page token)`. `what`, in the plural, is what the notes call them.
ExitCode PrintPages(
    Session& session, const Limit& limit, Listing listing, std::string_view what,
    const std::function<absl::StatusOr<PageOfItems>(int, const std::string&)>& fetch);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_LIST_H_
