// A guarded participant whose calls take a day, as docs/PARTICIPANTS.md shows it: it notes what is
// to be done, answers "pending", and tells Skald when a person has done it. Locked: gRPC calls it
// from many threads.
#ifndef SKALD_EXAMPLES_LOAN_APPROVAL_BUREAU_SERVICE_H_
#define SKALD_EXAMPLES_LOAN_APPROVAL_BUREAU_SERVICE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "skald/v1/saga.pb.h"

namespace grpc {
class Service;
}
namespace skald::participant {
class SqliteGuard;
}

namespace loan {

// loan.v1.CreditBureau on the table to_do(key, customer) of the guard's database. `guard` must
// outlive it.
std::unique_ptr<grpc::Service> MakeBureauService(skald::participant::SqliteGuard& guard);

// A person has done the report of this key. Returns what SagaService.CompleteStep is to be called
// with. FAILED_PRECONDITION: nobody wants it any more.
absl::StatusOr<skald::v1::CompleteStepRequest> FinishReport(skald::participant::SqliteGuard& guard,
                                                            const std::string& key, int32_t score);

}  // namespace loan

#endif  // SKALD_EXAMPLES_LOAN_APPROVAL_BUREAU_SERVICE_H_
