#include "storage/postgres/connection.h"

#include <libpq-fe.h>

#include <charconv>
#include <optional>
#include <pqxx/pqxx>
#include <set>
#include <utility>

#include "base/status.h"
#include "storage/postgres/sqlstate.h"

namespace skald::postgres {
namespace {

// Applied where the url says nothing. A host that is gone without a word is noticed after 10 s.
constexpr std::pair<std::string_view, const char*> kConnectionDefaults[] = {
    {"application_name", "skald"},
    {"connect_timeout", "5"},
    {"keepalives_idle", "5"},
    {"keepalives_interval", "2"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "10000"},
    {"target_session_attrs", "read-write"},
};

// The plans of our statements must not depend on how large a table was when a session began, nor on
// when it was last analyzed: with these settings every table is reached through its indexes. Costs
// that the settings distort would call the JIT compiler. {} is the time that a statement may take.
constexpr char kSessionSettings[] = R"sql(
SET synchronous_commit = on;
SET default_transaction_isolation = 'read committed';
SET statement_timeout = '{0}ms';
SET idle_in_transaction_session_timeout = '{0}ms';
SET client_encoding = 'UTF8';
SET bytea_output = 'hex';
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET jit = off)sql";

std::string QuoteConninfo(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + "'";
}

std::vector<pqxx::binarystring> Binary(const std::vector<std::string>& arrays) {
  std::vector<pqxx::binarystring> binary;
  binary.reserve(arrays.size());
  for (const std::string& array : arrays) binary.emplace_back(array.data(), array.size());
  return binary;
}

int HexDigit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

// What the exception being handled means. `lost`: the session has ended.
Status Translate(Loss loss, bool lost) {
  const auto without_answer = [loss](const std::exception& error) {
    std::string_view words = error.what();
    words = words.substr(0, words.find('\n'));
    return loss == Loss::kInDoubt
               ? Error(StatusCode::kUnknown,
                       "the database was lost before it answered; read and compare: {}", words)
               : Unavailable("the database is away: {}", words);
  };
  try {
    throw;
  } catch (const pqxx::sql_error& error) {
    // A session that ends with its last words may have committed before.
    return lost ? without_answer(error) : FromSqlState(error.sqlstate(), error.what());
  } catch (const pqxx::statement_completion_unknown& error) {
    return without_answer(error);
  } catch (const pqxx::transaction_rollback& error) {
    return lost ? without_answer(error) : FromSqlState("40000", error.what());
  } catch (const std::exception& error) {
    return without_answer(error);
  }
}

class PqxxTransaction final : public Transaction {
 public:
  // `prepare` sees to it that the session knows the statement by its name.
  PqxxTransaction(pqxx::work& work, std::function<void(const Statement&)> prepare)
      : work_(work), prepare_(std::move(prepare)) {}

  StatusOr<Rows> Run(const Statement& statement, const Parameters& parameters) override {
    try {
      if (parameters.arrays.empty() && parameters.values.empty()) {
        return Rows(work_.exec(statement.text, statement.name));
      }
      prepare_(statement);
      const auto arrays = Binary(parameters.arrays);
      return Rows(work_.exec_prepared(statement.name, pqxx::prepare::make_dynamic_params(arrays),
                                      pqxx::prepare::make_dynamic_params(parameters.values)));
    } catch (...) {
      return Translate(Loss::kNothingDone, !work_.conn().is_open());
    }
  }

 private:
  pqxx::work& work_;
  const std::function<void(const Statement&)> prepare_;
};

}  // namespace

absl::StatusOr<std::string> CompleteUrl(const std::string& url) {
  PQconninfoOption* options = PQconninfoParse(url.c_str(), nullptr);
  if (options == nullptr) {
    return InvalidArgument(
        "the database's url is neither a postgresql:// URI nor a list of key=value pairs");
  }
  std::string complete;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    const char* value = option->val;
    for (const auto& [keyword, fallback] : kConnectionDefaults) {
      if (value == nullptr && keyword == option->keyword) value = fallback;
    }
    if (value != nullptr) {
      complete += fmt::format("{}={} ", option->keyword, QuoteConninfo(value));
    }
  }
  PQconninfoFree(options);
  return complete;
}

Rows::Rows(pqxx::result result)
    : result_(std::make_shared<const pqxx::result>(std::move(result))) {}

int Rows::size() const { return static_cast<int>(result_->size()); }

std::string_view Rows::Text(int row, int column) const {
  const pqxx::field field = (*result_)[static_cast<pqxx::result::size_type>(row)]
                                      [static_cast<pqxx::row::size_type>(column)];
  return {field.c_str(), field.size()};
}

int64_t Rows::Number(int row, int column) const {
  const std::string_view text = Text(row, column);
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string Rows::Bytes(int row, int column) const {
  // As bytea_output = hex has it: "\x", then two lower-case digits for each byte.
  const std::string_view text = Text(row, column);
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 2; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(HexDigit(text[i]) * 16 + HexDigit(text[i + 1])));
  }
  return bytes;
}

// An open session and what has been prepared in it.
class Connection::Session final {
 public:
  Session(const std::string& conninfo, absl::Duration statement_timeout) : connection_(conninfo) {
    // Deprecated without a successor in this release: without it libpqxx 6 connects anew in
    // silence.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
    // Longer messages quote rows, and rows hold what must not get into a log.
    connection_.set_verbosity(pqxx::connection_base::terse);
    pqxx::nontransaction(connection_)
        .exec(fmt::format(kSessionSettings, absl::ToInt64Milliseconds(statement_timeout)));
  }

  // What can be told without a round trip. The first look takes in a server's last words, the
  // second finds the end behind them.
  bool LooksAlive() {
    try {
      connection_.get_notifs();
      connection_.get_notifs();
      return connection_.is_open();
    } catch (const pqxx::failure&) {
      return false;
    }
  }

  // Before the statement itself is sent, so that a session which is lost here has done nothing.
  void Prepare(const Statement& statement) {
    if (!prepared_.insert(statement.name).second) return;
    connection_.prepare(statement.name, statement.text);
    connection_.prepare_now(statement.name);
  }

  pqxx::connection& connection() { return connection_; }

 private:
  pqxx::connection connection_;
  std::set<std::string_view> prepared_;
};

Connection::Connection(std::string conninfo, absl::Duration statement_timeout)
    : conninfo_(std::move(conninfo)), statement_timeout_(statement_timeout) {}

Connection::~Connection() = default;

Connection::Session& Connection::Live() {
  if (session_ != nullptr && !session_->LooksAlive()) session_.reset();
  if (session_ == nullptr) session_ = std::make_unique<Session>(conninfo_, statement_timeout_);
  return *session_;
}

absl::Status Connection::Caught(Loss loss) {
  const bool lost = session_ == nullptr || !session_->connection().is_open();
  return DropIfUseless(Translate(loss, lost));
}

absl::Status Connection::DropIfUseless(absl::Status status) {
  // Where a server has become read-only, another one of the url's hosts may take writes by now.
  const bool useless = absl::IsUnavailable(status) || absl::IsUnknown(status) ||
                       (session_ != nullptr && !session_->connection().is_open());
  if (useless) session_.reset();
  return status;
}

absl::StatusOr<Rows> Connection::Run(const Statement& statement, const Parameters& parameters,
                                     Loss loss) {
  Loss loss_now = Loss::kNothingDone;
  try {
    Session& session = Live();
    session.Prepare(statement);
    const auto arrays = Binary(parameters.arrays);
    loss_now = loss;
    pqxx::nontransaction transaction(session.connection(), statement.name);
    return Rows(transaction.exec_prepared(statement.name,
                                          pqxx::prepare::make_dynamic_params(arrays),
                                          pqxx::prepare::make_dynamic_params(parameters.values)));
  } catch (...) {
    return Caught(loss_now);
  }
}

absl::StatusOr<Rows> Connection::RunOnce(const std::string& text, const Parameters& parameters) {
  try {
    pqxx::nontransaction transaction(Live().connection());
    const auto arrays = Binary(parameters.arrays);
    return Rows(transaction.exec_params(text, pqxx::prepare::make_dynamic_params(arrays),
                                        pqxx::prepare::make_dynamic_params(parameters.values)));
  } catch (...) {
    return Caught(Loss::kNothingDone);
  }
}

absl::Status Connection::Transact(const std::function<absl::Status(Transaction&)>& body,
                                  Loss loss) {
  Status status;
  Loss loss_now = Loss::kNothingDone;
  try {
    Session& session = Live();
    pqxx::work work(session.connection());
    PqxxTransaction transaction(
        work, [&session](const Statement& statement) { session.Prepare(statement); });
    status = body(transaction);
    if (status.ok()) {
      loss_now = loss;
      work.commit();
    }
  } catch (...) {
    return Caught(loss_now);
  }
  return DropIfUseless(std::move(status));
}

}  // namespace skald::postgres
