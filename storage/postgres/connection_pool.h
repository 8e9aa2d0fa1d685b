// Some connections that many threads share.
//
//   const ConnectionPool::Lease connection = pool.Take();   // waits until one is free
//   return connection->Run(...);
//
// Threading: locked. The lease is confined.
#ifndef SKALD_STORAGE_POSTGRES_CONNECTION_POOL_H_
#define SKALD_STORAGE_POSTGRES_CONNECTION_POOL_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "storage/postgres/connection.h"

namespace skald::postgres {

class ConnectionPool final {
 public:
  // Gives the connection back when it is destroyed.
  using Lease = std::unique_ptr<Connection, std::function<void(Connection*)>>;

  ConnectionPool(int size, const std::string& conninfo, absl::Duration statement_timeout) {
    for (int i = 0; i < size; ++i) {
      free_.push_back(std::make_unique<Connection>(conninfo, statement_timeout));
    }
  }

  // The one that was used last: the others may sleep.
  Lease Take() {
    MutexLock lock(mutex_);
    while (free_.empty()) returned_.Wait(lock);
    Connection* const connection = free_.back().release();
    free_.pop_back();
    return {connection, [this](Connection* back) { Return(back); }};
  }

 private:
  void Return(Connection* connection) {
    MutexLock lock(mutex_);
    free_.emplace_back(connection);
    returned_.NotifyOne();
  }

  Mutex mutex_;
  CondVar returned_;
  std::vector<std::unique_ptr<Connection>> free_ SKALD_GUARDED_BY(mutex_);
};

}  // namespace skald::postgres

#endif  // SKALD_STORAGE_POSTGRES_CONNECTION_POOL_H_
