#include <gmock/gmock.h>

#include <span>

#include "engine/server/service_harness.h"
#include "storage/memory/memory_store.h"

namespace skald::server {
namespace {

using testing::HasSubstr;

class AdminServiceTest : public ServiceTest {
 protected:
  using Order = grpc::Status (v1::AdminService::Stub::*)(grpc::ClientContext*,
                                                         const v1::DeadLetterOrder&,
                                                         v1::DeadLetterOrderResponse*);

  grpc::Status Give(Order order, const std::string& id, v1::DeadLetterOrderResponse& response,
                    const std::string& reason = "done by hand") {
    v1::DeadLetterOrder request;
    request.set_id(id);
    request.set_reason(reason);
    request.set_actor("ann");
    grpc::ClientContext context;
    return ((*admin).*order)(&context, request, &response);
  }
  v1::ListDeadLettersResponse DeadLetters(const std::string& filter) {
    v1::ListDeadLettersRequest request;
    request.set_filter(filter);
    v1::ListDeadLettersResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(admin->ListDeadLetters(&context, request, &response).ok());
    return response;
  }
  v1::ListAuditResponse Audit(const std::string& id) {
    v1::ListAuditRequest request;
    request.set_saga_id(id);
    v1::ListAuditResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(admin->ListAudit(&context, request, &response).ok());
    return response;
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

constexpr auto kRetry = &v1::AdminService::Stub::RetryDeadLetter;
constexpr auto kSkip = &v1::AdminService::Stub::SkipDeadLetter;
constexpr auto kResolve = &v1::AdminService::Stub::ResolveDeadLetter;

TEST_F(AdminServiceTest, ADeadLetterNamesStepCauseAndTheParticipantsWords) {
  Serve();
  Park("s1");
  const v1::ListDeadLettersResponse open = DeadLetters("");
  ASSERT_EQ(open.dead_letters_size(), 1);
  const v1::DeadLetter& letter = open.dead_letters(0);
  EXPECT_EQ(letter.id(), "s1/1");
  EXPECT_EQ(letter.step(), "a");
  EXPECT_EQ(letter.phase(), v1::COMPENSATION);
  EXPECT_EQ(letter.cause().message(), "too late");
  v1::GetDeadLetterRequest request;
  request.set_id("s1");
  v1::DeadLetter got;
  grpc::ClientContext context;
  ASSERT_TRUE(admin->GetDeadLetter(&context, request, &got).ok());
  EXPECT_EQ(got.id(), "s1/1");
}

TEST_F(AdminServiceTest, ARetryGoesOnAtTheStepThatFailed) {
  Serve();
  Park("s1");
  v1::DeadLetterOrderResponse response;
  const grpc::Status status = Give(kRetry, "s1", response, "");
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.dead_letter().closed_by(), "retry");
  EXPECT_EQ(response.dead_letter().close_actor(), "ann");
  EXPECT_EQ(WaitFor("s1").status(), v1::Saga::COMPENSATED);
  EXPECT_EQ(caller.Methods(), "a b undo_a undo_a");
  EXPECT_EQ(DeadLetters("").dead_letters_size(), 0);
  EXPECT_EQ(DeadLetters("open = false").dead_letters_size(), 1);
}

TEST_F(AdminServiceTest, ARepeatedOrderIsAnsweredAgainAndCarriedOutOnce) {
  Serve();
  Park("s1");
  v1::DeadLetterOrderResponse response;
  ASSERT_TRUE(Give(kRetry, "s1/1", response).ok());
  WaitFor("s1");
  ASSERT_TRUE(Give(kRetry, "s1/1", response).ok());
  EXPECT_EQ(response.dead_letter().id(), "s1/1");
  EXPECT_EQ(response.saga().status(), v1::Saga::COMPENSATED);
  EXPECT_EQ(Audit("s1").entries_size(), 1);
  EXPECT_EQ(Give(kSkip, "s1/1", response).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(AdminServiceTest, ARepeatedOrderIsKnownAgainAfterTheSagaWasParkedAnew) {
  Serve();
  Park("s1");
  caller.Answer("undo_a", absl::StatusCode::kFailedPrecondition, "still too late");
  v1::DeadLetterOrderResponse response;
  ASSERT_TRUE(Give(kRetry, "s1/1", response).ok());
  EXPECT_EQ(WaitFor("s1").dead_letter_id(), "s1/2");
  ASSERT_TRUE(Give(kRetry, "s1/1", response).ok());
  EXPECT_EQ(response.dead_letter().id(), "s1/1");
  EXPECT_EQ(response.saga().dead_letter_id(), "s1/2");
}

TEST_F(AdminServiceTest, ASkipTakesTheCallForDone) {
  Serve();
  Park("s1");
  v1::DeadLetterOrderResponse response;
  ASSERT_TRUE(Give(kSkip, "s1", response).ok());
  EXPECT_EQ(WaitFor("s1").status(), v1::Saga::COMPENSATED);
  EXPECT_EQ(caller.Methods(), "a b undo_a");
}

TEST_F(AdminServiceTest, AResolveClosesTheSagaAndTheAuditSaysWhoAndWhy) {
  Serve();
  Park("s1");
  v1::DeadLetterOrderResponse response;
  ASSERT_TRUE(Give(kResolve, "s1", response).ok());
  EXPECT_EQ(response.saga().status(), v1::Saga::RESOLVED);
  const v1::ListAuditResponse audit = Audit("s1");
  ASSERT_EQ(audit.entries_size(), 1);
  EXPECT_EQ(audit.entries(0).verb(), "dead-letter.resolve");
  EXPECT_EQ(audit.entries(0).actor(), "ann");
  EXPECT_EQ(audit.entries(0).reason(), "done by hand");
  EXPECT_EQ(audit.entries(0).dead_letter_id(), "s1/1");
}

TEST_F(AdminServiceTest, WhatOverrulesASagaNeedsAReason) {
  Serve();
  Park("s1");
  v1::DeadLetterOrderResponse response;
  for (const Order order : {kSkip, kResolve}) {
    const grpc::Status status = Give(order, "s1", response, "");
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(Reason(status), "REASON_REQUIRED");
  }
}

TEST_F(AdminServiceTest, OrdersForWhatIsNotThereAreRefused) {
  Serve();
  v1::DeadLetterOrderResponse response;
  EXPECT_EQ(Give(kRetry, "nobody", response).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Reason(Give(kRetry, "a/b/c", response)), "INVALID_ID");
  Run("s1");
  const grpc::Status status = Give(kRetry, "s1/1", response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Reason(status), "DEAD_LETTER_NOT_FOUND");
}

TEST_F(AdminServiceTest, APausedSagaSendsNothingUntilItIsResumed) {
  Serve();
  caller.Hold("a");
  v1::StartSagaResponse started;
  grpc::ClientContext starting;
  ASSERT_TRUE(sagas->StartSaga(&starting, Trip("s1"), &started).ok());
  ASSERT_TRUE(caller.WaitForHeld("a"));
  v1::SagaOrder order;
  order.set_saga_id("s1");
  v1::Saga saga;
  grpc::ClientContext pausing;
  ASSERT_TRUE(admin->PauseSaga(&pausing, order, &saga).ok());
  EXPECT_TRUE(saga.paused());
  caller.Release("a");
  grpc::ClientContext resuming;
  ASSERT_TRUE(admin->ResumeSaga(&resuming, order, &saga).ok());
  EXPECT_FALSE(saga.paused());
  EXPECT_EQ(WaitFor("s1").status(), v1::Saga::COMPLETED);
  const v1::ListAuditResponse audit = Audit("");
  ASSERT_EQ(audit.entries_size(), 2);
  EXPECT_EQ(audit.entries(0).verb(), "resume");
  EXPECT_THAT(audit.entries(0).actor(), HasSubstr("127.0.0.1"));
}

TEST_F(AdminServiceTest, DefinitionsAreListedAndDrawn) {
  Serve();
  v1::ListDefinitionsResponse all;
  grpc::ClientContext listing;
  ASSERT_TRUE(admin->ListDefinitions(&listing, {}, &all).ok());
  ASSERT_EQ(all.definitions_size(), 2);
  EXPECT_EQ(all.definitions(0).name(), "charge");
  v1::GetDefinitionRequest request;
  request.set_name("trip");
  v1::DefinitionInfo info;
  grpc::ClientContext getting;
  ASSERT_TRUE(admin->GetDefinition(&getting, request, &info).ok());
  EXPECT_NE(info.mermaid(), "");
  EXPECT_EQ(info.version(), 1);
  request.set_version(7);
  grpc::ClientContext again;
  EXPECT_EQ(Reason(admin->GetDefinition(&again, request, &info)), "UNKNOWN_VERSION");
}

// A store in memory with one saga in it that runs what this server lacks: trip@4.
std::unique_ptr<Store> StoreWithAGoneVersion() {
  auto store = std::make_unique<MemoryStore>();
  EXPECT_TRUE(store->TakeShards(4, "before").ok());
  v1::SagaRecord saga;
  saga.set_id("old");
  saga.set_definition("trip");
  saga.set_definition_version(4);
  saga.set_fingerprint("0123456789abcdef");
  saga.set_status(v1::Saga::RUNNING);
  saga.set_revision(1);
  saga.set_epoch(1);
  saga.set_created_us(1);
  v1::DefinitionRecord gone;
  gone.set_name("trip");
  gone.set_version(4);
  gone.set_fingerprint(saga.fingerprint());
  gone.set_outline("definition trip\nstate google.protobuf.StringValue\nsleep nap\n");
  const Change change{.record = &saga, .definition = &gone};
  const auto stored = store->Commit(std::span(&change, 1));
  EXPECT_TRUE(stored.ok() && stored->front() == ChangeResult::kStored);
  return store;
}

class VersionsTest : public AdminServiceTest {
 protected:
  void ServeOnOldStore() {
    Serve([]() -> absl::StatusOr<std::unique_ptr<Store>> { return StoreWithAGoneVersion(); });
  }
};

TEST_F(VersionsTest, ADefinitionTellsItsOutlineAndBothPictures) {
  Serve();
  v1::GetDefinitionRequest request;
  request.set_name("charge");
  v1::DefinitionInfo info;
  grpc::ClientContext context;
  ASSERT_TRUE(admin->GetDefinition(&context, request, &info).ok());
  EXPECT_THAT(info.outline(), HasSubstr("step b pivot"));
  EXPECT_THAT(info.graphviz(), HasSubstr("digraph"));
  EXPECT_FALSE(info.missing());
}

TEST_F(VersionsTest, WhatOnlyTheStoreRemembersIsListedWhenAskedForAndMarked) {
  ServeOnOldStore();
  v1::ListDefinitionsRequest request;
  v1::ListDefinitionsResponse response;
  grpc::ClientContext here;
  ASSERT_TRUE(admin->ListDefinitions(&here, request, &response).ok());
  EXPECT_EQ(response.definitions_size(), 2);
  request.set_include_missing(true);
  grpc::ClientContext everywhere;
  ASSERT_TRUE(admin->ListDefinitions(&everywhere, request, &response).ok());
  ASSERT_EQ(response.definitions_size(), 3);
  EXPECT_EQ(response.definitions(2).version(), 4);
  EXPECT_TRUE(response.definitions(2).missing());
  EXPECT_EQ(response.definitions(2).state_type(), "google.protobuf.StringValue");
  v1::GetDefinitionRequest get;
  get.set_name("trip");
  get.set_version(4);
  v1::DefinitionInfo info;
  grpc::ClientContext getting;
  ASSERT_TRUE(admin->GetDefinition(&getting, get, &info).ok());
  EXPECT_THAT(info.outline(), HasSubstr("sleep nap"));
}

TEST_F(VersionsTest, VersionsAreComparedHereOrOnlyRemembered) {
  ServeOnOldStore();
  v1::DiffDefinitionsRequest request;
  request.set_name("trip");
  request.set_from_version(4);
  request.set_to_version(1);
  v1::DiffDefinitionsResponse response;
  grpc::ClientContext differing;
  ASSERT_TRUE(admin->DiffDefinitions(&differing, request, &response).ok());
  EXPECT_FALSE(response.changes().empty());
  EXPECT_THAT(response.from_outline(), HasSubstr("sleep nap"));
  EXPECT_THAT(response.to_outline(), HasSubstr("step a"));
  request.set_from_version(1);
  grpc::ClientContext alike;
  ASSERT_TRUE(admin->DiffDefinitions(&alike, request, &response).ok());
  EXPECT_EQ(response.changes_size(), 0);
  request.set_to_version(9);
  grpc::ClientContext unknown;
  EXPECT_EQ(Reason(admin->DiffDefinitions(&unknown, request, &response)), "UNKNOWN_VERSION");
  request.set_from_version(0);
  grpc::ClientContext without;
  EXPECT_EQ(Reason(admin->DiffDefinitions(&without, request, &response)), "INVALID_VERSION");
}

TEST_F(VersionsTest, UnfinishedSagasAreCountedAndThoseThatNobodyHereRunsAreMarked) {
  ServeOnOldStore();
  Run("s1");
  Park("s2");
  v1::CountRunningResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(admin->CountRunning(&context, {}, &response).ok());
  ASSERT_EQ(response.counts_size(), 2);
  EXPECT_EQ(response.counts(0).version(), 1);
  EXPECT_EQ(response.counts(0).status(), v1::Saga::DEAD_LETTERED);
  EXPECT_EQ(response.counts(0).sagas(), 1);
  EXPECT_FALSE(response.counts(0).missing());
  EXPECT_EQ(response.counts(1).version(), 4);
  EXPECT_EQ(response.counts(1).status(), v1::Saga::RUNNING);
  EXPECT_TRUE(response.counts(1).missing());
}

TEST_F(VersionsTest, ASagaIsDrawnForEitherProgram) {
  ServeOnOldStore();
  Park("s1");
  const auto draw = [&](const std::string& id, v1::DrawSagaRequest::Format format,
                        std::string& picture) {
    v1::DrawSagaRequest request;
    request.set_saga_id(id);
    request.set_format(format);
    v1::DrawSagaResponse response;
    grpc::ClientContext context;
    grpc::Status status = admin->DrawSaga(&context, request, &response);
    picture = response.picture();
    return status;
  };
  std::string picture;
  ASSERT_TRUE(draw("s1", v1::DrawSagaRequest::FORMAT_UNSPECIFIED, picture).ok());
  EXPECT_THAT(picture, HasSubstr("flowchart"));
  ASSERT_TRUE(draw("s1", v1::DrawSagaRequest::GRAPHVIZ, picture).ok());
  EXPECT_THAT(picture, HasSubstr("digraph"));
  EXPECT_EQ(Reason(draw("nobody", v1::DrawSagaRequest::MERMAID, picture)), "SAGA_NOT_FOUND");
  EXPECT_EQ(Reason(draw("old", v1::DrawSagaRequest::MERMAID, picture)), "DEFINITION_MISSING");
}

TEST_F(VersionsTest, ASignalForAVersionThatIsGoneIsRefused) {
  ServeOnOldStore();
  v1::SignalSagaRequest request;
  request.set_saga_id("old");
  request.set_name("approval");
  v1::Saga saga;
  grpc::ClientContext context;
  EXPECT_EQ(Reason(sagas->SignalSaga(&context, request, &saga)), "DEFINITION_MISSING");
}

}  // namespace
}  // namespace skald::server
