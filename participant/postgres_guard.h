// The guard for participants that keep their books in PostgreSQL.
//
//   grpc::Status Reserve(grpc::ServerContext* context, const ReserveRequest* request,
//                        ReserveResponse* response) override {
//     return guard_->Run(*context, *request, response,
//                        [&](pqxx::transaction_base& db) -> absl::Status {
//                          ... change the books through `db`, fill *response ...
//                        });
//   }
//
// What the guard does with which call stands at the head of participant/guard.h.
//
// Locked: may be used from any thread. It has as many connections as changes may run at a time,
// made when they are needed; a call waits for a free one. Of calls with the same key one waits, in
// the database, for the other.
#ifndef SKALD_PARTICIPANT_POSTGRES_GUARD_H_
#define SKALD_PARTICIPANT_POSTGRES_GUARD_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/status.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "participant/answer.h"
#include "participant/guard.h"

namespace grpc {
class ServerContextBase;
}
namespace pqxx {
class transaction_base;
}

namespace skald::participant {

class PostgresPool;

class PostgresGuard final {
 public:
  // The business function. Its transaction is open (READ COMMITTED, under a savepoint): it must
  // neither commit nor roll back. It may run and yet be undone (the commit can fail), so it must do
  // nothing but change the database. An exception that it lets out undoes everything and tells the
  // caller to try again.
  using Change = std::function<Answer(pqxx::transaction_base& db)>;
  using ChangeOfCall = std::function<Answer(pqxx::transaction_base& db, const CallInfo& call)>;
  // Answers with the serialized reply.
  using UntypedChange = std::function<Answer(pqxx::transaction_base& db)>;
  using Body = std::function<absl::Status(pqxx::transaction_base& db)>;

  struct Options {
    GuardOptions guard;
    // At least 1.
    int connections = 8;
  };

  // Connects, and creates the table skald_guard if the search path has none. `dsn` as libpq takes
  // it. UNAVAILABLE: the database is away.
  static absl::StatusOr<std::unique_ptr<PostgresGuard>> Open(const std::string& dsn,
                                                             Options options);
  static absl::StatusOr<std::unique_ptr<PostgresGuard>> Open(const std::string& dsn) {
    return Open(dsn, Options());
  }
  ~PostgresGuard();
  PostgresGuard(const PostgresGuard&) = delete;
  PostgresGuard& operator=(const PostgresGuard&) = delete;

  grpc::Status Run(grpc::ServerContextBase& context, const google::protobuf::Message& request,
                   google::protobuf::Message* response, const Change& change);
  grpc::Status Run(grpc::ServerContextBase& context, const google::protobuf::Message& request,
                   google::protobuf::Message* response, const ChangeOfCall& change);

  // Ends a call that a business function answered with Pending: for the job that carries it out.
  // Runs `change` if the call is still wanted, and keeps what it answers; returns how the call has
  // ended, with the reply in `response`. What the job learns from it stands in participant/guard.h.
  Answer Finish(const std::string& idempotency_key, google::protobuf::Message* response,
                const Change& change);

  // The same without gRPC: `change` returns the serialized reply, and so do these. UNAVAILABLE
  // also where it is unknown whether the commit succeeded: the same key, again, finds out.
  Answer RunUntyped(const GuardedCall& call, const UntypedChange& change);
  Answer FinishUntyped(const std::string& idempotency_key, const UntypedChange& change);

  // Runs `body` in a transaction without any key: for tables that the participant creates at start
  // and for what it reads. Committed if and only if it returns OK.
  absl::Status InTransaction(const Body& body);

  // Deletes at most `at_most` keys first used longer ago than `older_than`, and says how many. A
  // key forgotten is a key never seen: keep them for longer than any saga lives, dead letters
  // included.
  absl::StatusOr<int64_t> Forget(absl::Duration older_than, int at_most = 1000);
  // All keys of one saga, which must have ended.
  absl::StatusOr<int64_t> ForgetSaga(const std::string& saga_id);

 private:
  PostgresGuard(const std::string& dsn, Options options);
  absl::Status SetUp();

  const Fencing fencing_;
  const Clock& clock_;
  const std::unique_ptr<PostgresPool> pool_;
};

}  // namespace skald::participant

#endif  // SKALD_PARTICIPANT_POSTGRES_GUARD_H_
