// Starts that depend on other sagas, and what is sent to sagas that run: over real connections.
#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>

#include <atomic>

#include "base/thread.h"
#include "engine/server/service_harness.h"

namespace skald::server {
namespace {

using testing::HasSubstr;

// a, with an exclusive key made of its input.
Definition Keyed(const std::string& name, ExclusiveKey::WhenTaken when_taken) {
  Definition definition = runtime::Steps(name, 1, {"a"});
  definition.exclusive =
      ExclusiveKey{.key = [](std::string_view state) -> absl::StatusOr<std::string> {
                     google::protobuf::StringValue value;
                     value.ParseFromString(std::string(state));
                     return value.value();
                   },
                   .when_taken = when_taken};
  return definition;
}

// Adds a wait for the signal "approval", which becomes the state.
Definition Approved(Definition definition) {
  Node node{.kind = Node::Kind::kAwait, .name = "approval"};
  node.await =
      AwaitPart{.message_type = "google.protobuf.StringValue",
                .keep = [](const Scope&, std::string_view message) -> absl::StatusOr<std::string> {
                  return std::string(message);
                }};
  definition.root.children.push_back(node);
  return definition;
}

class SagaCommandsTest : public ServiceTest {
 protected:
  SagaCommandsTest() {
    EXPECT_TRUE(registry
                    .Add({Approved(runtime::Steps("approved", 1, {"a"})),
                          Approved(Keyed("join_approved", ExclusiveKey::WhenTaken::kJoin)),
                          Keyed("reject", ExclusiveKey::WhenTaken::kReject),
                          Keyed("join", ExclusiveKey::WhenTaken::kJoin),
                          Keyed("queue", ExclusiveKey::WhenTaken::kQueue)})
                    .ok());
  }

  grpc::Status Start(const v1::StartSagaRequest& request, v1::StartSagaResponse& response) {
    grpc::ClientContext context;
    return sagas->StartSaga(&context, request, &response);
  }
  // Starts a saga that holds its key until "a" is released.
  void StartHolder(const std::string& definition) {
    caller.Hold("a");
    v1::StartSagaResponse response;
    ASSERT_TRUE(Start(Trip("first", definition), response).ok());
    ASSERT_TRUE(caller.WaitForHeld("a"));
  }
  grpc::Status Signal(const std::string& id, const std::string& json, v1::Saga& saga,
                      const std::string& signal_id = "") {
    v1::SignalSagaRequest request;
    request.set_saga_id(id);
    request.set_name("approval");
    request.set_message_json(json);
    request.set_signal_id(signal_id);
    grpc::ClientContext context;
    return sagas->SignalSaga(&context, request, &saga);
  }
  grpc::Status Complete(const v1::CompleteStepRequest& request) {
    v1::CompleteStepResponse response;
    grpc::ClientContext context;
    return sagas->CompleteStep(&context, request, &response);
  }
  v1::Saga WaitFor(const std::string& id) {
    v1::WaitSagaRequest request;
    request.set_saga_id(id);
    v1::Saga saga;
    grpc::ClientContext context;
    EXPECT_TRUE(sagas->WaitSaga(&context, request, &saga).ok());
    return saga;
  }
};

TEST_F(SagaCommandsTest, ASagaThatIsToBeginLaterExistsAndSendsNothing) {
  Serve();
  v1::StartSagaRequest request = Trip("s1");
  request.mutable_start_at()->set_seconds(4'000'000'000);
  request.set_tier(0);
  v1::StartSagaResponse response;
  ASSERT_TRUE(Start(request, response).ok());
  EXPECT_EQ(response.saga().start_time().seconds(), 4'000'000'000);
  EXPECT_EQ(response.saga().due_time().seconds(), 4'000'000'000);
  EXPECT_EQ(response.saga().tier(), 0);
  v1::CancelSagaRequest cancel;
  cancel.set_saga_id("s1");
  v1::Saga saga;
  grpc::ClientContext context;
  ASSERT_TRUE(sagas->CancelSaga(&context, cancel, &saga).ok());
  EXPECT_EQ(WaitFor("s1").status(), v1::Saga::COMPENSATED);
  EXPECT_EQ(caller.Methods(), "");
}

TEST_F(SagaCommandsTest, ATakenKeyIsRefusedNamingItsHolder) {
  Serve();
  StartHolder("reject");
  v1::StartSagaRequest request = Trip("second", "reject");
  v1::StartSagaResponse response;
  for (const bool waits : {false, true}) {
    if (waits) request.mutable_wait()->set_seconds(30);
    const grpc::Status status = Start(request, response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
    EXPECT_EQ(Reason(status), "EXCLUSIVE_KEY_TAKEN");
    google::rpc::ErrorInfo info;
    ASSERT_TRUE(Details(status).details(0).UnpackTo(&info));
    EXPECT_EQ(info.metadata().at("saga_id"), "first");
    EXPECT_EQ(info.metadata().at("exclusive_key"), "paris");
  }
  caller.Release("a");
  WaitFor("first");
  request.clear_wait();
  EXPECT_TRUE(Start(request, response).ok());
  ASSERT_TRUE(caller.WaitForHeld("a"));
  caller.Release("a");
}

TEST_F(SagaCommandsTest, AJoinedStartIsAnsweredWithTheHolder) {
  Serve();
  StartHolder("join");
  v1::StartSagaResponse response;
  ASSERT_TRUE(Start(Trip("second", "join"), response).ok());
  EXPECT_TRUE(response.joined());
  EXPECT_FALSE(response.already_started());
  EXPECT_EQ(response.saga().id(), "first");
  EXPECT_EQ(response.saga().exclusive_key(), "paris");
  v1::Saga saga;
  EXPECT_EQ(Get("second", saga).error_code(), grpc::StatusCode::NOT_FOUND);
  caller.Release("a");
}

TEST_F(SagaCommandsTest, AJoinedStartWaitsForTheHolder) {
  Serve();
  v1::StartSagaResponse response;
  ASSERT_TRUE(Start(Trip("first", "join_approved"), response).ok());
  v1::StartSagaRequest request = Trip("second", "join_approved");
  request.mutable_wait()->set_nanos(1'000'000);
  ASSERT_TRUE(Start(request, response).ok());
  EXPECT_TRUE(response.joined());
  EXPECT_EQ(response.saga().status(), v1::Saga::RUNNING);
  request.mutable_wait()->set_seconds(30);
  std::atomic<bool> answered = false;
  Thread starts("start", [&] {
    grpc::Status status;
    do {
      status = Start(request, response);
      // The first saga may end between the refused start and the look at who is in its way.
    } while (Reason(status) == "EXCLUSIVE_KEY_FREED");
    EXPECT_TRUE(status.ok()) << status.error_message();
    answered = true;
  });
  v1::Saga saga;
  EXPECT_TRUE(Signal("first", "\"yes\"", saga).ok());
  // It may come when the key is free already; then there is a second saga, which waits as well.
  EXPECT_TRUE(runtime::Eventually([&] {
    static_cast<void>(Signal("second", "\"yes\"", saga));
    return answered.load();
  }));
  starts.Join();
  EXPECT_EQ(response.saga().status(), v1::Saga::COMPLETED);
}

TEST_F(SagaCommandsTest, ASagaOfAnotherDefinitionIsNotJoined) {
  Serve();
  StartHolder("reject");
  v1::StartSagaResponse response;
  const grpc::Status status = Start(Trip("second", "join"), response);
  EXPECT_EQ(Reason(status), "EXCLUSIVE_KEY_TAKEN");
  EXPECT_THAT(status.error_message(), HasSubstr("saga 'first' of reject holds"));
  caller.Release("a");
}

TEST_F(SagaCommandsTest, AQueuedSagaNamesWhoHoldsItsKey) {
  Serve();
  StartHolder("queue");
  v1::StartSagaResponse response;
  ASSERT_TRUE(Start(Trip("second", "queue"), response).ok());
  EXPECT_TRUE(response.saga().queued());
  v1::Saga saga;
  ASSERT_TRUE(Get("second", saga).ok());
  EXPECT_EQ(saga.key_holder(), "first");
  caller.Release("a");
  ASSERT_TRUE(caller.WaitForHeld("a"));
  caller.Release("a");
  EXPECT_EQ(WaitFor("second").status(), v1::Saga::COMPLETED);
}

TEST_F(SagaCommandsTest, ASignalGoesToTheAwaitOfItsName) {
  Serve();
  v1::StartSagaResponse started;
  ASSERT_TRUE(Start(Trip("s1", "approved"), started).ok());
  v1::Saga saga;
  ASSERT_TRUE(runtime::Eventually([&] {
    return Get("s1", saga).ok() && saga.steps_size() == 2 &&
           saga.steps(1).status() == v1::Step::RUNNING;
  }));
  EXPECT_EQ(saga.steps(1).kind(), v1::Step::AWAIT);
  EXPECT_FALSE(saga.steps(1).has_wake_time());
  ASSERT_TRUE(Signal("s1", "\"yes\"", saga).ok());
  EXPECT_EQ(WaitFor("s1").state_json(), "\"yes\"");
}

TEST_F(SagaCommandsTest, AnEarlySignalIsKeptAndARepeatedOneIsOne) {
  Serve();
  caller.Hold("a");
  v1::StartSagaResponse started;
  ASSERT_TRUE(Start(Trip("s1", "approved"), started).ok());
  ASSERT_TRUE(caller.WaitForHeld("a"));
  v1::Saga saga;
  ASSERT_TRUE(Signal("s1", "\"yes\"", saga, "x").ok());
  ASSERT_TRUE(Signal("s1", "\"no\"", saga, "x").ok());
  ASSERT_EQ(saga.kept_signals_size(), 1);
  EXPECT_EQ(saga.kept_signals(0).name(), "approval");
  EXPECT_EQ(saga.kept_signals(0).id(), "x");
  caller.Release("a");
  EXPECT_EQ(WaitFor("s1").state_json(), "\"yes\"");
}

TEST_F(SagaCommandsTest, ASignalThatNobodyAwaitsIsRefused) {
  Serve();
  Run("s1");
  v1::Saga saga;
  EXPECT_EQ(Reason(Signal("s1", "\"x\"", saga)), "UNKNOWN_SIGNAL");
  EXPECT_EQ(Reason(Signal("nobody", "\"x\"", saga)), "SAGA_NOT_FOUND");
  v1::StartSagaResponse started;
  ASSERT_TRUE(Start(Trip("s2", "approved"), started).ok());
  ASSERT_TRUE(Signal("s2", "\"x\"", saga).ok());
  WaitFor("s2");
  const grpc::Status late = Signal("s2", "\"y\"", saga);
  EXPECT_EQ(late.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Reason(late), "WRONG_STATE");
}

TEST_F(SagaCommandsTest, ACompletionEndsTheCallAndARepeatedOneIsAnsweredAlike) {
  Serve();
  caller.Hold("b");
  v1::StartSagaResponse started;
  ASSERT_TRUE(Start(Trip("s1"), started).ok());
  ASSERT_TRUE(caller.WaitForHeld("b"));
  v1::CompleteStepRequest request;
  request.set_idempotency_key("s1/b/action");
  request.set_response_json("\"booked\"");
  EXPECT_TRUE(Complete(request).ok());
  EXPECT_EQ(WaitFor("s1").status(), v1::Saga::COMPLETED);
  EXPECT_TRUE(Complete(request).ok());
  request.mutable_failure()->set_code(9);
  EXPECT_EQ(Reason(Complete(request)), "WRONG_STATE");
  caller.Release("b");
}

TEST_F(SagaCommandsTest, AFailedCompletionTurnsTheSagaBack) {
  Serve();
  caller.Hold("b");
  v1::StartSagaResponse started;
  ASSERT_TRUE(Start(Trip("s1"), started).ok());
  ASSERT_TRUE(caller.WaitForHeld("b"));
  v1::CompleteStepRequest request;
  request.set_idempotency_key("s1/b/action");
  request.mutable_failure()->set_code(9);
  request.mutable_failure()->set_message("no room");
  EXPECT_TRUE(Complete(request).ok());
  const v1::Saga saga = WaitFor("s1");
  EXPECT_EQ(saga.status(), v1::Saga::COMPENSATED);
  EXPECT_EQ(saga.cause().message(), "no room");
  caller.Release("b");
}

TEST_F(SagaCommandsTest, ACompletionOfWhatIsNotThereIsRefused) {
  Serve();
  Run("s1");
  v1::CompleteStepRequest request;
  request.set_response_json("\"\"");
  const auto refused = [&](const std::string& key) {
    request.set_idempotency_key(key);
    return Reason(Complete(request));
  };
  EXPECT_EQ(refused("s1"), "INVALID_IDEMPOTENCY_KEY");
  EXPECT_EQ(refused("nobody/a/action"), "SAGA_NOT_FOUND");
  EXPECT_EQ(refused("s1/nowhere/action"), "STEP_NOT_FOUND");
  EXPECT_EQ(refused("s1/a/compensation"), "WRONG_STATE");
}

}  // namespace
}  // namespace skald::server
