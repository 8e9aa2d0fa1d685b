// An example participant inside of a test: on an in-process channel, with a book in a temporary
// folder.
//
//   ParticipantHost host(shop::Inventory(), /*initial=*/10);
//   const auto stub = shop::v1::Inventory::NewStub(host.channel());
//   host.faults().Set("Reserve", {.kind = FaultKind::kLoseReply, .times = 1});
//
// Confined to the test's thread, but for the channel.
#ifndef SKALD_EXAMPLES_SHARED_PARTICIPANT_HOST_H_
#define SKALD_EXAMPLES_SHARED_PARTICIPANT_HOST_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/status.h"
#include "examples/shared/journal.h"
#include "examples/shared/participant_main.h"
#include "participant/sqlite_statement.h"
#include "tests/support/temp_folder.h"

namespace demo {

class ParticipantHost final {
 public:
  ParticipantHost(Participant participant, int64_t initial)
      : participant_(std::move(participant)), initial_(initial), faults_(participant_.methods) {
    Start();
  }
  ~ParticipantHost() { server_->Shutdown(); }

  // Ends the server and its guard, and makes new ones on the same book. The channel is a new one.
  void Restart() {
    server_->Shutdown();
    server_.reset();
    service_.reset();
    desk_.reset();
    guard_.reset();
    Start();
  }

  [[nodiscard]] std::shared_ptr<grpc::Channel> channel() { return server_->InProcessChannel({}); }
  [[nodiscard]] Faults& faults() { return faults_; }
  [[nodiscard]] std::string book() const { return folder_.path() + "/book.db"; }

  // The first column of the first row.
  int64_t Query(const char* sql) {
    int64_t value = 0;
    OrDie(guard_->InTransaction([&](sqlite3* db) -> absl::Status {
      skald::participant::SqliteStatement select(db, sql);
      SKALD_RETURN_IF_ERROR(select.Step().status());
      value = select.Int(0);
      return absl::OkStatus();
    }));
    return value;
  }

 private:
  static void OrDie(const absl::Status& status) {
    SKALD_CHECK(status.ok(), "{}", skald::Message(status));
  }

  void Start() {
    auto guard = skald::participant::SqliteGuard::Open(book());
    OrDie(guard.status());
    guard_ = *std::move(guard);
    OrDie(guard_->InTransaction(CreateJournal));
    OrDie(guard_->InTransaction(participant_.create_book));
    desk_ = std::make_unique<Desk>(*guard_, faults_);
    service_ = participant_.make_service(*desk_, initial_);
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    SKALD_CHECK(server_ != nullptr, "no in-process server");
  }

  const Participant participant_;
  const int64_t initial_;
  const skald::testing_support::TempFolder folder_;
  Faults faults_;
  std::unique_ptr<skald::participant::SqliteGuard> guard_;
  std::unique_ptr<Desk> desk_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
};

// What Skald would send with a call of `step` in `saga`.
inline void AddActionMetadata(grpc::ClientContext& context, const std::string& saga,
                              const std::string& step) {
  context.AddMetadata("idempotency-key", saga + "/" + step + "/action");
  context.AddMetadata("skald-saga-id", saga);
}

inline void AddCompensationMetadata(grpc::ClientContext& context, const std::string& saga,
                                    const std::string& step) {
  context.AddMetadata("idempotency-key", saga + "/" + step + "/compensation");
  context.AddMetadata("skald-compensates", saga + "/" + step + "/action");
  context.AddMetadata("skald-saga-id", saga);
}

}  // namespace demo

#endif  // SKALD_EXAMPLES_SHARED_PARTICIPANT_HOST_H_
