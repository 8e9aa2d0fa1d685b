// Why a saga waits, in one sentence.
// Threading: plain functions.
#ifndef SKALD_ADMIN_SKALDCTL_EXPLAIN_H_
#define SKALD_ADMIN_SKALDCTL_EXPLAIN_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "skald/v1/admin.pb.h"
#include "skald/v1/saga.pb.h"

namespace skald::ctl {

// `letter`: the saga's open dead letter, where it has one and it could be read.
std::string Explain(const v1::Saga& saga, const std::optional<v1::DeadLetter>& letter,
                    absl::Time now);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_EXPLAIN_H_
