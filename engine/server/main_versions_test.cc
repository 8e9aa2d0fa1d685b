// The server as a process, with libraries of sagas, and with sagas of other versions in its store.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "base/status.h"
#include "engine/runtime/engine_harness.h"
#include "engine/server/main_harness.h"
#include "skald/v1/saga.grpc.pb.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/temp_folder.h"

namespace skald::server {
namespace {

using runtime::Eventually;
using testing::HasSubstr;
using testing_support::PostgresCluster;

constexpr char kParcels[] = "--sagas=" SKALD_TEST_LIBRARIES "/libparcel_sagas.so";

class MainVersionsTest : public testing::Test {
 protected:
  // Nobody listens on the participant's port 1: each saga waits for its first step.
  std::vector<std::string> Serve(std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--listen=127.0.0.1:0", "--participant=test=127.0.0.1:1"});
    return more;
  }

  static grpc::Status Start(const Process& server, const std::string& definition,
                            const std::string& id, const std::string& json) {
    const auto stub = v1::SagaService::NewStub(
        grpc::CreateChannel(server.Address(), grpc::InsecureChannelCredentials()));
    v1::StartSagaRequest request;
    request.set_definition(definition);
    request.set_saga_id(id);
    request.set_input_json(json);
    v1::StartSagaResponse response;
    grpc::ClientContext context;
    return stub->StartSaga(&context, request, &response);
  }

  // Runs a server, starts saga s1 of trip@1 (step a), and stops it.
  void RunATrip(const std::string& store) {
    Process server(folder_.path(), Serve({store}));
    const grpc::Status started = Start(server, "trip", "s1", "\"paris\"");
    EXPECT_TRUE(started.ok()) << started.error_message();
    server.Signal(SIGTERM);
    EXPECT_EQ(server.Wait(), 0) << server.Error();
  }

  testing_support::TempFolder folder_;
  const std::string sqlite_ = "--store=sqlite:skald.db";
};

constexpr char kChanged[] =
    "skaldd: trip@1 has changed since its first saga: step 'audit' was added after 'a': make it "
    "version 2, and give version 1 back its old form\n";

TEST_F(MainVersionsTest, ALibrarysSagasAreListedAndStarted) {
  Process list(folder_.path(), {"definitions", kParcels});
  EXPECT_EQ(list.Wait(), 0) << list.Error();
  EXPECT_THAT(list.Out(), HasSubstr("trip@1"));
  EXPECT_THAT(list.Out(), HasSubstr("send_parcel@1"));
  Process server(folder_.path(), Serve({"serve", kParcels}));
  const grpc::Status started = Start(server, "send_parcel", "p1", R"({"address": "Rome"})");
  EXPECT_TRUE(started.ok()) << started.error_message();
}

TEST_F(MainVersionsTest, LibrariesMayBeNamedOneByOneOrTogetherOrInTheEnvironment) {
  const std::string taken = SKALD_TEST_LIBRARIES "/libtaken_sagas.so";
  const std::string both = std::string(kParcels) + "," + taken;
  const std::vector<std::string> other = {"TEST_DEFINITIONS=other@1:a"};
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{kParcels, "--sagas", taken, "definitions"},
        std::vector<std::string>{"definitions", both}}) {
    Process list(folder_.path(), words, other);
    EXPECT_EQ(list.Wait(), 0) << list.Error();
    EXPECT_THAT(list.Out(), HasSubstr("send_parcel@1"));
    EXPECT_THAT(list.Out(), HasSubstr("night_train@1"));
  }
  Process list(folder_.path(), {"definitions"}, {"SKALD_SAGAS=" + taken, other[0]});
  EXPECT_EQ(list.Wait(), 0) << list.Error();
  EXPECT_THAT(list.Out(), HasSubstr("night_train@1"));
}

TEST_F(MainVersionsTest, ALibraryThatDoesNotFitEndsTheServerWithTwo) {
  const std::string path = SKALD_TEST_LIBRARIES "/libinterface_sagas.so";
  Process server(folder_.path(), Serve({"--sagas=" + path}));
  EXPECT_EQ(server.Wait(), 2);
  EXPECT_THAT(server.Error(), HasSubstr("skaldd: " + path + ": it was built for interface 999"));
}

TEST_F(MainVersionsTest, AProtoFileThatIsLinkedInTwiceEndsTheServerWithTwoAndNotWithASignal) {
  Process server(folder_.path(),
                 Serve({"--sagas=" SKALD_TEST_LIBRARIES "/libdouble_proto_sagas.so"}));
  EXPECT_EQ(server.Wait(), 2);
  EXPECT_THAT(server.Error(), HasSubstr("the proto file skald/v1/saga.proto is linked into it"));
}

TEST_F(MainVersionsTest, LintSaysWhatAuthorsMayWantToThinkOverAndEndsWithTwo) {
  Process advice(folder_.path(), {"lint", kParcels});
  EXPECT_EQ(advice.Wait(), 2) << advice.Error();
  EXPECT_THAT(advice.Out(), HasSubstr("send_parcel@1: await 'delivered' waits for ever"));
  Process bad(folder_.path(), {"lint"}, {"TEST_BAD_DEFINITION=1"});
  EXPECT_EQ(bad.Wait(), 2);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/skald.db"));
}

TEST_F(MainVersionsTest, ADefinitionThatChangedUnderItsNumberEndsTheServerWithTwo) {
  RunATrip(sqlite_);
  RunATrip(sqlite_);
  Process server(folder_.path(), Serve({sqlite_}), {"TEST_DEFINITIONS=trip@1:a,audit"});
  EXPECT_EQ(server.Wait(), 2);
  EXPECT_THAT(server.Error(), HasSubstr(kChanged));
}

TEST_F(MainVersionsTest, ADefinitionWithoutSagasMayChange) {
  Process idle(folder_.path(), Serve({sqlite_}));
  idle.Address();
  idle.Signal(SIGTERM);
  EXPECT_EQ(idle.Wait(), 0);
  Process server(folder_.path(), Serve({sqlite_}), {"TEST_DEFINITIONS=trip@1:a,audit"});
  server.Address();
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0) << server.Error();
}

TEST_F(MainVersionsTest, AServerThatLacksAVersionSaysSoLoudlyAndServesTheRest) {
  RunATrip(sqlite_);
  Process server(folder_.path(), Serve({sqlite_}), {"TEST_DEFINITIONS=trip@2:a,audit"});
  const grpc::Status started = Start(server, "trip", "s2", "\"rome\"");
  EXPECT_TRUE(started.ok()) << started.error_message();
  EXPECT_THAT(server.Error(), HasSubstr("1 unfinished sagas run trip@1, which this node lacks"));
}

TEST_F(MainVersionsTest, AStoreThatComesBackLaterIsLookedAtThen) {
  auto cluster = PostgresCluster::Make();
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  const std::string database = *(*cluster)->CreateDatabase();
  const std::string store = "--store=" + (*cluster)->TcpUrl(database);
  RunATrip(store);
  ASSERT_TRUE((*cluster)->Stop().ok());
  Process server(folder_.path(), Serve({store}), {"TEST_DEFINITIONS=trip@1:a,audit"});
  server.Address();
  EXPECT_THAT(server.Out(), HasSubstr("away: trying again"));
  ASSERT_TRUE((*cluster)->Start().ok());
  EXPECT_EQ(server.Wait(), 2);
  EXPECT_THAT(server.Error(), HasSubstr("trip@1 has changed since its first saga"));
}

TEST_F(MainVersionsTest, ReplayReadsASqliteFileWhileAServerRuns) {
  Process server(folder_.path(), Serve({sqlite_}));
  ASSERT_TRUE(Start(server, "trip", "s1", "\"paris\"").ok());
  testing_support::TempFolder other;
  const std::string store = "--store=sqlite:" + folder_.path() + "/skald.db";
  Process same(other.path(), {"replay", store});
  EXPECT_EQ(same.Wait(), 0) << same.Error();
  EXPECT_EQ(same.Out(), "1 of 1 sagas go the same way, 0 another, 0 as far as can be told\n");
  Process another(other.path(), {"replay", store, "--definition=trip@1", "--against=trip@2"},
                  {"TEST_DEFINITIONS=trip@2:audit,a"});
  EXPECT_EQ(another.Wait(), 3) << another.Error();
  EXPECT_EQ(another.Out(),
            "s1 entry 2: the history says 'a/action 1 sent', trip@2 would do 'audit/action 1 "
            "sent'\n0 of 1 sagas go the same way, 1 another, 0 as far as can be told\n");
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0) << server.Error();
}

TEST_F(MainVersionsTest, ReplayReadsPostgresWhileAServerRuns) {
  auto cluster = PostgresCluster::Make();
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  const std::string store = "--store=" + (*cluster)->TcpUrl(*(*cluster)->CreateDatabase());
  Process server(folder_.path(), Serve({store}));
  ASSERT_TRUE(Start(server, "trip", "s1", "\"paris\"").ok());
  testing_support::TempFolder other;
  Process another(other.path(), {"replay", store, "--against=trip@2"},
                  {"TEST_DEFINITIONS=trip@2:audit,a"});
  EXPECT_EQ(another.Wait(), 3) << another.Error();
  EXPECT_THAT(another.Out(), HasSubstr("s1 entry 2: "));
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0) << server.Error();
}

TEST_F(MainVersionsTest, ReplayMakesNoStoreAndNoTables) {
  Process sqlite(folder_.path(), {"replay", sqlite_});
  EXPECT_EQ(sqlite.Wait(), 1);
  EXPECT_THAT(sqlite.Error(), HasSubstr("there is nothing to read: "));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/skald.db"));
  auto cluster = PostgresCluster::Make();
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  const std::string database = *(*cluster)->CreateDatabase();
  Process postgres(folder_.path(), {"replay", "--store=" + (*cluster)->TcpUrl(database)});
  EXPECT_EQ(postgres.Wait(), 1);
  EXPECT_THAT(postgres.Error(), HasSubstr("the database's schema has version 0, this binary"));
  EXPECT_EQ(
      *(*cluster)->Query(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"),
      "0\n");
}

TEST_F(MainVersionsTest, AReplayThatIsNoneEndsWithTwo) {
  Process process(folder_.path(), {"replay", "--definition=trip@x"});
  EXPECT_EQ(process.Wait(), 2);
  EXPECT_EQ(process.Error(), "skaldd: 'trip@x' is no definition: expected name or name@version\n");
}

}  // namespace
}  // namespace skald::server
