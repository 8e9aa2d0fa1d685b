#include "examples/loan_approval/bureau_service.h"

#include "base/status.h"
#include "examples/loan_approval/loan_approval.grpc.pb.h"
#include "participant/sqlite_guard.h"
#include "participant/sqlite_statement.h"

namespace loan {
namespace {

using skald::participant::Answer;
using skald::participant::CallInfo;
using skald::participant::Pending;
using skald::participant::SqliteGuard;
using skald::participant::SqliteStatement;

// [service]
class BureauService final : public v1::CreditBureau::Service {
 public:
  explicit BureauService(SqliteGuard& guard) : guard_(guard) {}

  grpc::Status Report(grpc::ServerContext* context, const v1::ReportRequest* request,
                      v1::ReportResponse* response) override {
    return guard_.Run(
        *context, *request, response, [&](sqlite3* db, const CallInfo& call) -> Answer {
          // A repetition comes here, too, as long as the call is pending.
          SqliteStatement note(db, "INSERT INTO to_do VALUES (?1, ?2) ON CONFLICT DO NOTHING");
          note.Bind(1, call.idempotency_key).Bind(2, request->customer());
          SKALD_RETURN_IF_ERROR(note.Run());
          // Should the answer of FinishReport get lost, Skald hears it when it asks again.
          return Pending{.poll_after = absl::Hours(1)};
        });
  }

 private:
  SqliteGuard& guard_;
};
// [/service]

}  // namespace

std::unique_ptr<grpc::Service> MakeBureauService(SqliteGuard& guard) {
  return std::make_unique<BureauService>(guard);
}

// [finish]
absl::StatusOr<skald::v1::CompleteStepRequest> FinishReport(SqliteGuard& guard,
                                                            const std::string& key, int32_t score) {
  v1::ReportResponse report;
  const Answer answer = guard.Finish(key, &report, [&](sqlite3* db) -> Answer {
    report.set_score(score);
    SqliteStatement done(db, "DELETE FROM to_do WHERE key = ?1");
    return done.Bind(1, key).Run();
  });
  SKALD_RETURN_IF_ERROR(answer.status());
  skald::v1::CompleteStepRequest request;
  request.set_idempotency_key(key);
  request.mutable_response()->PackFrom(report);
  return request;
}
// [/finish]

}  // namespace loan
