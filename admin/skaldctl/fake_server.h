// A server in the test's own process that answers skaldctl from a table of sagas and dead letters.
// Nothing in it runs by itself: the test says what changes, and when.
//
// Threading: locked.
#ifndef SKALD_ADMIN_SKALDCTL_FAKE_SERVER_H_
#define SKALD_ADMIN_SKALDCTL_FAKE_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "skald/v1/admin.pb.h"
#include "skald/v1/saga.pb.h"

namespace skald::ctl {

class FakeServer final {
 public:
  // Listens on a free port of 127.0.0.1.
  FakeServer();
  ~FakeServer();

  [[nodiscard]] std::string address() const;

  // Sets the saga with this id, raises its revision, and tells who watches it or waits for it.
  void Put(v1::Saga saga);
  void Put(const v1::DeadLetter& letter);
  void Put(const v1::HistoryEntry& entry);
  void Put(const v1::AuditEntry& entry);
  void Put(const v1::DefinitionInfo& definition);
  void Put(const v1::RunningCount& count);
  // What the next start is answered with.
  void Join(const std::string& saga_id);
  void SetServing(int serving_status);

  // The next `calls` calls fail so.
  void Fail(const google::rpc::Status& status, int calls = 1);
  // The next `streams` watches break off behind their first saga.
  void BreakWatches(int streams);

  // Returns when somebody waits for the end of a saga.
  void AwaitWait();
  // Returns when `count` watches were begun.
  void AwaitWatches(int count);

  [[nodiscard]] v1::StartSagaRequest last_start() const;
  [[nodiscard]] v1::CancelSagaRequest last_cancel() const;
  [[nodiscard]] v1::SignalSagaRequest last_signal() const;
  [[nodiscard]] v1::CompleteStepRequest last_completion() const;
  // "retry order-1/1 by ann@host: reason", in order.
  [[nodiscard]] std::vector<std::string> orders() const;
  [[nodiscard]] std::vector<std::string> filters() const;

 private:
  struct Books;
  class Sagas;
  class Admin;
  class Health;
  struct Running;

  const std::unique_ptr<Books> books_;
  const std::unique_ptr<Running> running_;
};

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_FAKE_SERVER_H_
