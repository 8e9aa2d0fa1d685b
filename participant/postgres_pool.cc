#include "participant/postgres_pool.h"

#include <utility>

namespace skald::participant {

PostgresPool::PostgresPool(std::string dsn, int connections)
    : dsn_(std::move(dsn)), free_(connections) {}

std::unique_ptr<pqxx::connection> PostgresPool::Take() {
  {
    MutexLock lock(mutex_);
    while (free_ == 0) freed_.Wait(lock);
    --free_;
    if (!idle_.empty()) {
      std::unique_ptr<pqxx::connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  try {
    return Connect();
  } catch (...) {
    GiveBack(nullptr);
    throw;
  }
}

std::unique_ptr<pqxx::connection> PostgresPool::Connect() const {
  auto connection = std::make_unique<pqxx::connection>(dsn_);
  // libpqxx would reconnect by itself, in silence, between two statements. It marks the way to
  // forbid that as deprecated because its next major version never does.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection->inhibit_reactivation(true);
#pragma GCC diagnostic pop
  return connection;
}

void PostgresPool::GiveBack(std::unique_ptr<pqxx::connection> connection) {
  MutexLock lock(mutex_);
  ++free_;
  if (connection != nullptr) {
    if (connection->is_open()) {
      idle_.push_back(std::move(connection));
    } else {
      // What broke one has most likely broken all.
      idle_.clear();
    }
  }
  freed_.NotifyOne();
}

}  // namespace skald::participant
