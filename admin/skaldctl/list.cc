#include "admin/skaldctl/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace skald::ctl {

ExitCode PrintPages(
    Session& session, const Limit& limit, Listing listing, std::string_view what,
    const std::function<absl::StatusOr<PageOfItems>(int, const std::string&)>& fetch) {
  const Format format = session.format();
  const bool can_stream = format == Format::kJsonl || format == Format::kName;
  int left = limit.most;
  size_t seen = 0;
  std::string token;
  do {
    auto page = fetch(limit.all ? kLargestPage : std::min(left, kLargestPage), token);
    if (!page.ok()) return session.Fail(page.status());
    if (!page->next_page_token.empty() && page->next_page_token == token) {
      return session.Fail(absl::InternalError("the server sent the same page again"));
    }
    token = page->next_page_token;
    left -= static_cast<int>(page->items.size());
    seen += page->items.size();
    std::move(page->items.begin(), page->items.end(), std::back_inserter(listing.items));
    if (!can_stream) continue;
    if (!session.Out(RenderList(listing, format))) return ExitCode::kOk;
    listing.items.clear();
  } while (!token.empty() && (limit.all || left > 0));
  if (!can_stream) session.Out(RenderList(listing, format));
  if (seen == 0 && IsTabular(format)) session.Note(fmt::format("no {}", what));
  if (!token.empty()) {
    session.Note(
        fmt::format("there are more than these {} {}: --limit or --all shows them", seen, what));
  }
  return ExitCode::kOk;
}

}  // namespace skald::ctl
