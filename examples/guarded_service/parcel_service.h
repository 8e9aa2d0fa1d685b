// A guarded participant whose calls take longer than a call should, and can be undone meanwhile, as
// docs/PARTICIPANTS.md shows it. Locked: gRPC calls it from many threads.
#ifndef SKALD_EXAMPLES_GUARDED_SERVICE_PARCEL_SERVICE_H_
#define SKALD_EXAMPLES_GUARDED_SERVICE_PARCEL_SERVICE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"

namespace grpc {
class Channel;
class Service;
}  // namespace grpc
namespace skald::participant {
class SqliteGuard;
}

namespace shop {

// shop.v1.Shipping on the tables jobs(key, order_id) and bookings(order_id, booking_id) of the
// guard's database. `guard` must outlive it.
std::unique_ptr<grpc::Service> MakeParcelService(skald::participant::SqliteGuard& guard);

// Asks, before the parcel is really booked with the carrier, whether anybody wants it still.
absl::Status CheckIsWanted(skald::participant::SqliteGuard& guard, const std::string& key);

// The carrier has taken the job of this key: books the parcel, and tells Skald. To be called until
// it answers OK (done) or FAILED_PRECONDITION (cancelled meanwhile: the carrier must hear so).
absl::Status FinishBooking(skald::participant::SqliteGuard& guard,
                           const std::shared_ptr<grpc::Channel>& skald, const std::string& key,
                           const std::string& booking_id);

}  // namespace shop

#endif  // SKALD_EXAMPLES_GUARDED_SERVICE_PARCEL_SERVICE_H_
