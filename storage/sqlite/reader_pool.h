// The connections that read. Each call takes one out, and waits while all are out.
//
// Threading: locked.
#ifndef SKALD_STORAGE_SQLITE_READER_POOL_H_
#define SKALD_STORAGE_SQLITE_READER_POOL_H_

#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "storage/sqlite/connection.h"

namespace skald::sqlite {

class ReaderPool final {
 public:
  explicit ReaderPool(std::vector<std::unique_ptr<Connection>> connections)
      : idle_(std::move(connections)) {}

  // Gives the connection back at the end.
  class Lease final {
   public:
    explicit Lease(ReaderPool& pool) : pool_(pool), connection_(pool.Take()) {}
    ~Lease() { pool_.Return(std::move(connection_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Connection& operator*() { return *connection_; }

   private:
    ReaderPool& pool_;
    std::unique_ptr<Connection> connection_;
  };

 private:
  std::unique_ptr<Connection> Take() {
    MutexLock lock(mutex_);
    while (idle_.empty()) returned_.Wait(lock);
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }

  void Return(std::unique_ptr<Connection> connection) {
    MutexLock lock(mutex_);
    idle_.push_back(std::move(connection));
    returned_.NotifyOne();
  }

  Mutex mutex_;
  CondVar returned_;
  std::vector<std::unique_ptr<Connection>> idle_ SKALD_GUARDED_BY(mutex_);
};

}  // namespace skald::sqlite

#endif  // SKALD_STORAGE_SQLITE_READER_POOL_H_
