#include "engine/server/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <future>

#include "base/status.h"
#include "engine/server/service_harness.h"
#include "storage/memory/memory_store.h"

namespace skald::server {
namespace {

using grpc::health::v1::HealthCheckResponse;
using testing::ElementsAre;
using testing::HasSubstr;

using ServerTest = ServiceTest;

TEST_F(ServerTest, AStoreThatIsAwayIsWaitedForAndHealthSaysSo) {
  std::atomic<bool> away{true};
  Serve([&away]() -> absl::StatusOr<std::unique_ptr<Store>> {
    if (away) return Unavailable("no server answers at db:5432");
    return std::make_unique<MemoryStore>();
  });
  for (const char* service : {"", "skald.v1.SagaService", "skald.v1.AdminService"}) {
    EXPECT_EQ(Health(service), HealthCheckResponse::NOT_SERVING);
  }
  v1::Saga saga;
  const grpc::Status status = Get("s1", saga);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Reason(status), "STORE_UNAVAILABLE");
  EXPECT_EQ(status.error_message(), "the store is not open yet: no server answers at db:5432");
  v1::StartSagaResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(sagas->StartSaga(&context, Trip("s1"), &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);

  away = false;
  EXPECT_TRUE(runtime::Eventually([&] { return Health() == HealthCheckResponse::SERVING; }));
  EXPECT_EQ(Health("skald.v1.SagaService"), HealthCheckResponse::SERVING);
  EXPECT_EQ(Run("s1").status(), v1::Saga::COMPLETED);
}

TEST_F(ServerTest, AStoreThatGoesAwayLaterIsSeenByHealthUntilItIsBack) {
  MemoryStore* store = nullptr;
  Serve([&store]() -> absl::StatusOr<std::unique_ptr<Store>> {
    auto made = std::make_unique<MemoryStore>();
    store = made.get();
    return made;
  });
  EXPECT_EQ(Health(), HealthCheckResponse::SERVING);
  store->FailEverything(Unavailable("the database is away"));
  v1::Saga saga;
  const grpc::Status status = Get("s1", saga);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "the database is away");
  EXPECT_TRUE(runtime::Eventually([&] { return Health() == HealthCheckResponse::NOT_SERVING; }));
  store->FailEverything(absl::OkStatus());
  EXPECT_TRUE(runtime::Eventually([&] { return Health() == HealthCheckResponse::SERVING; }));
  EXPECT_EQ(Run("s1").status(), v1::Saga::COMPLETED);
}

TEST_F(ServerTest, AStoreThatRefusesEndsTheStart) {
  Server refused(config, registry,
                 {.open_store = []() -> absl::StatusOr<std::unique_ptr<Store>> {
                    return FailedPrecondition("the schema is newer than this program");
                  },
                  .caller = &caller,
                  .clock = &clock,
                  .on_refused = {},
                  .keeper = {}});
  const absl::StatusOr<std::string> listening = refused.Start();
  EXPECT_TRUE(absl::IsFailedPrecondition(listening.status()));
  EXPECT_EQ(Message(listening.status()), "the schema is newer than this program");
}

TEST_F(ServerTest, AStoreThatRefusesLaterIsReported) {
  std::atomic<int> tries{0};
  std::promise<absl::Status> refused;
  Server server_of_its_own(
      config, registry,
      {.open_store = [&tries]() -> absl::StatusOr<std::unique_ptr<Store>> {
         if (++tries == 1) return Unavailable("away");
         return FailedPrecondition("the schema is newer than this program");
       },
       .caller = &caller,
       .clock = &clock,
       .on_refused = [&refused](const absl::Status& status) { refused.set_value(status); },
       .keeper = {.retry = absl::Milliseconds(10)}});
  ASSERT_TRUE(server_of_its_own.Start().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.get_future().get()));
}

TEST_F(ServerTest, APortInUseIsRefused) {
  Serve();
  config.listen = address;
  Server second(config, registry,
                {.open_store = []() -> absl::StatusOr<std::unique_ptr<Store>> {
                   ADD_FAILURE() << "the store must not be touched";
                   return Unavailable("");
                 },
                 .caller = &caller,
                 .clock = &clock,
                 .on_refused = {},
                 .keeper = {}});
  EXPECT_THAT(Message(second.Start().status()), HasSubstr("cannot listen on " + address));
}

TEST_F(ServerTest, AStopAnswersWaitsWithTheSagaAsItIsAndEndsWatches) {
  Serve();
  caller.Hold("a");
  v1::StartSagaRequest start = Trip("s1");
  start.mutable_wait()->set_seconds(600);
  auto waiting = std::async(std::launch::async, [&] {
    v1::StartSagaResponse response;
    grpc::ClientContext context;
    const grpc::Status status = sagas->StartSaga(&context, start, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.saga().status();
  });
  ASSERT_TRUE(caller.WaitForHeld("a"));
  v1::WatchSagaRequest watch;
  watch.set_saga_id("s1");
  grpc::ClientContext context;
  const auto stream = sagas->WatchSaga(&context, watch);
  v1::Saga saga;
  ASSERT_TRUE(stream->Read(&saga));

  auto stopping = std::async(std::launch::async, [&] { server->Stop(); });
  EXPECT_EQ(waiting.get(), v1::Saga::RUNNING);
  while (stream->Read(&saga)) {
  }
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Reason(status), "SHUTTING_DOWN");
  stopping.get();
  caller.Release("a");
}

TEST_F(ServerTest, AnyClientFindsTheServicesByReflection) {
  Serve();
  grpc::GenericStub stub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  const auto stream = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  stream->StartCall(nullptr);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  // ServerReflectionRequest{list_services: "*"}
  const grpc::Slice bytes("\x3a\x01*");
  stream->Write(grpc::ByteBuffer(&bytes, 1), nullptr);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::ByteBuffer reply;
  stream->Read(&reply, nullptr);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::Slice slice;
  ASSERT_TRUE(reply.DumpToSingleSlice(&slice).ok());
  const std::string text(slice.begin(), slice.end());
  for (const char* service :
       {"skald.v1.SagaService", "skald.v1.AdminService", "grpc.health.v1.Health"}) {
    EXPECT_THAT(text, HasSubstr(service));
  }
  context.TryCancel();
}

TEST_F(ServerTest, OffLoopbackItListensOnlyIfToldSo) {
  for (const char* loopback : {"127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/tmp/s"}) {
    config.listen = loopback;
    EXPECT_TRUE(CheckListen(config).ok()) << loopback;
  }
  config.listen = "0.0.0.0:7600";
  EXPECT_THAT(Message(CheckListen(config)), HasSubstr("insecure_listen: true"));
  config.insecure_listen = true;
  EXPECT_TRUE(CheckListen(config).ok());
  config.listen = "7600";
  EXPECT_THAT(Message(CheckListen(config)), HasSubstr("expected host:port"));
}

TEST_F(ServerTest, AParticipantThatIsNotConfiguredIsNamedWithWhatToWrite) {
  EXPECT_THAT(
      MissingParticipants(config, registry),
      ElementsAre("participant 'test', which charge@1 calls, is not configured: write "
                  "participants.test.address in the file, or --participant test=dns:///host:port"));
  config.participants["test"].address = "127.0.0.1:1";
  EXPECT_THAT(MissingParticipants(config, registry), ElementsAre());
}

}  // namespace
}  // namespace skald::server
