// All of it in one process: a client, the server with its SQLite file, and a participant that knows
// nothing of Skald, over real connections.
#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <set>

#include "base/mutex.h"
#include "engine/runtime/engine_harness.h"
#include "engine/runtime/grpc_caller.h"
#include "engine/server/server.h"
#include "skald/v1/saga.grpc.pb.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/temp_folder.h"

namespace skald::server {
namespace {

using testing::ElementsAre;

// Answers any method with an empty message, except those that it refuses. Locked.
class Participant final : public grpc::CallbackGenericService {
 public:
  Participant() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
  }
  ~Participant() override { server_->Shutdown(std::chrono::system_clock::now()); }

  void Refuse(const std::string& method) {
    MutexLock lock(mutex_);
    refused_.insert(method);
  }
  void Accept(const std::string& method) {
    MutexLock lock(mutex_);
    refused_.erase(method);
  }
  const std::string& address() const { return address_; }
  // The idempotency keys of the calls that it took, in order.
  std::vector<std::string> keys() {
    MutexLock lock(mutex_);
    return keys_;
  }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    const auto key = context->client_metadata().find("idempotency-key");
    MutexLock lock(mutex_);
    if (refused_.contains(context->method())) {
      return new Call(grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "no"));
    }
    keys_.emplace_back(key->second.data(), key->second.size());
    return new Call(grpc::Status::OK);
  }

 private:
  // Reads the request, answers, and deletes itself.
  class Call final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Call(grpc::Status status) : status_(std::move(status)) { StartRead(&request_); }
    void OnReadDone(bool ok) override {
      if (!ok || !status_.ok()) return Finish(status_);
      const grpc::Slice empty;
      response_ = grpc::ByteBuffer(&empty, 1);
      StartWriteAndFinish(&response_, {}, grpc::Status::OK);
    }
    void OnDone() override { delete this; }

   private:
    const grpc::Status status_;
    grpc::ByteBuffer request_;
    grpc::ByteBuffer response_;
  };

  std::string address_;
  std::unique_ptr<grpc::Server> server_;
  Mutex mutex_;
  std::set<std::string> refused_ SKALD_GUARDED_BY(mutex_);
  std::vector<std::string> keys_ SKALD_GUARDED_BY(mutex_);
};

class EndToEndTest : public testing::Test {
 protected:
  EndToEndTest() {
    EXPECT_TRUE(registry_.Add(runtime::Steps("trip", 1, {"a", "b", "c"})).ok());
    Serve();
  }

  // Stops the server that runs, if any, and starts another on the same file.
  void Serve() {
    server_.reset();
    Config config;
    config.listen = "127.0.0.1:0";
    server_ = std::make_unique<Server>(
        config, registry_,
        Server::Parts{
            .open_store =
                [this] { return OpenSqliteStore({.path = folder_.path() + "/skald.db"}); },
            .caller = &caller_,
            .clock = &clock_,
            .on_refused = {},
            .keeper = {}});
    const absl::StatusOr<std::string> address = server_->Start();
    ASSERT_TRUE(address.ok()) << address.status();
    sagas_ =
        v1::SagaService::NewStub(grpc::CreateChannel(*address, grpc::InsecureChannelCredentials()));
  }

  v1::Saga Start(const std::string& id, int wait_seconds) {
    v1::StartSagaRequest request;
    request.set_definition("trip");
    request.set_saga_id(id);
    request.set_input_json("\"paris\"");
    request.mutable_wait()->set_seconds(wait_seconds);
    v1::StartSagaResponse response;
    grpc::ClientContext context;
    const grpc::Status status = sagas_->StartSaga(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.saga();
  }

  testing_support::TempFolder folder_;
  Participant participant_;
  Registry registry_;
  RealClock clock_;
  runtime::GrpcCaller caller_{{.participants = {{"test", {.address = participant_.address()}}}}};
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::SagaService::Stub> sagas_;
};

TEST_F(EndToEndTest, ASagaCallsItsParticipantsInOrder) {
  EXPECT_EQ(Start("s1", 60).status(), v1::Saga::COMPLETED);
  EXPECT_THAT(participant_.keys(), ElementsAre("s1/a/action", "s1/b/action", "s1/c/action"));
}

TEST_F(EndToEndTest, ARejectionIsCompensatedInReverse) {
  participant_.Refuse("/test/c");
  const v1::Saga saga = Start("s1", 60);
  EXPECT_EQ(saga.status(), v1::Saga::COMPENSATED);
  EXPECT_EQ(saga.cause().step(), "c");
  EXPECT_EQ(saga.cause().message(), "no");
  EXPECT_THAT(participant_.keys(),
              ElementsAre("s1/a/action", "s1/b/action", "s1/b/compensation", "s1/a/compensation"));
}

TEST_F(EndToEndTest, WhatWasAcknowledgedIsThereAfterARestart) {
  participant_.Refuse("/test/b");
  participant_.Refuse("/test/undo_a");
  EXPECT_EQ(Start("s1", 60).status(), v1::Saga::DEAD_LETTERED);
  Serve();
  const v1::Saga again = Start("s1", 60);
  EXPECT_EQ(again.status(), v1::Saga::DEAD_LETTERED);
  EXPECT_EQ(again.dead_letter_id(), "s1/1");
  participant_.Accept("/test/b");
  EXPECT_EQ(Start("s2", 60).status(), v1::Saga::COMPLETED);
}

}  // namespace
}  // namespace skald::server
