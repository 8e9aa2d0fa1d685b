// Real processes under load, and kill -9 for each of them again and again. When the dust has
// settled, nothing is lost, nothing was done twice, and every history is whole.
//
// SKALD_TEST_SEED makes a run's random choices those of an earlier one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/status.h"
#include "examples/order/books.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/temp_folder.h"
#include "tests/system/client.h"
#include "tests/system/history_check.h"
#include "tests/system/load.h"
#include "tests/system/servers.h"

namespace skald::system_test {
namespace {

using testing::IsEmpty;
using testing_support::PostgresCluster;
using testing_support::TempFolder;

constexpr int kRounds = 12;
// Orders that are placed around each kill.
constexpr int kOrders = 12;
constexpr absl::Duration kSettledWithin = absl::Seconds(60);

struct Method {
  const char* participant;
  const char* name;
};
constexpr std::array<Method, 8> kMethods = {{{"inventory", "Reserve"},
                                             {"inventory", "Release"},
                                             {"payments", "Authorize"},
                                             {"payments", "Void"},
                                             {"payments", "Capture"},
                                             {"shipping", "Book"},
                                             {"shipping", "Cancel"},
                                             {"shipping", "Dispatch"}}};

uint64_t Seed() {
  const char* given = std::getenv("SKALD_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

// Lets the servers work on for a moment. How long is not exact and does not matter.
void LetRun(absl::Duration moment) {
  Eventually([] { return false; }, moment);
}

class KillTest : public testing::Test {
 protected:
  enum class Victim { kSkaldd, kParticipant, kStore };

  KillTest() : seed_(Seed()), random_(seed_), shop_(folder_.path()) {
    RecordProperty("seed", std::to_string(seed_));
    fmt::print("SKALD_TEST_SEED={}\n", seed_);
    std::fflush(stdout);
  }

  // `cluster`: what `store` is in; none if it is a file.
  void Run(const std::string& store, PostgresCluster* cluster);

 private:
  int Draw(int most) { return std::uniform_int_distribution<int>(0, most)(random_); }
  absl::Duration DrawMoment(int most_ms) { return absl::Milliseconds(Draw(most_ms)); }

  void Storm(const std::vector<Victim>& victims, Load& load);
  void SetRandomFault();
  void EndFaults();
  absl::Status KillAndRestart(Victim victim);
  absl::Status KillSkaldd();
  absl::Status KillStore();

  void Settle(Client& client);
  void CheckSagas(const Load::Report& load, Client& client);
  void CheckBooks();
  void PrintSummary(absl::Duration took) const;

  const uint64_t seed_;
  std::mt19937_64 random_;
  TempFolder folder_;
  Shop shop_;
  std::unique_ptr<Skaldd> skaldd_;
  PostgresCluster* cluster_ = nullptr;

  std::map<Victim, int> kills_;
  // Kills of a skaldd that was just starting.
  int early_kills_ = 0;
  int faults_ = 0;
  int dead_letters_ = 0;
  // Sagas that were under way when skaldd was killed.
  int recovered_ = 0;
  std::map<std::string, v1::Saga> sagas_;
  Load::Report load_;
};

void KillTest::SetRandomFault() {
  const Method& method = kMethods[Draw(kMethods.size() - 1)];
  constexpr std::array kKinds = {FaultOrder::Kind::kLoseReply, FaultOrder::Kind::kFail,
                                 FaultOrder::Kind::kDelay};
  const FaultOrder order = {.method = method.name,
                            .kind = kKinds[Draw(kKinds.size() - 1)],
                            .times = 1 + Draw(20),
                            .delay = absl::Milliseconds(50) + DrawMoment(500)};
  ASSERT_EQ(SetFault(shop_.Addresses()[method.participant], order), absl::OkStatus())
      << shop_.CheckRunning();
  ++faults_;
}

void KillTest::EndFaults() {
  for (const Method& method : kMethods) {
    ASSERT_EQ(SetFault(shop_.Addresses()[method.participant], {.method = method.name}),
              absl::OkStatus());
  }
}

absl::Status KillTest::KillSkaldd() {
  skaldd_->process().Kill();
  // Now and then it dies a second time, while it takes up where the first one was.
  if (Draw(3) == 0) {
    skaldd_->process().Start();
    LetRun(DrawMoment(150));
    skaldd_->process().Kill();
    ++early_kills_;
  }
  LetRun(DrawMoment(150));
  return skaldd_->Start();
}

absl::Status KillTest::KillStore() {
  cluster_->Kill();
  LetRun(DrawMoment(300));
  return cluster_->Start();
}

absl::Status KillTest::KillAndRestart(Victim victim) {
  ++kills_[victim];
  switch (victim) {
    case Victim::kSkaldd: return KillSkaldd();
    case Victim::kStore: return KillStore();
    case Victim::kParticipant: break;
  }
  Participant* const participant = shop_.All()[Draw(2)];
  participant->Kill();
  // Now and then for longer than a step's retries last: sagas turn back, or are parked.
  LetRun(DrawMoment(Draw(2) == 0 ? 2000 : 200));
  return participant->Start();
}

void KillTest::Storm(const std::vector<Victim>& victims, Load& load) {
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Victim> order = victims;
    std::shuffle(order.begin(), order.end(), random_);
    for (const Victim victim : order) {
      for (int i = 0; i < 2; ++i) ASSERT_NO_FATAL_FAILURE(SetRandomFault());
      const int before = load.acknowledged();
      load.Grant(kOrders);
      // Sagas have been started since the last kill, and are under way.
      ASSERT_TRUE(load.WaitForAcknowledged(before + 1 + Draw(kOrders - 2), kSettledWithin));
      LetRun(DrawMoment(60));
      ASSERT_EQ(KillAndRestart(victim), absl::OkStatus());
    }
  }
}

// Until every saga has ended, the parked ones with an operator's help.
void KillTest::Settle(Client& client) {
  const absl::Duration end = Uptime() + kSettledWithin;
  std::string last;
  const auto none_runs = [&] {
    const auto running = client.List("status = RUNNING OR status = COMPENSATING");
    last = !running.ok()      ? running.status().ToString()
           : running->empty() ? ""
                              : (*running)[0].ShortDebugString();
    return last.empty();
  };
  for (int round = 0;; ++round) {
    ASSERT_TRUE(Eventually(none_runs, end - Uptime())) << last;
    const auto letters = client.OpenDeadLetters();
    ASSERT_TRUE(letters.ok()) << letters.status();
    if (letters->empty()) return;
    if (round == 0) dead_letters_ = static_cast<int>(letters->size());
    for (const v1::DeadLetter& letter : *letters) {
      ASSERT_LT(Uptime(), end) << letter.ShortDebugString();
      ASSERT_EQ(client.RetryDeadLetter(letter.id()), absl::OkStatus());
    }
  }
}

void KillTest::CheckSagas(const Load::Report& load, Client& client) {
  const auto listed = client.List("");
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->size(), load.acknowledged.size());
  for (const v1::Saga& row : *listed) {
    const std::string& id = row.id();
    EXPECT_EQ(load.acknowledged.count(id), 1) << "never started: " << id;
    const auto saga = client.Get(id);
    const auto history = client.History(id);
    ASSERT_TRUE(saga.ok() && history.ok()) << saga.status() << history.status();
    EXPECT_TRUE(sagas_.emplace(id, *saga).second) << "listed twice: " << id;
    EXPECT_THAT(HistoryViolations(*saga, *history), IsEmpty());
    recovered_ += std::any_of(history->begin(), history->end(), [](const auto& entry) {
      return entry.kind() == v1::HistoryEntry::RECOVERED;
    });
  }
  EXPECT_EQ(sagas_.size(), load.acknowledged.size());
  for (const auto& [id, saga] : sagas_) {
    const bool undone = saga.status() == v1::Saga::COMPENSATED;
    EXPECT_TRUE(undone || saga.status() == v1::Saga::COMPLETED) << saga.ShortDebugString();
    const bool must_be_undone = load.too_dear.count(id) + load.cancelled.count(id) > 0;
    EXPECT_TRUE(undone || !must_be_undone) << saga.ShortDebugString();
  }
}

// What the participants did must be what the sagas say.
void KillTest::CheckBooks() {
  const auto books =
      shop::ReadBooks(shop_.inventory.book(), shop_.payments.book(), shop_.shipping.book());
  ASSERT_TRUE(books.ok()) << books.status();
  const shop::Verdict verdict = shop::CheckBooks(*books, shop::OpenOrders::kForbidden);
  EXPECT_THAT(verdict.violations, IsEmpty());
  const std::map<std::string, int64_t> whole = {
      {"reserve", 1}, {"authorize", 1}, {"book", 1}, {"capture", 1}, {"dispatch", 1}};
  for (const auto& [id, saga] : sagas_) {
    const auto found = books->effects.find(fmt::format("{0} (saga {0})", id));
    const auto effects =
        found == books->effects.end() ? std::map<std::string, int64_t>() : found->second;
    EXPECT_EQ(effects == whole, saga.status() == v1::Saga::COMPLETED)
        << testing::PrintToString(effects) << saga.ShortDebugString();
  }
  for (const auto& [order, effects] : books->effects) {
    const std::string id = order.substr(0, order.find(' '));
    EXPECT_EQ(sagas_.count(id), 1) << "the books know an order that no saga is for: " << order;
  }
}

void KillTest::PrintSummary(absl::Duration took) const {
  const auto count = [&](Victim victim) {
    const auto found = kills_.find(victim);
    return found == kills_.end() ? 0 : found->second;
  };
  const auto completed = std::count_if(sagas_.begin(), sagas_.end(), [](const auto& each) {
    return each.second.status() == v1::Saga::COMPLETED;
  });
  fmt::print(
      "{} sagas ({} completed, {} compensated, {} cancelled), kill -9: skaldd {} (and {} while "
      "starting), participants {}, postgres {}; {} faults, {} sagas recovered, {} dead letters "
      "retried, {} starts answered twice, {:.1f} s\n",
      sagas_.size(), completed, sagas_.size() - completed, load_.cancelled.size(),
      count(Victim::kSkaldd), early_kills_, count(Victim::kParticipant), count(Victim::kStore),
      faults_, recovered_, dead_letters_, load_.already_started, absl::ToDoubleSeconds(took));
}

void KillTest::Run(const std::string& store, PostgresCluster* cluster) {
  const absl::Duration begin = Uptime();
  cluster_ = cluster;
  std::vector<Victim> victims = {Victim::kSkaldd, Victim::kParticipant};
  if (cluster != nullptr) victims.push_back(Victim::kStore);
  ASSERT_EQ(shop_.Start(), absl::OkStatus());
  skaldd_ =
      std::make_unique<Skaldd>(folder_.path(), Skaldd::Options{.store = store}, shop_.Addresses());
  ASSERT_EQ(skaldd_->Start(), absl::OkStatus());

  {
    Load load(skaldd_->Address());
    ASSERT_NO_FATAL_FAILURE(Storm(victims, load));
    load_ = load.Finish();
  }
  EXPECT_THAT(load_.failures, IsEmpty());
  ASSERT_NO_FATAL_FAILURE(EndFaults());
  Client client(skaldd_->Address());
  ASSERT_NO_FATAL_FAILURE(Settle(client));
  ASSERT_NO_FATAL_FAILURE(CheckSagas(load_, client));
  CheckBooks();
  PrintSummary(Uptime() - begin);

  // The run counts only if it was a storm.
  for (const Victim victim : victims) EXPECT_GE(kills_[victim], 10);
  EXPECT_GE(sagas_.size(), kOrders * kRounds * victims.size());
  EXPECT_GE(recovered_, 10) << "the kills of skaldd met no work under way";
  EXPECT_FALSE(load_.cancelled.empty());
  if (HasFailure()) ADD_FAILURE() << "run it again with SKALD_TEST_SEED=" << seed_;
}

TEST_F(KillTest, NothingIsLostOrDoneTwiceOnSqlite) {
  TempFolder folder;
  Run("sqlite:" + folder.path() + "/skald.db", nullptr);
}

TEST_F(KillTest, NothingIsLostOrDoneTwiceOnPostgres) {
  auto cluster = PostgresCluster::Make();
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  const auto database = (*cluster)->CreateDatabase();
  ASSERT_TRUE(database.ok()) << database.status();
  Run((*cluster)->TcpUrl(*database), cluster->get());
}

}  // namespace
}  // namespace skald::system_test
