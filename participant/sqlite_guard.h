// The guard for participants that keep their books in SQLite.
//
//   grpc::Status Reserve(grpc::ServerContext* context, const ReserveRequest* request,
//                        ReserveResponse* response) override {
//     return guard_->Run(*context, *request, response, [&](sqlite3* db) -> absl::Status {
//       ... change the books through `db`, fill *response ...
//     });
//   }
//
// What the guard does with which call stands at the head of participant/guard.h.
//
// Locked: may be used from any thread. It has one connection, and one change runs at a time (SQLite
// has one writer anyway); other connections and processes may use the same file.
#ifndef SKALD_PARTICIPANT_SQLITE_GUARD_H_
#define SKALD_PARTICIPANT_SQLITE_GUARD_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/status.h>
#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "participant/answer.h"
#include "participant/guard.h"

namespace grpc {
class ServerContextBase;
}

namespace skald::participant {

class SqliteGuard final {
 public:
  // The business function. Its transaction is open: it must neither commit nor roll back, nor call
  // the guard. It may run and yet be undone (the commit can fail), so it must do nothing but change
  // the database.
  using Change = std::function<Answer(sqlite3* db)>;
  using ChangeOfCall = std::function<Answer(sqlite3* db, const CallInfo& call)>;
  // Answers with the serialized reply.
  using UntypedChange = std::function<Answer(sqlite3* db)>;
  using Body = std::function<absl::Status(sqlite3* db)>;

  // Opens or creates the database (WAL, synchronous=FULL), and in it the table skald_guard.
  static absl::StatusOr<std::unique_ptr<SqliteGuard>> Open(const std::string& path,
                                                           GuardOptions options = {});
  ~SqliteGuard();
  SqliteGuard(const SqliteGuard&) = delete;
  SqliteGuard& operator=(const SqliteGuard&) = delete;

  grpc::Status Run(grpc::ServerContextBase& context, const google::protobuf::Message& request,
                   google::protobuf::Message* response, const Change& change)
      SKALD_EXCLUDES(mutex_);
  grpc::Status Run(grpc::ServerContextBase& context, const google::protobuf::Message& request,
                   google::protobuf::Message* response, const ChangeOfCall& change)
      SKALD_EXCLUDES(mutex_);

  // Ends a call that a business function answered with Pending: for the job that carries it out.
  // Runs `change` if the call is still wanted, and keeps what it answers; returns how the call has
  // ended, with the reply in `response`. What the job learns from it stands in participant/guard.h.
  Answer Finish(const std::string& idempotency_key, google::protobuf::Message* response,
                const Change& change) SKALD_EXCLUDES(mutex_);

  // The same without gRPC: `change` returns the serialized reply, and so do these.
  Answer RunUntyped(const GuardedCall& call, const UntypedChange& change) SKALD_EXCLUDES(mutex_);
  Answer FinishUntyped(const std::string& idempotency_key, const UntypedChange& change)
      SKALD_EXCLUDES(mutex_);

  // Runs `body` in a transaction on the guard's connection, without any key: for tables that the
  // participant creates at start and for what it reads. Committed if and only if it returns OK.
  absl::Status InTransaction(const Body& body) SKALD_EXCLUDES(mutex_);

  // Deletes at most `at_most` keys first used longer ago than `older_than`, and says how many. A
  // key forgotten is a key never seen: keep them for longer than any saga lives, dead letters
  // included.
  absl::StatusOr<int64_t> Forget(absl::Duration older_than, int at_most = 1000)
      SKALD_EXCLUDES(mutex_);
  // All keys of one saga, which must have ended.
  absl::StatusOr<int64_t> ForgetSaga(const std::string& saga_id) SKALD_EXCLUDES(mutex_);

 private:
  SqliteGuard(sqlite3* db, GuardOptions options);
  absl::Status SetUp() SKALD_EXCLUDES(mutex_);

  const Fencing fencing_;
  const Clock& clock_;
  Mutex mutex_;
  sqlite3* const db_ SKALD_GUARDED_BY(mutex_);
};

}  // namespace skald::participant

#endif  // SKALD_PARTICIPANT_SQLITE_GUARD_H_
