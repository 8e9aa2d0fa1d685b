// How each resource of the API looks in a table, and what stands behind it in JSON.
//
//   Listing listing = SagaListing(format);
//   for (const v1::Saga& saga : sagas) listing.items.push_back(SagaItem(saga, format, now));
//
// Threading: plain functions.
#ifndef SKALD_ADMIN_SKALDCTL_VIEWS_H_
#define SKALD_ADMIN_SKALDCTL_VIEWS_H_

#include <string>

#include "absl/time/time.h"
#include "admin/skaldctl/output.h"
#include "skald/v1/admin.pb.h"
#include "skald/v1/saga.pb.h"

namespace skald::ctl {

Listing SagaListing(Format format);
Item SagaItem(const v1::Saga& saga, Format format, absl::Time now);

Listing HistoryListing(Format format);
Item HistoryItem(const v1::HistoryEntry& entry, Format format, absl::TimeZone zone);

Listing DeadLetterListing(Format format);
Item DeadLetterItem(const v1::DeadLetter& letter, Format format, absl::Time now);

Listing AuditListing(Format format);
Item AuditItem(const v1::AuditEntry& entry, Format format, absl::Time now);

// Everything about one saga, for people: header, steps, state.
std::string SagaDetails(const v1::Saga& saga, absl::Time now);
std::string DeadLetterDetails(const v1::DeadLetter& letter, absl::Time now);

// What changed between two states of a saga, on one line. `before` may be empty.
std::string ChangeLine(const v1::Saga& before, const v1::Saga& saga, absl::TimeZone zone);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_VIEWS_H_
