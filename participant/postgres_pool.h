// A bounded pool of connections to PostgreSQL. A broken connection is thrown away, and the next
// lease makes a new one.
//
// Locked: leases may be taken from any thread; a leased connection is confined to its thread.
// Throws what libpqxx throws: for postgres_guard.cc, which catches it.
#ifndef SKALD_PARTICIPANT_POSTGRES_POOL_H_
#define SKALD_PARTICIPANT_POSTGRES_POOL_H_

#include <memory>
#include <pqxx/connection>
#include <string>
#include <vector>

#include "base/mutex.h"

namespace skald::participant {

class PostgresPool final {
 public:
  PostgresPool(std::string dsn, int connections);
  PostgresPool(const PostgresPool&) = delete;
  PostgresPool& operator=(const PostgresPool&) = delete;

  // Holds one connection for as long as it lives; waits until one is free.
  class Lease final {
   public:
    explicit Lease(PostgresPool& pool) : pool_(pool), connection_(pool.Take()) {}
    ~Lease() { pool_.GiveBack(std::move(connection_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    [[nodiscard]] pqxx::connection& connection() const { return *connection_; }

   private:
    PostgresPool& pool_;
    std::unique_ptr<pqxx::connection> connection_;
  };

 private:
  std::unique_ptr<pqxx::connection> Take() SKALD_EXCLUDES(mutex_);
  std::unique_ptr<pqxx::connection> Connect() const;
  void GiveBack(std::unique_ptr<pqxx::connection> connection) SKALD_EXCLUDES(mutex_);

  const std::string dsn_;
  Mutex mutex_;
  CondVar freed_;
  // How many more leases may be given out.
  int free_ SKALD_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<pqxx::connection>> idle_ SKALD_GUARDED_BY(mutex_);
};

}  // namespace skald::participant

#endif  // SKALD_PARTICIPANT_POSTGRES_POOL_H_
