// What may go wrong around a skaldd, tried on the real program: settings, stores, ports, signals,
// strangers at the port, and participants that break every rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/thread.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/temp_folder.h"
#include "tests/system/client.h"
#include "tests/system/history_check.h"
#include "tests/system/rogue.h"
#include "tests/system/servers.h"

namespace skald::system_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::PostgresCluster;
using testing_support::TempFolder;

constexpr int kCannotRun = 1;
constexpr int kWrongUse = 2;
constexpr absl::Duration kSoon = absl::Seconds(60);

class ServerProcessTest : public testing::Test {
 protected:
  [[nodiscard]] std::string StorePath() const { return folder_.path() + "/skald.db"; }
  [[nodiscard]] std::string Store() const { return "sqlite:" + StorePath(); }

  void Serve(const std::string& store, const std::map<std::string, std::string>& participants) {
    skaldd_ =
        std::make_unique<Skaldd>(folder_.path(), Skaldd::Options{.store = store}, participants);
    ASSERT_EQ(skaldd_->Start(), absl::OkStatus());
    client_ = std::make_unique<Client>(skaldd_->Address());
  }
  void ServeShop(const std::string& store) {
    ASSERT_EQ(shop_.Start(), absl::OkStatus());
    ASSERT_NO_FATAL_FAILURE(Serve(store, shop_.Addresses()));
  }

  void ExpectServing(bool serving) {
    EXPECT_TRUE(Eventually([&] { return client_->Serving() == serving; }, kSoon))
        << skaldd_->process().Output();
  }
  // A start waits a moment for a store that has just gone away; before long it is refused at once.
  void ExpectRefused(const std::string& id) {
    const auto refused = [&] {
      const auto start = client_->Start(PlaceOrder(id, "ada", 100), absl::Seconds(1));
      EXPECT_FALSE(start.ok()) << "acknowledged, without a store to keep it";
      return start.ok() || absl::IsUnavailable(start.status());
    };
    EXPECT_TRUE(Eventually(refused, kSoon)) << skaldd_->process().Output();
  }
  // The saga's end; started anew, or known already.
  void ExpectEnd(const std::string& id, v1::Saga::Status status) {
    const auto started = client_->StartUntilAcknowledged(PlaceOrder(id, "ada", 100), kSoon);
    ASSERT_TRUE(started.ok()) << started.status();
    ExpectEndOf(id, status);
  }
  void ExpectEndOf(const std::string& id, v1::Saga::Status status) {
    const auto saga = client_->WaitForEnd(id, kSoon);
    ASSERT_TRUE(saga.ok()) << saga.status();
    EXPECT_EQ(saga->status(), status) << saga->ShortDebugString();
  }
  // Until the step's call is under way.
  bool WaitForCall(const std::string& id, const std::string& step) {
    const auto sent = [&] {
      const auto history = client_->History(id);
      return history.ok() && std::any_of(history->begin(), history->end(), [&](const auto& entry) {
               return entry.kind() == v1::HistoryEntry::ATTEMPT_SENT && entry.step() == step;
             });
    };
    return Eventually(sent, kSoon);
  }
  // A skaldd that is to end by itself: its exit code, and what it said.
  struct Refusal {
    absl::StatusOr<int> exit_code;
    std::string words;
  };
  Refusal Refused(const Skaldd::Options& options,
                  const std::map<std::string, std::string>& participants) {
    Skaldd skaldd(folder_.path(), options, participants);
    skaldd.process().Start();
    absl::StatusOr<int> exit_code = skaldd.process().WaitForExit(kSoon);
    return {std::move(exit_code), skaldd.process().Output()};
  }

  TempFolder folder_;
  Shop shop_{folder_.path()};
  std::unique_ptr<Skaldd> skaldd_;
  std::unique_ptr<Client> client_;
};

void ExpectExit(const absl::StatusOr<int>& exit_code, int expected) {
  ASSERT_TRUE(exit_code.ok()) << exit_code.status();
  EXPECT_EQ(*exit_code, expected);
}

TEST_F(ServerProcessTest, AnUnknownKeyEndsItWithItsPlaceAndASuggestion) {
  const Refusal refusal =
      Refused({.store = Store(), .settings = "engine: {shard: 8}"}, shop_.Addresses());
  ExpectExit(refusal.exit_code, kWrongUse);
  EXPECT_THAT(refusal.words, AllOf(HasSubstr(".yaml:3"), HasSubstr("engine.shards")));
  EXPECT_FALSE(std::filesystem::exists(StorePath()));
}

TEST_F(ServerProcessTest, WithNothingToServeItEndsSayingWhatEachExampleLacks) {
  const Refusal refusal = Refused({.store = Store()}, {{"inventory", "127.0.0.1:1"}});
  ExpectExit(refusal.exit_code, kWrongUse);
  EXPECT_THAT(refusal.words, AllOf(HasSubstr("place_order@2 is not offered: the participant "
                                             "'payments' has no address"),
                                   HasSubstr("transfer_money@1 is not offered: the participant "
                                             "'bank' has no address"),
                                   HasSubstr("there is no saga to serve")));
}

TEST_F(ServerProcessTest, ASecondOneOnTheSameFileIsRefusedAndTheFirstGoesOn) {
  ASSERT_NO_FATAL_FAILURE(ServeShop(Store()));
  const Refusal refusal = Refused({.store = Store()}, shop_.Addresses());
  ExpectExit(refusal.exit_code, kCannotRun);
  EXPECT_THAT(refusal.words, HasSubstr(StorePath()));
  ExpectEnd("order-1", v1::Saga::COMPLETED);
}

TEST_F(ServerProcessTest, APortInUseEndsItAndTheFirstGoesOn) {
  ASSERT_NO_FATAL_FAILURE(ServeShop(Store()));
  Process second({SKALD_PROGRAM_SKALDD, "serve", "--config",
                  fmt::format("{}/skaldd-{}.yaml", folder_.path(), skaldd_->port()), "--store",
                  Store() + "-2"},
                 folder_.path() + "/second.log");
  second.Start();
  ExpectExit(second.WaitForExit(kSoon), kCannotRun);
  EXPECT_THAT(second.Output(), HasSubstr("cannot listen on " + skaldd_->Address()));
  ExpectEnd("order-1", v1::Saga::COMPLETED);
}

TEST_F(ServerProcessTest, ASchemaFromTheFutureIsRefusedAndLeftAsItIs) {
  ASSERT_NO_FATAL_FAILURE(Serve(Store(), shop_.Addresses()));
  ExpectExit(skaldd_->process().Stop(kSoon), 0);
  // PRAGMA user_version = 99: the four bytes at 60 in the header of any SQLite file.
  std::fstream file(StorePath(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(60).write("\0\0\0\x63", 4);
  file.close();
  ASSERT_TRUE(file.good());
  for (int i = 0; i < 2; ++i) {
    const Refusal refusal = Refused({.store = Store()}, shop_.Addresses());
    ExpectExit(refusal.exit_code, kCannotRun);
    EXPECT_THAT(refusal.words, HasSubstr("99"));
  }
}

TEST_F(ServerProcessTest, AFullDiskStopsStartsAndLosesNothing) {
  ASSERT_NO_FATAL_FAILURE(ServeShop(Store()));
  ExpectEnd("order-before", v1::Saga::COMPLETED);
  uint64_t largest = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
    largest = std::max<uint64_t>(largest, file.file_size());
  }
  skaldd_->process().LimitFiles(largest + 64 * 1024);
  int acknowledged = 0;
  absl::Status failure;
  for (; acknowledged < 2000 && failure.ok(); acknowledged += failure.ok() ? 1 : 0) {
    const std::string id = fmt::format("order-{}", acknowledged);
    failure = client_->Start(PlaceOrder(id, "ada", 1)).status();
  }
  EXPECT_FALSE(failure.ok());
  ExpectRefused(fmt::format("order-{}", acknowledged));
  ExpectServing(false);
  EXPECT_TRUE(skaldd_->process().Running()) << skaldd_->process().Output();

  skaldd_->process().LimitFiles(RLIM_INFINITY);
  ExpectServing(true);
  for (int i = 0; i <= acknowledged; ++i) {
    const std::string id = fmt::format("order-{}", i);
    // The one that failed was not acknowledged: it is started again.
    if (i == acknowledged) {
      const auto again = client_->StartUntilAcknowledged(PlaceOrder(id, "ada", 1), kSoon);
      ASSERT_TRUE(again.ok()) << again.status();
    }
    ExpectEndOf(id, v1::Saga::COMPLETED);
  }
}

TEST_F(ServerProcessTest, ASigtermAnswersWhoWaitsAndTheSagaGoesOnAfterwards) {
  ASSERT_NO_FATAL_FAILURE(ServeShop(Store()));
  // Longer than a stopping server waits for participants.
  ASSERT_EQ(SetFault(shop_.payments.Address(), {.method = "Authorize",
                                                .kind = FaultOrder::Kind::kDelay,
                                                .times = 1,
                                                .delay = absl::Seconds(4)}),
            absl::OkStatus());
  absl::StatusOr<v1::StartSagaResponse> answer;
  Thread waiting("waiting", [&] {
    v1::StartSagaRequest request = PlaceOrder("order-1", "ada", 100);
    request.mutable_wait()->set_seconds(50);
    answer = client_->Start(request, kSoon);
  });
  EXPECT_TRUE(WaitForCall("order-1", "hold_money"));
  ExpectExit(skaldd_->process().Stop(absl::Seconds(30)), 0);
  waiting.Join();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->saga().status(), v1::Saga::RUNNING);
  ASSERT_EQ(skaldd_->Start(), absl::OkStatus());
  ExpectEndOf("order-1", v1::Saga::COMPLETED);
}

TEST_F(ServerProcessTest, StrangersAtThePortDoNoHarm) {
  ASSERT_NO_FATAL_FAILURE(ServeShop(Store()));
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const std::string settings("\0\0\0\4\0\0\0\0\0", 9);
  std::vector<std::string> words = {
      "",
      "GET / HTTP/1.1\r\nHost: skald\r\n\r\n",
      // A TLS client's hello.
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
      preface.substr(0, 10),
      preface,
      // A frame of 16 MiB, headers that are none, data of a stream that is not open.
      preface + settings + std::string("\xff\xff\xff\0\0\0\0\0\1", 9),
      preface + settings + std::string("\0\0\x04\1\4\0\0\0\1\xff\xff\xff\xff", 13),
      preface + settings + std::string("\0\0\4\0\1\0\0\0\7????", 13),
  };
  std::mt19937 random(1);
  for (int i = 0; i < 8; ++i) {
    std::string noise(i % 2 == 0 ? "" : preface + settings);
    for (int n = 0; n < 1000 * i; ++n) noise += static_cast<char>(random());
    words.push_back(std::move(noise));
  }
  std::vector<std::unique_ptr<Thread>> strangers;
  for (const std::string& said : words) {
    strangers.push_back(
        std::make_unique<Thread>("stranger", [&] { SayTo(skaldd_->port(), said); }));
  }
  ExpectEnd("order-1", v1::Saga::COMPLETED);
  strangers.clear();
  ExpectEnd("order-2", v1::Saga::COMPLETED);
  EXPECT_TRUE(skaldd_->process().Running()) << skaldd_->process().Output();
}

TEST_F(ServerProcessTest, AReplyThatComesTooLateIsAskedForAgain) {
  ASSERT_NO_FATAL_FAILURE(ServeShop(Store()));
  // Longer than an attempt may take.
  ASSERT_EQ(SetFault(shop_.inventory.Address(), {.method = "Reserve",
                                                 .kind = FaultOrder::Kind::kDelay,
                                                 .times = 1,
                                                 .delay = absl::Seconds(6)}),
            absl::OkStatus());
  ExpectEnd("order-1", v1::Saga::COMPLETED);
  const auto saga = client_->Get("order-1");
  ASSERT_TRUE(saga.ok()) << saga.status();
  EXPECT_GE(saga->steps(0).action_attempts(), 2);
}

// Skald in front of an inventory that answers Reserve as the test says, and Release with a message
// without fields.
class RogueTest : public ServerProcessTest {
 protected:
  void ServeRogue(std::optional<std::string> reply) {
    rogue_ = std::make_unique<Rogue>([reply = std::move(reply)](const std::string& method) {
      return method == "Reserve" ? reply : std::string();
    });
    ASSERT_EQ(shop_.payments.Start(), absl::OkStatus());
    ASSERT_EQ(shop_.shipping.Start(), absl::OkStatus());
    auto participants = shop_.Addresses();
    participants["inventory"] = rogue_->Address();
    ASSERT_NO_FATAL_FAILURE(Serve(Store(), participants));
  }
  // Nobody knows what such an answer means: the step itself is compensated.
  void ExpectUncertain() {
    ExpectEnd("order-1", v1::Saga::COMPENSATED);
    const auto saga = client_->Get("order-1");
    ASSERT_TRUE(saga.ok()) << saga.status();
    EXPECT_EQ(saga->cause().kind(), v1::Cause::EXHAUSTED) << saga->ShortDebugString();
    EXPECT_EQ(saga->steps(0).status(), v1::Step::COMPENSATED) << saga->ShortDebugString();
    EXPECT_GE(saga->steps(0).compensation_attempts(), 1);
    ExpectServing(true);
  }

  std::unique_ptr<Rogue> rogue_;
};

TEST_F(RogueTest, AReplyThatDoesNotParseIsUncertain) {
  ASSERT_NO_FATAL_FAILURE(ServeRogue("\xff\xff\xff no message"));
  ExpectUncertain();
}

TEST_F(RogueTest, AReplyOverTheLimitIsUncertain) {
  ASSERT_NO_FATAL_FAILURE(ServeRogue(std::string(size_t{5} << 20, 'x')));
  ExpectUncertain();
}

TEST_F(RogueTest, AnOkWithoutAMessageIsUncertain) {
  ASSERT_NO_FATAL_FAILURE(ServeRogue(std::nullopt));
  ExpectUncertain();
}

TEST_F(RogueTest, AnEmptyReplyIsAMessageWithoutFields) {
  ASSERT_NO_FATAL_FAILURE(ServeRogue(""));
  ExpectEnd("order-1", v1::Saga::COMPLETED);
}

// A PostgreSQL that comes and goes.
class PostgresProcessTest : public ServerProcessTest {
 protected:
  static void SetUpTestSuite() {
    auto cluster = PostgresCluster::Make();
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = std::move(*cluster).release();
  }
  static void TearDownTestSuite() { delete std::exchange(cluster_, nullptr); }

  void SetUp() override {
    const auto database = cluster_->CreateDatabase();
    ASSERT_TRUE(database.ok()) << database.status();
    url_ = cluster_->TcpUrl(*database);
  }

  static PostgresCluster* cluster_;
  std::string url_;
};

PostgresCluster* PostgresProcessTest::cluster_ = nullptr;

TEST_F(PostgresProcessTest, AnAbsentPostgresIsWaitedForAtTheStart) {
  ASSERT_EQ(cluster_->Stop(), absl::OkStatus());
  ASSERT_NO_FATAL_FAILURE(ServeShop(url_));
  EXPECT_FALSE(client_->Serving());
  const auto refused = client_->Start(PlaceOrder("order-1", "ada", 100));
  EXPECT_TRUE(absl::IsUnavailable(refused.status())) << refused.status();
  ASSERT_EQ(cluster_->Start(), absl::OkStatus());
  ExpectServing(true);
  ExpectEnd("order-1", v1::Saga::COMPLETED);
}

TEST_F(PostgresProcessTest, APostgresThatGoesAwayHaltsSagasAndLosesNone) {
  ASSERT_NO_FATAL_FAILURE(ServeShop(url_));
  ExpectServing(true);
  ASSERT_EQ(SetFault(shop_.shipping.Address(), {.method = "Book",
                                                .kind = FaultOrder::Kind::kDelay,
                                                .times = 10,
                                                .delay = absl::Milliseconds(300)}),
            absl::OkStatus());
  constexpr int kOrders = 10;
  for (int i = 0; i < kOrders; ++i) {
    const auto started = client_->Start(PlaceOrder(fmt::format("order-{}", i), "ada", 100), kSoon);
    ASSERT_TRUE(started.ok()) << started.status();
  }
  cluster_->Kill();
  ExpectRefused("order-away");
  ExpectServing(false);
  ASSERT_EQ(cluster_->Start(), absl::OkStatus());
  ExpectServing(true);
  for (int i = 0; i < kOrders; ++i) {
    ExpectEndOf(fmt::format("order-{}", i), v1::Saga::COMPLETED);
  }
  ExpectEnd("order-away", v1::Saga::COMPLETED);
  const auto all = client_->List("");
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->size(), kOrders + 1);
}

// A machine that stood still for a while, and does not know that its sagas were taken over.
TEST_F(PostgresProcessTest, AServerThatWasFrozenChangesNothingAfterAnotherTookOver) {
  ASSERT_NO_FATAL_FAILURE(ServeShop(url_));
  ASSERT_EQ(SetFault(shop_.payments.Address(), {.method = "Authorize",
                                                .kind = FaultOrder::Kind::kDelay,
                                                .times = 20,
                                                .delay = absl::Milliseconds(200)}),
            absl::OkStatus());
  constexpr int kOrders = 20;
  for (int i = 0; i < kOrders; ++i) {
    const auto started = client_->Start(PlaceOrder(fmt::format("order-{}", i), "ada", 100), kSoon);
    ASSERT_TRUE(started.ok()) << started.status();
  }
  const std::unique_ptr<Skaldd> frozen = std::move(skaldd_);
  frozen->process().Signal(SIGSTOP);
  ASSERT_NO_FATAL_FAILURE(Serve(url_, shop_.Addresses()));
  ExpectServing(true);
  frozen->process().Signal(SIGCONT);
  // It may say what it likes, but what it acknowledges must come to an end.
  Client old_client(frozen->Address());
  const auto misled = old_client.Start(PlaceOrder("order-misled", "ada", 100));
  EXPECT_FALSE(misled.ok()) << "acknowledged by a server that owns no shard";
  for (int i = 0; i < kOrders; ++i) {
    const std::string id = fmt::format("order-{}", i);
    ExpectEndOf(id, v1::Saga::COMPLETED);
    const auto saga = client_->Get(id);
    const auto history = client_->History(id);
    ASSERT_TRUE(saga.ok() && history.ok()) << saga.status() << history.status();
    EXPECT_THAT(HistoryViolations(*saga, *history), IsEmpty());
  }
  ExpectEnd("order-misled", v1::Saga::COMPLETED);
  ExpectExit(frozen->process().Stop(kSoon), 0);
}

TEST_F(PostgresProcessTest, APostgresThatTurnsReadOnlyIsWaitedFor) {
  ASSERT_NO_FATAL_FAILURE(ServeShop(url_));
  ExpectEnd("order-1", v1::Saga::COMPLETED);
  ASSERT_EQ(cluster_->Set("default_transaction_read_only", "on"), absl::OkStatus());
  ExpectServing(false);
  ExpectRefused("order-2");
  // What is stored can still be read.
  EXPECT_EQ(client_->Get("order-1").status(), absl::OkStatus());
  ASSERT_EQ(cluster_->Set("default_transaction_read_only", "off"), absl::OkStatus());
  ExpectServing(true);
  ExpectEnd("order-2", v1::Saga::COMPLETED);
}

}  // namespace
}  // namespace skald::system_test
