#include <gmock/gmock.h>

#include <thread>

#include "engine/server/service_harness.h"

namespace skald::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SagaServiceTest : public ServiceTest {
 protected:
  grpc::Status Start(const v1::StartSagaRequest& request, v1::StartSagaResponse& response) {
    grpc::ClientContext context;
    return sagas->StartSaga(&context, request, &response);
  }
  grpc::Status List(const v1::ListSagasRequest& request, v1::ListSagasResponse& response) {
    grpc::ClientContext context;
    return sagas->ListSagas(&context, request, &response);
  }
  grpc::Status Cancel(const std::string& id, v1::Saga& saga) {
    v1::CancelSagaRequest request;
    request.set_saga_id(id);
    request.set_reason("changed my mind");
    grpc::ClientContext context;
    return sagas->CancelSaga(&context, request, &saga);
  }
};

TEST_F(SagaServiceTest, AStartWithWaitIsAnsweredWhenTheSagaHasEnded) {
  Serve();
  const v1::Saga saga = Run("s1");
  EXPECT_EQ(saga.status(), v1::Saga::COMPLETED);
  EXPECT_EQ(saga.state_json(), "\"paris\"");
  EXPECT_EQ(saga.steps_size(), 3);
  EXPECT_EQ(caller.Methods(), "a b c");
}

TEST_F(SagaServiceTest, AStartWithoutWaitIsAnsweredAtOnce) {
  Serve();
  caller.Hold("a");
  v1::StartSagaResponse response;
  ASSERT_TRUE(Start(Trip("s1"), response).ok());
  EXPECT_EQ(response.saga().status(), v1::Saga::RUNNING);
  EXPECT_FALSE(response.already_started());
  ASSERT_TRUE(caller.WaitForHeld("a"));
  caller.Release("a");
}

TEST_F(SagaServiceTest, AStartMakesAnIdWhereThereIsNone) {
  Serve();
  EXPECT_EQ(Run("").id().size(), 36U);
}

TEST_F(SagaServiceTest, ARepeatedStartReturnsTheSameSaga) {
  Serve();
  Run("s1");
  v1::StartSagaResponse response;
  ASSERT_TRUE(Start(Trip("s1"), response).ok());
  EXPECT_TRUE(response.already_started());
  EXPECT_EQ(response.saga().status(), v1::Saga::COMPLETED);
  EXPECT_EQ(caller.Methods(), "a b c");
}

TEST_F(SagaServiceTest, AnIdWithAnotherInputIsRefusedWaitingOrNot) {
  Serve();
  Run("s1");
  v1::StartSagaRequest request = Trip("s1");
  request.set_input_json("\"rome\"");
  v1::StartSagaResponse response;
  grpc::Status status = Start(request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(Reason(status), "SAGA_ID_TAKEN");
  request.mutable_wait()->set_seconds(30);
  status = Start(request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
}

TEST_F(SagaServiceTest, BadStartsNameFieldAndReason) {
  Serve();
  v1::StartSagaResponse response;
  v1::StartSagaRequest request = Trip("a/b");
  grpc::Status status = Start(request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Reason(status), "INVALID_ID");
  google::rpc::BadRequest fields;
  ASSERT_TRUE(Details(status).details(1).UnpackTo(&fields));
  EXPECT_EQ(fields.field_violations(0).field(), "saga_id");

  request = Trip("s1", "tripp");
  status = Start(request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Reason(status), "UNKNOWN_DEFINITION");

  request = Trip("s1");
  request.set_input_json("{");
  EXPECT_EQ(Reason(Start(request, response)), "UNPARSABLE_INPUT");

  request = Trip("s1");
  request.mutable_wait()->set_seconds(-1);
  EXPECT_EQ(Reason(Start(request, response)), "INVALID_DURATION");
  v1::Saga saga;
  EXPECT_EQ(Get("s1", saga).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(SagaServiceTest, AMessageOverTheLimitIsRefused) {
  config.engine.limits.message = 4096;
  Serve();
  v1::StartSagaRequest request = Trip("s1");
  request.set_input_json("\"" + std::string(8192, 'x') + "\"");
  v1::StartSagaResponse response;
  EXPECT_EQ(Start(request, response).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(SagaServiceTest, AnUnknownSagaIsNotFoundByAnyCall) {
  Serve();
  v1::Saga saga;
  grpc::Status status = Get("nobody", saga);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Reason(status), "SAGA_NOT_FOUND");
  EXPECT_EQ(status.error_message(), "there is no saga 'nobody'");
  EXPECT_EQ(Cancel("nobody", saga).error_code(), grpc::StatusCode::NOT_FOUND);
  v1::WaitSagaRequest wait;
  wait.set_saga_id("nobody");
  grpc::ClientContext waiting;
  EXPECT_EQ(sagas->WaitSaga(&waiting, wait, &saga).error_code(), grpc::StatusCode::NOT_FOUND);
  v1::WatchSagaRequest watch;
  watch.set_saga_id("nobody");
  grpc::ClientContext watching;
  EXPECT_EQ(sagas->WatchSaga(&watching, watch)->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
  v1::ListHistoryRequest history;
  history.set_saga_id("nobody");
  v1::ListHistoryResponse entries;
  grpc::ClientContext listing;
  EXPECT_EQ(sagas->ListHistory(&listing, history, &entries).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(SagaServiceTest, AListComesInPagesOfOneFilter) {
  Serve();
  for (const char* id : {"s1", "s2", "s3"}) Run(id);
  Run("other", "charge");
  v1::ListSagasRequest request;
  request.set_filter("definition = \"trip\"");
  request.set_page_size(2);
  v1::ListSagasResponse page;
  ASSERT_TRUE(List(request, page).ok());
  EXPECT_EQ(page.sagas_size(), 2);
  EXPECT_EQ(page.sagas(0).steps_size(), 0);
  request.set_page_token(page.next_page_token());
  ASSERT_TRUE(List(request, page).ok());
  ASSERT_EQ(page.sagas_size(), 1);
  EXPECT_EQ(page.sagas(0).id(), "s1");
  EXPECT_EQ(page.next_page_token(), "");

  request.set_filter("definition = \"charge\"");
  const grpc::Status status = List(request, page);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Reason(status), "INVALID_PAGE_TOKEN");
  EXPECT_THAT(status.error_message(), HasSubstr("another list or filter"));
}

TEST_F(SagaServiceTest, AFilterWithAnErrorIsRefusedSayingWhere) {
  Serve();
  v1::ListSagasRequest request;
  request.set_filter("status = RUNING");
  v1::ListSagasResponse page;
  const grpc::Status status = List(request, page);
  EXPECT_EQ(Reason(status), "INVALID_FILTER");
  EXPECT_THAT(status.error_message(), HasSubstr("column 10"));
}

TEST_F(SagaServiceTest, AHistoryComesInPages) {
  Serve();
  const v1::Saga saga = Run("s1");
  v1::ListHistoryRequest request;
  request.set_saga_id("s1");
  request.set_page_size(3);
  int64_t number = 0;
  do {
    v1::ListHistoryResponse page;
    grpc::ClientContext context;
    ASSERT_TRUE(sagas->ListHistory(&context, request, &page).ok());
    for (const v1::HistoryEntry& entry : page.entries()) EXPECT_EQ(entry.number(), ++number);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_GE(number, 8);  // started, three times sent and ended, completed
}

TEST_F(SagaServiceTest, AWaitEndsAfterItsTimeoutWithTheSagaAsItIs) {
  Serve();
  caller.Hold("a");
  v1::StartSagaResponse started;
  ASSERT_TRUE(Start(Trip("s1"), started).ok());
  v1::WaitSagaRequest request;
  request.set_saga_id("s1");
  request.mutable_timeout()->set_nanos(1'000'000);
  v1::Saga saga;
  grpc::ClientContext context;
  ASSERT_TRUE(sagas->WaitSaga(&context, request, &saga).ok());
  EXPECT_EQ(saga.status(), v1::Saga::RUNNING);
  ASSERT_TRUE(caller.WaitForHeld("a"));
  caller.Release("a");
}

TEST_F(SagaServiceTest, AWaitEndsWhenTheSagaIsParked) {
  Serve();
  const v1::Saga saga = Park("s1");
  EXPECT_EQ(saga.status(), v1::Saga::DEAD_LETTERED);
  EXPECT_EQ(saga.dead_letter_id(), "s1/1");
}

TEST_F(SagaServiceTest, AClientThatGivesUpLeavesNoWaitBehind) {
  config.limits.watches = 1;
  Serve();
  caller.Hold("a");
  v1::StartSagaResponse started;
  ASSERT_TRUE(Start(Trip("s1"), started).ok());
  v1::WaitSagaRequest request;
  request.set_saga_id("s1");
  v1::Saga saga;
  // Each gives up after a moment; with one left behind, the only place would be taken for good.
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(runtime::Eventually([&] {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
      return sagas->WaitSaga(&context, request, &saga).error_code() ==
             grpc::StatusCode::DEADLINE_EXCEEDED;
    }));
  }
  ASSERT_TRUE(caller.WaitForHeld("a"));
  caller.Release("a");
}

TEST_F(SagaServiceTest, TooManyWaitsAreRefused) {
  config.limits.watches = 1;
  Serve();
  caller.Hold("a");
  v1::StartSagaResponse started;
  ASSERT_TRUE(Start(Trip("s1"), started).ok());
  v1::WatchSagaRequest watch;
  watch.set_saga_id("s1");
  grpc::ClientContext watching;
  const auto stream = sagas->WatchSaga(&watching, watch);
  v1::Saga saga;
  ASSERT_TRUE(stream->Read(&saga));
  v1::WaitSagaRequest wait;
  wait.set_saga_id("s1");
  grpc::ClientContext waiting;
  const grpc::Status status = sagas->WaitSaga(&waiting, wait, &saga);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Reason(status), "TOO_MANY_WATCHES");
  watching.TryCancel();
  EXPECT_FALSE(stream->Finish().ok());
  ASSERT_TRUE(caller.WaitForHeld("a"));
  caller.Release("a");
}

TEST_F(SagaServiceTest, AWatchSendsTheSagaAsItIsThenChangesAndEndsWithIt) {
  Serve();
  caller.Hold("b");
  v1::StartSagaResponse started;
  ASSERT_TRUE(Start(Trip("s1"), started).ok());
  ASSERT_TRUE(caller.WaitForHeld("b"));
  v1::WatchSagaRequest request;
  request.set_saga_id("s1");
  grpc::ClientContext context;
  const auto stream = sagas->WatchSaga(&context, request);
  v1::Saga saga;
  ASSERT_TRUE(stream->Read(&saga));
  EXPECT_EQ(saga.status(), v1::Saga::RUNNING);
  caller.Release("b");
  int64_t revision = saga.revision();
  while (stream->Read(&saga)) {
    EXPECT_GT(saga.revision(), revision);
    revision = saga.revision();
  }
  EXPECT_EQ(saga.status(), v1::Saga::COMPLETED);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(SagaServiceTest, ACancelCompensatesAndIsAnsweredWithTheSaga) {
  Serve();
  caller.Hold("b");
  v1::StartSagaResponse started;
  ASSERT_TRUE(Start(Trip("s1"), started).ok());
  ASSERT_TRUE(caller.WaitForHeld("b"));
  v1::Saga saga;
  ASSERT_TRUE(Cancel("s1", saga).ok());
  EXPECT_EQ(saga.cause().kind(), v1::Cause::CANCELLED);
  caller.Release("b");
  v1::WaitSagaRequest wait;
  wait.set_saga_id("s1");
  grpc::ClientContext context;
  ASSERT_TRUE(sagas->WaitSaga(&context, wait, &saga).ok());
  EXPECT_EQ(saga.status(), v1::Saga::COMPENSATED);
  EXPECT_EQ(caller.Methods(), "a b undo_b undo_a");
}

TEST_F(SagaServiceTest, ACancelOfWhatHasEndedIsRefused) {
  Serve();
  Run("s1");
  v1::Saga saga;
  const grpc::Status status = Cancel("s1", saga);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Reason(status), "WRONG_STATE");
}

}  // namespace
}  // namespace skald::server
