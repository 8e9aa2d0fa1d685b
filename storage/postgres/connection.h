// One session with PostgreSQL: statements in, rows or a status out. Here libpqxx's exceptions stop.
//
//   Connection connection(*conninfo, options.statement_timeout);
//   Parameters parameters;
//   parameters.Add("order-1");
//   SKALD_ASSIGN_OR_RETURN(Rows rows, connection.Run(kListHistory, parameters,
//   Loss::kNothingDone));
//
// It connects when it is first used. A session that was lost is opened anew by the next call, never
// within one: no statement is ever sent twice, and no transaction goes on in another session.
//
// Threading: confined, one thread at a time.
#ifndef SKALD_STORAGE_POSTGRES_CONNECTION_H_
#define SKALD_STORAGE_POSTGRES_CONNECTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/postgres/sql.h"

namespace pqxx {
class result;
}

namespace skald::postgres {

// `url`, a postgresql:// URI or a list of key=value, completed with what it leaves open: the
// application's name, how soon a dead network is noticed, and that the server must take writes.
// INVALID_ARGUMENT: it is neither. (The message does not repeat it: it may hold a password.)
absl::StatusOr<std::string> CompleteUrl(const std::string& url);

// What is bound to the placeholders of a statement: first the arrays, then the single values.
struct Parameters {
  // From BinaryArray::Take.
  std::vector<std::string> arrays;
  std::vector<std::string> values;

  void Add(std::string_view text) { values.emplace_back(text); }
  void Add(int64_t number) { values.push_back(std::to_string(number)); }
};

// What a statement answered. Immutable; columns as the statement gives them, none of them NULL.
class Rows final {
 public:
  explicit Rows(pqxx::result result);

  [[nodiscard]] int size() const;
  // Valid as long as this object or a copy of it is.
  [[nodiscard]] std::string_view Text(int row, int column) const;
  [[nodiscard]] int64_t Number(int row, int column) const;
  [[nodiscard]] bool Truth(int row, int column) const { return Text(row, column) == "t"; }
  // Of a bytea.
  [[nodiscard]] std::string Bytes(int row, int column) const;

 private:
  std::shared_ptr<const pqxx::result> result_;
};

// What is true when the session is lost while a statement is under way.
enum class Loss {
  // It does not matter whether the statement was carried out: UNAVAILABLE.
  kNothingDone,
  // The statement commits itself: UNKNOWN.
  kInDoubt,
};

// What runs in one transaction. Given by Connection::Transact.
class Transaction {
 public:
  virtual ~Transaction() = default;
  // Prepared as in Connection::Run. Without parameters it is not, and may hold several statements.
  virtual absl::StatusOr<Rows> Run(const Statement& statement, const Parameters& parameters) = 0;
};

class Connection final {
 public:
  // `conninfo` as CompleteUrl returned it.
  Connection(std::string conninfo, absl::Duration statement_timeout);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one statement, which commits itself. It is prepared once per session, under its name.
  // Errors: those of FromSqlState, and by `loss`.
  absl::StatusOr<Rows> Run(const Statement& statement, const Parameters& parameters, Loss loss);

  // The same for a text that is seldom the same twice, without preparing it. It must only read.
  absl::StatusOr<Rows> RunOnce(const std::string& text, const Parameters& parameters);

  // Runs `body` in a transaction, which commits if it returns OK. `loss` is about the answer to
  // COMMIT: until that is sent nothing can have been done.
  absl::Status Transact(const std::function<absl::Status(Transaction&)>& body,
                        Loss loss = Loss::kNothingDone);

 private:
  class Session;

  // The session, opened if there is none or if it has been found dead.
  Session& Live();
  // To be called in a catch block: what the exception means.
  absl::Status Caught(Loss loss);
  // Closes the session if nothing good will come of it after this status, which it returns.
  absl::Status DropIfUseless(absl::Status status);

  const std::string conninfo_;
  const absl::Duration statement_timeout_;
  std::unique_ptr<Session> session_;
};

}  // namespace skald::postgres

#endif  // SKALD_STORAGE_POSTGRES_CONNECTION_H_
