#include "examples/guarded_service/parcel_service.h"

#include <grpcpp/channel.h>

#include <chrono>

#include "base/status.h"
#include "examples/order/order.grpc.pb.h"
#include "participant/sqlite_guard.h"
#include "participant/sqlite_statement.h"
#include "skald/v1/saga.grpc.pb.h"

namespace shop {
namespace {

using skald::participant::Answer;
using skald::participant::CallInfo;
using skald::participant::Pending;
using skald::participant::SqliteGuard;
using skald::participant::SqliteStatement;

// [service]
class ParcelService final : public v1::Shipping::Service {
 public:
  explicit ParcelService(SqliteGuard& guard) : guard_(guard) {}

  grpc::Status Book(grpc::ServerContext* context, const v1::BookRequest* request,
                    v1::BookResponse* response) override {
    return guard_.Run(
        *context, *request, response, [&](sqlite3* db, const CallInfo& call) -> Answer {
          SqliteStatement note(db, "INSERT INTO jobs VALUES (?1, ?2) ON CONFLICT DO NOTHING");
          note.Bind(1, call.idempotency_key).Bind(2, request->order_id());
          SKALD_RETURN_IF_ERROR(note.Run());
          return Pending{.poll_after = absl::Minutes(10)};
        });
  }

  grpc::Status Cancel(grpc::ServerContext* context, const v1::CancelRequest* request,
                      v1::CancelResponse* response) override {
    return guard_.Run(*context, *request, response, [&](sqlite3* db) -> absl::Status {
      // Whatever there is: the booking, or the job that has not become one.
      SqliteStatement booking(db, "DELETE FROM bookings WHERE order_id = ?1");
      SKALD_RETURN_IF_ERROR(booking.Bind(1, request->order_id()).Run());
      SqliteStatement job(db, "DELETE FROM jobs WHERE order_id = ?1");
      return job.Bind(1, request->order_id()).Run();
    });
  }

 private:
  SqliteGuard& guard_;
};
// [/service]

// [tell]
absl::Status TellSkald(const std::shared_ptr<grpc::Channel>& skald, const std::string& key,
                       const google::protobuf::Message& response) {
  skald::v1::CompleteStepRequest request;
  request.set_idempotency_key(key);
  request.mutable_response()->PackFrom(response);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  skald::v1::CompleteStepResponse nothing;
  const auto stub = skald::v1::SagaService::NewStub(skald);
  const grpc::Status told = stub->CompleteStep(&context, request, &nothing);
  if (told.ok()) return absl::OkStatus();
  // Nobody waits for it any more. Its compensation comes, or has come.
  if (told.error_code() == grpc::StatusCode::FAILED_PRECONDITION) return absl::OkStatus();
  return skald::Unavailable("Skald was not told of '{}': {}", key, told.error_message());
}
// [/tell]

}  // namespace

std::unique_ptr<grpc::Service> MakeParcelService(SqliteGuard& guard) {
  return std::make_unique<ParcelService>(guard);
}

// [wanted]
absl::Status CheckIsWanted(SqliteGuard& guard, const std::string& key) {
  v1::BookResponse booked;
  return guard.Finish(key, &booked, [](sqlite3*) -> Answer { return Pending(); }).status();
}
// [/wanted]

// [finish]
absl::Status FinishBooking(SqliteGuard& guard, const std::shared_ptr<grpc::Channel>& skald,
                           const std::string& key, const std::string& booking_id) {
  v1::BookResponse booked;
  const Answer answer = guard.Finish(key, &booked, [&](sqlite3* db) -> Answer {
    booked.set_booking_id(booking_id);
    SqliteStatement book(db, "INSERT INTO bookings SELECT order_id, ?2 FROM jobs WHERE key = ?1");
    return book.Bind(1, key).Bind(2, booking_id).Run();
  });
  SKALD_RETURN_IF_ERROR(answer.status());
  SKALD_RETURN_IF_ERROR(TellSkald(skald, key, booked));
  // Not before: after a crash the job is found again, and Skald is told after all.
  return guard.InTransaction([&](sqlite3* db) {
    return SqliteStatement(db, "DELETE FROM jobs WHERE key = ?1").Bind(1, key).Run();
  });
}
// [/finish]

}  // namespace shop
