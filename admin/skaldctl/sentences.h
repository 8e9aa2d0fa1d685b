// What a saga and its steps wait for, in the words that all commands share.
//
//   Waits(step, now)   // "waits for the signal 'approval' until 2030-01-31T14:00:00Z (in 2h), then
//                      // compensates"
//
// Threading: plain functions.
#ifndef SKALD_ADMIN_SKALDCTL_SENTENCES_H_
#define SKALD_ADMIN_SKALDCTL_SENTENCES_H_

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "skald/v1/saga.pb.h"

namespace skald::ctl {

// "place_order@3"
std::string NameAtVersion(const std::string& name, int version);

// A line of details, "ID:          order-1"; nothing where `value` is empty.
void AppendField(std::string_view name, const std::string& value, std::string& out);

// "FAILED_PRECONDITION: card declined", or whichever half there is.
std::string CodeAndWords(int code, const std::string& words);

// "REJECTED at charge (FAILED_PRECONDITION: card declined)".
std::string CauseText(const v1::Cause& cause);

// "2030-01-31T14:00:00Z (in 2h)", "... (2h ago)".
std::string When(const google::protobuf::Timestamp& time, absl::Time now);

// What follows a wait or a loop that ends without what was hoped for: "compensates", "goes on", "is
// parked". Empty: nothing is known.
std::string_view Follows(v1::Step::Otherwise otherwise);

// Why a saga has not begun: "is queued: order-41 holds the key order-42", "begins at ...". Empty:
// it has, as far as can be told.
std::string NotBegun(const v1::Saga& saga, absl::Time now);

// What a wait or a pending call waits for, without a subject. Empty: it is neither.
std::string Waits(const v1::Step& step, absl::Time now);

// How far a loop is: "2 of 40 elements of 'refunds' are under way", "round 2 of 5 of 'poll' is
// under way". Empty: it is no loop that is under way.
std::string Progress(const v1::Saga& saga, const v1::Step& step);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_SENTENCES_H_
