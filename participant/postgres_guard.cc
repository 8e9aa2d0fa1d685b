#include "participant/postgres_guard.h"

#include <exception>
#include <optional>
#include <pqxx/pqxx>
#include <utility>

#include "base/status.h"
#include "participant/metadata.h"
#include "participant/postgres_pool.h"

namespace skald::participant {
namespace {

// Under a lock, because CREATE TABLE IF NOT EXISTS loses a race with itself. Nothing is created
// where the table exists, so that a participant needs no right to create tables every day.
constexpr const char* kLockSchema = "SELECT pg_advisory_xact_lock(7310013)";
constexpr const char* kHasSchema = "SELECT to_regclass('skald_guard') IS NOT NULL";
constexpr const char* kSchema = R"(
CREATE TABLE skald_guard (
  key text PRIMARY KEY,
  saga_id text NOT NULL,
  kind smallint NOT NULL,
  code smallint NOT NULL,
  message text NOT NULL,
  reply bytea NOT NULL,
  request_digest bytea NOT NULL,
  epoch bigint NOT NULL,
  created_us bigint NOT NULL
);
CREATE INDEX skald_guard_by_saga ON skald_guard (saga_id, epoch);
CREATE INDEX skald_guard_by_age ON skald_guard (created_us);
)";

constexpr const char* kClaim = R"(
INSERT INTO skald_guard
  (key, saga_id, kind, code, message, reply, request_digest, epoch, created_us)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (key) DO NOTHING)";

// FOR UPDATE: a pending call is ended by one transaction, not by all that find it pending.
constexpr const char* kFind = R"(
SELECT saga_id, kind, code, message, reply, request_digest, epoch, created_us
FROM skald_guard WHERE key = $1 FOR UPDATE)";

constexpr const char* kUpdate = R"(
UPDATE skald_guard SET kind = $2, code = $3, message = $4, reply = $5, epoch = $6
WHERE key = $1)";

constexpr const char* kHighestEpoch =
    "SELECT coalesce(max(epoch), 0) FROM skald_guard WHERE saga_id = $1";

constexpr const char* kForget = R"(
DELETE FROM skald_guard WHERE key IN
  (SELECT key FROM skald_guard WHERE created_us < $1 ORDER BY created_us LIMIT $2))";

constexpr const char* kForgetSaga = "DELETE FROM skald_guard WHERE saga_id = $1";

class PostgresTransaction final : public GuardTransaction {
 public:
  PostgresTransaction(pqxx::connection_base& connection, const PostgresGuard::UntypedChange& change)
      : change_(change), work_(connection) {}

  absl::StatusOr<bool> Claim(const GuardEntry& entry) override {
    return work_
               .exec_params(kClaim, entry.key, entry.saga_id, static_cast<int>(entry.kind),
                            static_cast<int>(entry.code), entry.message,
                            pqxx::binarystring(entry.reply),
                            pqxx::binarystring(entry.request_digest), entry.epoch, entry.created_us)
               .affected_rows() == 1;
  }

  absl::StatusOr<std::optional<GuardEntry>> Find(const std::string& key) override {
    const pqxx::result rows = work_.exec_params(kFind, key);
    if (rows.empty()) return std::optional<GuardEntry>();
    const pqxx::row row = rows.front();
    GuardEntry entry;
    entry.key = key;
    entry.saga_id = row[0].as<std::string>();
    entry.kind = static_cast<GuardEntry::Kind>(row[1].as<int>());
    entry.code = static_cast<absl::StatusCode>(row[2].as<int>());
    entry.message = row[3].as<std::string>();
    entry.reply = pqxx::binarystring(row[4]).str();
    entry.request_digest = pqxx::binarystring(row[5]).str();
    entry.epoch = row[6].as<int64_t>();
    entry.created_us = row[7].as<int64_t>();
    return std::optional<GuardEntry>(std::move(entry));
  }

  absl::StatusOr<int64_t> HighestEpoch(const std::string& saga_id) override {
    return work_.exec_params(kHighestEpoch, saga_id).front()[0].as<int64_t>();
  }

  absl::Status Update(const GuardEntry& entry) override {
    work_.exec_params(kUpdate, entry.key, static_cast<int>(entry.kind),
                      static_cast<int>(entry.code), entry.message, pqxx::binarystring(entry.reply),
                      entry.epoch);
    return absl::OkStatus();
  }

  Answer RunChange() override {
    // By hand: pqxx::subtransaction sets its savepoint at the first exec(), but not at
    // exec_params().
    work_.exec("SAVEPOINT skald_change");
    Answer answer = change_(work_);
    if (!answer.status().ok()) work_.exec("ROLLBACK TO SAVEPOINT skald_change");
    work_.exec("RELEASE SAVEPOINT skald_change");
    return answer;
  }

  absl::Status Commit() override {
    work_.commit();
    return absl::OkStatus();
  }

 private:
  const PostgresGuard::UntypedChange& change_;
  // READ COMMITTED: after a claim has waited for another transaction, Find must see what that one
  // wrote.
  pqxx::transaction<pqxx::read_committed> work_;
};

// Where every exception of libpqxx, and of the author's function, ends.
template <typename Result, typename Function>
Result Guarded(const Function& function) {
  try {
    return function();
  } catch (const pqxx::in_doubt_error& thrown) {
    return Unavailable("postgres: it is unknown whether the commit succeeded: {}", thrown.what());
  } catch (const pqxx::broken_connection& thrown) {
    return Unavailable("postgres is away: {}", thrown.what());
  } catch (const pqxx::sql_error& thrown) {
    return Unavailable("postgres refused a statement: {} (SQLSTATE {})", thrown.what(),
                       thrown.sqlstate());
  } catch (const std::exception& thrown) {
    return Internal("the guarded transaction threw: {}", thrown.what());
  } catch (...) {
    return Internal("the business function threw something that is no std::exception");
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresGuard>> PostgresGuard::Open(const std::string& dsn,
                                                                   Options options) {
  if (options.connections < 1) {
    return InvalidArgument("a guard needs at least 1 connection, not {}", options.connections);
  }
  std::unique_ptr<PostgresGuard> guard(new PostgresGuard(dsn, options));
  SKALD_RETURN_IF_ERROR(guard->SetUp());
  return guard;
}

PostgresGuard::PostgresGuard(const std::string& dsn, Options options)
    : fencing_(options.guard.fencing),
      clock_(ClockOf(options.guard)),
      pool_(std::make_unique<PostgresPool>(dsn, options.connections)) {}

PostgresGuard::~PostgresGuard() = default;

absl::Status PostgresGuard::SetUp() {
  return InTransaction([](pqxx::transaction_base& db) {
    db.exec(kLockSchema);
    if (!db.exec(kHasSchema).front()[0].as<bool>()) db.exec(kSchema);
    return absl::OkStatus();
  });
}

grpc::Status PostgresGuard::Run(grpc::ServerContextBase& context,
                                const google::protobuf::Message& request,
                                google::protobuf::Message* response, const Change& change) {
  return Run(context, request, response,
             ChangeOfCall([&](pqxx::transaction_base& db, const CallInfo&) { return change(db); }));
}

grpc::Status PostgresGuard::Run(grpc::ServerContextBase& context,
                                const google::protobuf::Message& request,
                                google::protobuf::Message* response, const ChangeOfCall& change) {
  return RunMessages(context, request, response, [&](const GuardedCall& call) {
    return RunUntyped(call, [&](pqxx::transaction_base& db) -> Answer {
      Answer answer = change(db, call.info);
      return answer.Succeeded() ? response->SerializeAsString() : answer;
    });
  });
}

Answer PostgresGuard::RunUntyped(const GuardedCall& call, const UntypedChange& change) {
  return Guarded<Answer>([&] {
    const PostgresPool::Lease lease(*pool_);
    PostgresTransaction transaction(lease.connection(), change);
    return Settle(transaction, call, fencing_, clock_.Now());
  });
}

Answer PostgresGuard::Finish(const std::string& idempotency_key,
                             google::protobuf::Message* response, const Change& change) {
  return ParseReply(FinishUntyped(idempotency_key,
                                  [&](pqxx::transaction_base& db) -> Answer {
                                    Answer answer = change(db);
                                    return answer.Succeeded() ? response->SerializeAsString()
                                                              : answer;
                                  }),
                    response);
}

Answer PostgresGuard::FinishUntyped(const std::string& idempotency_key,
                                    const UntypedChange& change) {
  return Guarded<Answer>([&] {
    const PostgresPool::Lease lease(*pool_);
    PostgresTransaction transaction(lease.connection(), change);
    return SettleLater(transaction, idempotency_key);
  });
}

absl::Status PostgresGuard::InTransaction(const Body& body) {
  return Guarded<absl::Status>([&]() -> absl::Status {
    const PostgresPool::Lease lease(*pool_);
    pqxx::transaction<pqxx::read_committed> work(lease.connection());
    SKALD_RETURN_IF_ERROR(body(work));
    work.commit();
    return absl::OkStatus();
  });
}

absl::StatusOr<int64_t> PostgresGuard::Forget(absl::Duration older_than, int at_most) {
  const int64_t before = ToMicros(clock_.Now() - older_than);
  int64_t forgotten = 0;
  SKALD_RETURN_IF_ERROR(InTransaction([&](pqxx::transaction_base& db) {
    forgotten = static_cast<int64_t>(db.exec_params(kForget, before, at_most).affected_rows());
    return absl::OkStatus();
  }));
  return forgotten;
}

absl::StatusOr<int64_t> PostgresGuard::ForgetSaga(const std::string& saga_id) {
  int64_t forgotten = 0;
  SKALD_RETURN_IF_ERROR(InTransaction([&](pqxx::transaction_base& db) {
    forgotten = static_cast<int64_t>(db.exec_params(kForgetSaga, saga_id).affected_rows());
    return absl::OkStatus();
  }));
  return forgotten;
}

}  // namespace skald::participant
