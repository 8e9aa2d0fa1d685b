#include "sagas/fingerprint.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sagas/testdata/nodes.h"

namespace skald {
namespace {

using namespace testdata;  // NOLINT: as an author would.

// The examples' definitions as they were first released: sagas are stored under what these give.

Call Named(std::string_view participant, std::string_view service, std::string_view method) {
  Call call;
  call.participant = participant;
  call.method = fmt::format("/{}/{}", service, method);
  const std::string package(service.substr(0, service.rfind('.')));
  call.request_type = fmt::format("{}.{}Request", package, method);
  call.response_type = fmt::format("{}.{}Response", package, method);
  return call;
}

Node Calls(const std::string& name, Call action) {
  Node node{.kind = Node::Kind::kStep, .name = name};
  node.action = std::move(action);
  return node;
}

Node Calls(const std::string& name, Call action, Call compensation) {
  Node node = Calls(name, std::move(action));
  node.compensation = std::move(compensation);
  return node;
}

TEST(FingerprintTest, OfAMoneyTransferIsWhatTheFirstReleaseStored) {
  const auto bank = [](std::string_view method) { return Named("bank", "bank.v1.Bank", method); };
  Node deposit = Calls("deposit", bank("Deposit"));
  deposit.pivot = true;
  Definition transfer =
      Tree("transfer_money", 1, {Calls("withdraw", bank("Withdraw"), bank("PutBack")), deposit});
  transfer.state_type = "bank.v1.TransferState";
  EXPECT_EQ(Fingerprint(transfer), "843c756f69d12c2c") << CanonicalText(transfer);
}

TEST(FingerprintTest, OfAnOrderIsWhatTheFirstReleaseStored) {
  const auto stock = [](auto method) { return Named("inventory", "shop.v1.Inventory", method); };
  const auto money = [](auto method) { return Named("payments", "shop.v1.Payments", method); };
  const auto ship = [](auto method) { return Named("shipping", "shop.v1.Shipping", method); };
  Node capture = Calls("capture_money", money("Capture"));
  capture.pivot = true;
  Definition order =
      Tree("place_order", 1,
           {Calls("reserve_stock", stock("Reserve"), stock("Release")),
            Calls("hold_money", money("Authorize"), money("Void")),
            Choose("delivery",
                   {When("express", {Calls("book_courier", ship("Book"), ship("Cancel"))}),
                    Sequence("otherwise", {Calls("book_post", ship("Book"), ship("Cancel"))})}),
            capture, Calls("dispatch_parcel", ship("Dispatch"))});
  order.state_type = "shop.v1.OrderState";
  EXPECT_EQ(Fingerprint(order), "0f75599e946275a5") << CanonicalText(order);
}

Definition Everything() {
  Node child = Child("delivery", "ship", 2);
  child.children = {Mark("open_file"), Last("send")};
  return Tree("everything", 1,
              {Parallel("both", {Step("left"), Sequence("right", {Sleep("nap")})}),
               ForEach("all", {Repeat("again", {Step("ask")})}), Await("word", kContinue), child});
}

TEST(FingerprintTest, KnowsWhetherElementsWaitForOneAnotherAndNotHowManyDoNot) {
  Definition definition = Tree("many", 1, {ForEach("all", {Step("a")})});
  ForEachPart& loop = *definition.root.children[0].for_each;
  loop.concurrency = 2;
  const std::string before = Fingerprint(definition);
  loop.concurrency = 9;
  EXPECT_EQ(Fingerprint(definition), before);
}

TEST(CanonicalTextTest, WritesEveryKindOfNodeOnALineOfItsOwn) {
  EXPECT_EQ(CanonicalText(Everything()),
            "definition everything\n"
            "state skald.testdata.delivery.v1.State\n"
            "parallel both\n"
            "  step left\n"
            "    action stock /shop.v1.Stock/Do shop.v1.Request shop.v1.Response\n"
            "    compensation stock /shop.v1.Stock/Undo shop.v1.Request shop.v1.Response\n"
            "  sequence right\n"
            "    sleep nap\n"
            "for_each all parcels skald.testdata.delivery.v1.Parcel\n"
            "  repeat again most 10 else dead_letter\n"
            "    step ask\n"
            "      action stock /shop.v1.Stock/Do shop.v1.Request shop.v1.Response\n"
            "      compensation stock /shop.v1.Stock/Undo shop.v1.Request shop.v1.Response\n"
            "await word skald.testdata.delivery.v1.Approval else continue\n"
            "child delivery ship@2 skald.testdata.delivery.v1.State\n"
            "  step open_file\n"
            "    compensation stock /shop.v1.Stock/Undo shop.v1.Request shop.v1.Response\n"
            "  step send\n"
            "    action stock /shop.v1.Stock/Do shop.v1.Request shop.v1.Response\n");
}

TEST(FingerprintTest, ChangesWithWhatDecidesThePath) {
  const std::string before = Fingerprint(Everything());
  const auto changed = [&](const auto& change) {
    Definition definition = Everything();
    std::vector<Node>& nodes = definition.root.children;
    change(nodes);
    return Fingerprint(definition) != before;
  };
  EXPECT_TRUE(changed([](auto& nodes) { nodes[1].for_each->field = "boxes"; }));
  EXPECT_TRUE(changed([](auto& nodes) { nodes[1].for_each->element_type = "string"; }));
  EXPECT_TRUE(changed([](auto& nodes) { nodes[1].for_each->concurrency = 2; }));
  EXPECT_TRUE(changed([](auto& nodes) { nodes[1].children[0].repeat->most = 11; }));
  EXPECT_TRUE(changed([](auto& nodes) { nodes[1].children[0].repeat->otherwise = kContinue; }));
  EXPECT_TRUE(changed([](auto& nodes) { nodes[2].await->otherwise = kDeadLetter; }));
  EXPECT_TRUE(changed([](auto& nodes) { nodes[2].await->message_type = "shop.v1.Other"; }));
  EXPECT_TRUE(changed([](auto& nodes) { nodes[2].await->within = absl::InfiniteDuration(); }));
  EXPECT_TRUE(changed([](auto& nodes) { nodes[3].child->version = 3; }));
  EXPECT_TRUE(changed([](auto& nodes) { nodes[3].children.pop_back(); }));
  EXPECT_TRUE(changed([](auto& nodes) { std::swap(nodes[1], nodes[2]); }));
}

TEST(FingerprintTest, StaysAsItIsWhereOnlyPoliciesAndDurationsChange) {
  Definition definition = Everything();
  const std::string before = Fingerprint(definition);
  std::vector<Node>& nodes = definition.root.children;
  nodes[0].children[0].action_retry.attempts = 1;
  nodes[0].children[0].timeout = absl::Minutes(1);
  nodes[0].children[0].pending_timeout = absl::Hours(1);
  nodes[0].children[1].children[0].sleep->text = "2h";
  nodes[2].await->within = absl::Hours(2);
  definition.version = 7;
  definition.deadline = absl::Hours(1);
  definition.exclusive = ExclusiveKey{};
  EXPECT_EQ(Fingerprint(definition), before);
}

}  // namespace
}  // namespace skald
