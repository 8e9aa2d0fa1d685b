// The kinds of node other than steps, choices and loops over elements: what they look like, and
// what their functions do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "sagas/flow.h"
#include "sagas/testdata/shop_functions.h"
#include "sagas/testdata/shop_stubs.h"
#include "sagas/validate.h"

namespace skald {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testdata::shop::v1;  // NOLINT: as an author would.
using Flow = Flow<BulkState>;

const absl::Time kNow = absl::FromUnixSeconds(1000);

const Node& NodeAt(const Definition& definition, std::string_view path) {
  const Node* node = FindNode(definition, path);
  if (node == nullptr) throw std::logic_error("no such node");
  return *node;
}

std::string Bytes(const BulkState& bulk) { return bulk.SerializeAsString(); }

std::string Text(const Status& status) { return std::string(Message(status)); }

TEST(FlowKindsTest, BuildsParallelBranchesAndSequencesInThem) {
  skald::Flow<OrderState> flow("trip", 1);
  flow.Parallel("bookings", [](skald::Flow<OrderState>& branches) {
    branches.Step("courier").Call<&Shipping::Stub::BookCourier>(Parcel).NothingToCompensate();
    branches.Sequence("flight", [](auto& then) {
      then.Step("post")
          .template Call<&Shipping::Stub::BookPost>(Parcel)
          .template Compensate<&Shipping::Stub::Cancel>(Parcel);
    });
  });
  const Definition definition = std::move(flow).Build();
  std::vector<std::string> paths;
  ForEachNode(definition.root, [&](const Node& node) { paths.push_back(node.path); });
  EXPECT_THAT(paths, ElementsAre("", "bookings", "bookings/courier", "bookings/flight",
                                 "bookings/flight/post"));
  EXPECT_EQ(NodeAt(definition, "bookings").kind, Node::Kind::kParallel);
  EXPECT_EQ(NodeAt(definition, "bookings/flight").kind, Node::Kind::kSequence);
  EXPECT_FALSE(NodeAt(definition, "bookings/flight").guard);
  EXPECT_THAT(Validate(definition), IsEmpty());
}

TEST(FlowKindsTest, GoesOnAfterABodyWhereItWasBefore) {
  Flow flow("bulk", 1);
  flow.Sequence("first", [](Flow& then) {
    then.Sequence("inner", [](Flow& deeper) { deeper.Sleep("deep", absl::Hours(1)); });
    then.Sleep("after_inner", absl::Hours(1));
  });
  flow.ForEach("each", &BulkState::lines,
               [](Flow::Each<Line>& each) { each.Sleep("once", absl::Hours(1)); });
  flow.Sleep("last", absl::Hours(1));
  std::vector<std::string> paths;
  const Definition definition = std::move(flow).Build();
  ForEachNode(definition.root, [&](const Node& node) { paths.push_back(node.path); });
  EXPECT_THAT(paths, ElementsAre("", "first", "first/inner", "first/inner/deep",
                                 "first/after_inner", "each", "each/once", "last"));
}

TEST(FlowKindsTest, RepeatsItsBodyUntilTheStateSaysSo) {
  Flow flow("bulk", 1);
  flow.Repeat("months", [](Flow& month) { month.Sleep("month", absl::Hours(720)); })
      .Until(HasEnded)
      .AtMost(36, kContinue);
  const Definition definition = std::move(flow).Build();
  const Node& node = NodeAt(definition, "months");
  EXPECT_EQ(node.kind, Node::Kind::kRepeat);
  EXPECT_EQ(node.children[0].path, "months/month");
  EXPECT_EQ(node.repeat->most, 36);
  EXPECT_EQ(node.repeat->otherwise, Fallback::kContinue);
  BulkState bulk;
  EXPECT_FALSE(*node.repeat->until({Bytes(bulk), {}}));
  bulk.set_ended(true);
  EXPECT_TRUE(*node.repeat->until({Bytes(bulk), {}}));
  EXPECT_EQ(node.repeat->until({"\xff", {}}).status().code(), StatusCode::kInternal);
}

TEST(FlowKindsTest, CatchesWhatAnUntilThrows) {
  Flow flow("bulk", 1);
  flow.Repeat("months", [](Flow&) {})
      .Until([](const BulkState&) -> bool { throw std::runtime_error("no idea"); })
      .AtMost(1, kDeadLetter);
  const Definition definition = std::move(flow).Build();
  EXPECT_EQ(Text(NodeAt(definition, "months").repeat->until({"", {}}).status()),
            "the Until of 'months' threw: no idea");
}

TEST(FlowKindsTest, AwaitsASignalAndKeepsIt) {
  Flow flow("bulk", 1);
  flow.Await<CustomerConfirmed>("customer_confirms", KeepConfirmation)
      .Within(absl::Hours(24), kCompensate);
  flow.Await<CustomerConfirmed>("anybody").Forever();
  const Definition definition = std::move(flow).Build();
  EXPECT_THAT(definition.builder_errors, IsEmpty());
  const Node& node = NodeAt(definition, "customer_confirms");
  EXPECT_EQ(node.kind, Node::Kind::kAwait);
  EXPECT_EQ(node.await->message_type, "skald.testdata.shop.v1.CustomerConfirmed");
  EXPECT_EQ(node.await->within, absl::Hours(24));
  EXPECT_EQ(node.await->otherwise, Fallback::kCompensate);
  CustomerConfirmed signal;
  signal.set_by("Ann");
  BulkState kept;
  kept.ParseFromString(*node.await->keep({"", {}}, signal.SerializeAsString()));
  EXPECT_EQ(kept.confirmed_by(), "Ann");

  const Node& anybody = NodeAt(definition, "anybody");
  EXPECT_EQ(anybody.await->within, absl::InfiniteDuration());
  kept.set_batch_id("b-1");
  EXPECT_EQ(*anybody.await->keep({Bytes(kept), {}}, signal.SerializeAsString()), Bytes(kept));
}

TEST(FlowKindsTest, AwaitsASignalUntilATimeOfTheStateOrTheElement) {
  Flow flow("bulk", 1);
  flow.Await<CustomerConfirmed>("confirmed").Until(&BulkState::renews_at, kContinue);
  flow.ForEach("lines", &BulkState::lines, [](Flow::Each<Line>& each) {
    each.Await<CustomerConfirmed>("paid").Until(&Line::due, kCompensate);
  });
  flow.Await<CustomerConfirmed>("broken").Until(
      [](const BulkState&) -> absl::Time { throw std::runtime_error("no clock"); }, kContinue);
  const Definition definition = std::move(flow).Build();
  BulkState bulk;
  bulk.mutable_renews_at()->set_seconds(2000);
  bulk.add_lines()->mutable_due()->set_seconds(3000);
  const AwaitPart& confirmed = *NodeAt(definition, "confirmed").await;
  EXPECT_EQ(*confirmed.until({Bytes(bulk), {}}, kNow), absl::FromUnixSeconds(2000));
  EXPECT_EQ(confirmed.otherwise, Fallback::kContinue);
  EXPECT_TRUE(confirmed.Ends());
  const std::vector<int> first = {0};
  EXPECT_EQ(*NodeAt(definition, "lines/paid").await->until({Bytes(bulk), first}, kNow),
            absl::FromUnixSeconds(3000));
  EXPECT_EQ(Text(NodeAt(definition, "broken").await->until({"", {}}, kNow).status()),
            "the end of 'broken' threw: no clock");
}

TEST(FlowKindsTest, TellsASignalThatDoesNotParseAsDataLossAndAKeepThatThrowsAsInternal) {
  Flow flow("bulk", 1);
  flow.Await<CustomerConfirmed>("confirmed", [](const CustomerConfirmed&,
                                                BulkState&) { throw std::runtime_error("who?"); })
      .Forever();
  const Definition definition = std::move(flow).Build();
  const AwaitPart& await = *NodeAt(definition, "confirmed").await;
  EXPECT_EQ(await.keep({"", {}}, "\x0a\xff").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(Text(await.keep({"", {}}, "\x0a\xff").status()),
            "the signal of 'confirmed' does not parse as "
            "skald.testdata.shop.v1.CustomerConfirmed");
  EXPECT_EQ(await.keep({"\xff", {}}, "").status().code(), StatusCode::kInternal);
  EXPECT_EQ(Text(await.keep({"", {}}, "").status()), "the signal of 'confirmed' threw: who?");
}

TEST(FlowKindsTest, TurnsBackForAReason) {
  Flow flow("bulk", 1);
  flow.ForEach("lines", &BulkState::lines, [](Flow::Each<Line>& each) {
    each.Choose("check").When("fragile", &Line::fragile, [](Flow::Each<Line>& then) {
      then.TurnBack("declined", "fragile goods are not taken back");
    });
  });
  const Definition definition = std::move(flow).Build();
  const Node& node = NodeAt(definition, "lines/check/fragile/declined");
  EXPECT_EQ(node.kind, Node::Kind::kTurnBack);
  EXPECT_EQ(node.turn_back->reason, "fragile goods are not taken back");
}

TEST(FlowKindsTest, SleepsForATimeThatIsFixed) {
  Flow flow("bulk", 1);
  flow.Sleep("cooling_off", absl::Hours(24));
  const Definition definition = std::move(flow).Build();
  const Node& node = NodeAt(definition, "cooling_off");
  EXPECT_EQ(node.kind, Node::Kind::kSleep);
  EXPECT_EQ(node.sleep->text, "24h");
  EXPECT_EQ(*node.sleep->until({"", {}}, kNow), kNow + absl::Hours(24));
}

TEST(FlowKindsTest, RefusesAFixedSleepThatIsNoTime) {
  Flow flow("bulk", 1);
  flow.Sleep("back", absl::Seconds(-5));
  flow.Sleep("endless", absl::InfiniteDuration());
  EXPECT_THAT(std::move(flow).Build().builder_errors,
              ElementsAre(HasSubstr("sleep 'back' is to last -5s"),
                          HasSubstr("sleep 'endless' is to last inf")));
}

TEST(FlowKindsTest, SleepsForATimeOfTheState) {
  Flow flow("bulk", 1);
  flow.Sleep("getter", &BulkState::cooling_off);
  flow.Sleep("function",
             [](const BulkState& bulk) { return absl::Seconds(bulk.cooling_off().seconds()) * 2; });
  flow.SleepUntil("day", &BulkState::renews_at);
  flow.SleepUntil("day_function", [](const BulkState& bulk) {
    return absl::FromUnixSeconds(bulk.renews_at().seconds()) + absl::Hours(1);
  });
  const Definition definition = std::move(flow).Build();
  BulkState bulk;
  bulk.mutable_cooling_off()->set_seconds(5);
  bulk.mutable_cooling_off()->set_nanos(7);
  bulk.mutable_renews_at()->set_seconds(2000);
  bulk.mutable_renews_at()->set_nanos(9);
  const auto end = [&](const char* name) {
    return *NodeAt(definition, name).sleep->until({Bytes(bulk), {}}, kNow);
  };
  EXPECT_EQ(end("getter"), kNow + absl::Seconds(5) + absl::Nanoseconds(7));
  EXPECT_EQ(end("function"), kNow + absl::Seconds(10));
  EXPECT_EQ(end("day"), absl::FromUnixSeconds(2000) + absl::Nanoseconds(9));
  EXPECT_EQ(end("day_function"), absl::FromUnixSeconds(5600));
  EXPECT_EQ(NodeAt(definition, "getter").sleep->text, "a time of the state");
}

TEST(FlowKindsTest, DoesNotSleepWhereTheDurationIsNegative) {
  Flow flow("bulk", 1);
  flow.Sleep("message", &BulkState::cooling_off);
  flow.Sleep("infinite", [](const BulkState&) { return -absl::InfiniteDuration(); });
  const Definition definition = std::move(flow).Build();
  BulkState bulk;
  bulk.mutable_cooling_off()->set_seconds(-5);
  for (const char* name : {"message", "infinite"}) {
    EXPECT_EQ(*NodeAt(definition, name).sleep->until({Bytes(bulk), {}}, kNow), kNow) << name;
  }
}

TEST(FlowKindsTest, TellsTimesThatNoCalendarHolds) {
  Flow flow("bulk", 1);
  flow.Sleep("for_ever", [](const BulkState&) { return absl::InfiniteDuration(); });
  flow.SleepUntil("never", [](const BulkState&) { return absl::InfiniteFuture(); });
  flow.SleepUntil("before_time", [](const BulkState&) { return absl::InfinitePast(); });
  const Definition definition = std::move(flow).Build();
  const auto status = [&](const char* name) {
    return NodeAt(definition, name).sleep->until({"", {}}, kNow).status();
  };
  EXPECT_EQ(status("never").code(), StatusCode::kInternal);
  EXPECT_EQ(Text(status("never")),
            "the end of 'never': it would end at infinite-future, which is no time of the years 1 "
            "to 9999");
  EXPECT_THAT(Text(status("for_ever")), HasSubstr("infinite-future"));
  EXPECT_THAT(Text(status("before_time")), HasSubstr("infinite-past"));
}

TEST(FlowKindsTest, TellsMessagesThatAreNoValidTimes) {
  Flow flow("bulk", 1);
  flow.Sleep("duration", &BulkState::cooling_off);
  flow.SleepUntil("day", &BulkState::renews_at);
  const Definition definition = std::move(flow).Build();
  const auto end = [&](const char* name, int64_t seconds, int32_t nanos) {
    BulkState bulk;
    bulk.mutable_cooling_off()->set_seconds(seconds);
    bulk.mutable_cooling_off()->set_nanos(nanos);
    bulk.mutable_renews_at()->set_seconds(seconds);
    bulk.mutable_renews_at()->set_nanos(nanos);
    return NodeAt(definition, name).sleep->until({Bytes(bulk), {}}, kNow).status();
  };
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(Text(end("duration", kMost, 0)),
            "the end of 'duration': 9223372036854775807 s and 0 ns are no valid "
            "google.protobuf.Duration");
  EXPECT_EQ(end("duration", -kMost, 0).code(), StatusCode::kInternal);
  EXPECT_EQ(end("duration", 0, 1000000000).code(), StatusCode::kInternal);
  EXPECT_EQ(end("duration", 1, -1).code(), StatusCode::kInternal);
  EXPECT_EQ(end("duration", -1, 1).code(), StatusCode::kInternal);
  // Valid by itself, and over with the calendar.
  EXPECT_THAT(Text(end("duration", 315576000000, 0)), HasSubstr("no time of the years 1 to 9999"));
  EXPECT_EQ(Text(end("day", kMost, 0)),
            "the end of 'day': 9223372036854775807 s and 0 ns are no valid "
            "google.protobuf.Timestamp");
  EXPECT_EQ(end("day", -62135596801, 0).code(), StatusCode::kInternal);
  EXPECT_EQ(end("day", 0, -1).code(), StatusCode::kInternal);
  EXPECT_EQ(end("day", 0, 1000000000).code(), StatusCode::kInternal);
  EXPECT_TRUE(end("day", 253402300799, 999999999).ok());
  EXPECT_TRUE(end("day", -62135596800, 0).ok());
}

TEST(FlowKindsTest, CatchesWhatAFunctionOfASleepThrows) {
  Flow flow("bulk", 1);
  flow.Sleep("rest", [](const BulkState&) -> absl::Duration { throw std::runtime_error("no"); });
  const Definition definition = std::move(flow).Build();
  const SleepPart& sleep = *NodeAt(definition, "rest").sleep;
  EXPECT_EQ(Text(sleep.until({"", {}}, kNow).status()), "the end of 'rest' threw: no");
  EXPECT_EQ(sleep.until({"\xff", {}}, kNow).status().code(), StatusCode::kInternal);
}

TEST(FlowKindsTest, GivesAChildAStateOfItsOwnAndKeepsWhatBecameOfIt) {
  Flow flow("bulk", 1);
  flow.Child<ShippingState>("shipping", "ship_order", 2, BulkToShipping, KeepShipping);
  flow.Child<ShippingState>("again", "ship_order", 2, BulkToShipping);
  const Definition definition = std::move(flow).Build();
  const Node& node = NodeAt(definition, "shipping");
  EXPECT_EQ(node.kind, Node::Kind::kChild);
  EXPECT_EQ(node.child->definition, "ship_order");
  EXPECT_EQ(node.child->version, 2);
  EXPECT_EQ(node.child->state_type, "skald.testdata.shop.v1.ShippingState");
  BulkState bulk;
  bulk.set_batch_id("b-1");
  ShippingState shipping;
  shipping.ParseFromString(*node.child->make_state({Bytes(bulk), {}}));
  EXPECT_EQ(shipping.order_id(), "b-1");
  shipping.set_tracking("t-1");
  BulkState kept;
  kept.ParseFromString(*node.child->keep_state({Bytes(bulk), {}}, shipping.SerializeAsString()));
  EXPECT_EQ(kept.batch_id() + " " + kept.tracking(), "b-1 t-1");
  EXPECT_EQ(*NodeAt(definition, "again")
                 .child->keep_state({Bytes(bulk), {}}, shipping.SerializeAsString()),
            Bytes(bulk));
}

TEST(FlowKindsTest, TellsWhatGoesWrongWithTheStateOfAChildAsInternal) {
  Flow flow("bulk", 1);
  flow.Child<ShippingState>(
      "shipping", "ship_order", 1,
      [](const BulkState&) -> ShippingState { throw std::runtime_error("no address"); },
      [](const ShippingState&, BulkState&) { throw 7; });
  const Definition definition = std::move(flow).Build();
  const ChildPart& child = *NodeAt(definition, "shipping").child;
  EXPECT_EQ(Text(child.make_state({"", {}}).status()),
            "the first state of child 'shipping' threw: no address");
  EXPECT_EQ(Text(child.keep_state({"", {}}, "").status()),
            "the last state of child 'shipping' threw something that is no std::exception");
  EXPECT_EQ(child.keep_state({"", {}}, "\x0a\xff").status().code(), StatusCode::kInternal);
}

TEST(FlowKindsTest, BuildsAStepThatOnlyHasACompensation) {
  skald::Flow<OrderState> flow("order", 1);
  flow.Step("order").Compensate<&Orders::Stub::Reject>(OrderToReject).Participant("orders_eu");
  const Definition definition = std::move(flow).Build();
  const Node& step = NodeAt(definition, "order");
  EXPECT_EQ(step.kind, Node::Kind::kStep);
  EXPECT_FALSE(step.action.has_value());
  EXPECT_EQ(step.compensation->method, "/skald.testdata.shop.v1.Orders/Reject");
  EXPECT_EQ(step.compensation->participant, "orders_eu");
  OrderState order;
  order.set_order_id("o-1");
  RejectRequest request;
  request.ParseFromString(*step.compensation->make_request({order.SerializeAsString(), {}}));
  EXPECT_EQ(request.order_id(), "o-1");
  EXPECT_THAT(Validate(definition), IsEmpty());
}

TEST(FlowKindsTest, NotesAMappedSuccessInTheStateOrInTheElement) {
  Flow flow("bulk", 1);
  flow.Step("tell")
      .Call<&Payments::Stub::Refund>([](const BulkState&) { return RefundRequest(); })
      .Map(StatusCode::kNotFound, Outcome::kSucceeded,
           [](BulkState& bulk) { bulk.set_ended(true); })
      .Map(StatusCode::kAborted, Outcome::kSucceeded)
      .Map(StatusCode::kInternal, Outcome::kSucceeded,
           [](BulkState&) { throw std::runtime_error("no room"); })
      .NothingToCompensate();
  flow.ForEach("lines", &BulkState::lines, [](Flow::Each<Line>& each) {
    each.Step("pay_back")
        .Call<&Payments::Stub::Refund>(LineToRefund)
        .Map(StatusCode::kNotFound, Outcome::kSucceeded, [](Line& line) { line.set_fragile(true); })
        .Compensate<&Payments::Stub::Refund>(LineToRefund)
        .Map(StatusCode::kNotFound, Outcome::kSucceeded,
             [](BulkState& bulk, const Line& line) { bulk.set_tracking(line.sku()); });
  });
  flow.ForEach("vouchers", &BulkState::vouchers, [](Flow::Each<std::string>& each) {
    each.Step("pay_back")
        .Call<&Payments::Stub::Refund>([](const std::string&) { return RefundRequest(); })
        .Map(StatusCode::kNotFound, Outcome::kSucceeded,
             [](BulkState& bulk, const std::string& voucher) { bulk.set_tracking(voucher); })
        .NothingToCompensate();
  });
  const Definition definition = std::move(flow).Build();
  EXPECT_THAT(definition.builder_errors, IsEmpty());
  BulkState bulk;
  bulk.add_lines()->set_sku("cup");
  bulk.add_lines()->set_sku("pot");
  bulk.add_vouchers("v-1");
  const auto keep = [&](std::string_view path, const std::optional<Call> Node::*call,
                        std::vector<int> elements) {
    BulkState kept;
    kept.ParseFromString(*(NodeAt(definition, path).*call)
                              ->keep_mapped.at(StatusCode::kNotFound)({Bytes(bulk), elements}));
    return kept;
  };
  EXPECT_TRUE(keep("tell", &Node::action, {}).ended());
  EXPECT_TRUE(keep("lines/pay_back", &Node::action, {1}).lines(1).fragile());
  EXPECT_EQ(keep("lines/pay_back", &Node::compensation, {1}).tracking(), "pot");
  EXPECT_EQ(keep("vouchers/pay_back", &Node::action, {0}).tracking(), "v-1");

  const auto& notes = NodeAt(definition, "tell").action->keep_mapped;
  EXPECT_FALSE(notes.contains(StatusCode::kAborted));
  EXPECT_THAT(Text(notes.at(StatusCode::kInternal)({"", {}}).status()),
              AllOf(HasSubstr("what is kept of INTERNAL of '/skald.testdata.shop.v1.Payments/"),
                    HasSubstr("(step 'tell') threw: no room")));
}

TEST(FlowKindsTest, MapsCodesOfTheCallWrittenLast) {
  skald::Flow<OrderState> flow("order", 1);
  flow.Step("reserve")
      .Call<&Inventory::Stub::Reserve>(StockToReserve)
      .Map(StatusCode::kNotFound, Outcome::kUncertain)
      .Compensate<&Inventory::Stub::Release>(StockToRelease)
      .Map(StatusCode::kNotFound, Outcome::kSucceeded)
      .Map(StatusCode::kAborted, Outcome::kRejected)
      .PendingTimeout(absl::Hours(48));
  flow.Step("twice")
      .Call<&RiskCheck::Stub::Check>(OrderToCheck)
      .NothingToCompensate()
      .Map(StatusCode::kNotFound, Outcome::kUncertain)
      .Map(StatusCode::kNotFound, Outcome::kRejected);
  const Definition definition = std::move(flow).Build();
  const Node& step = NodeAt(definition, "reserve");
  EXPECT_THAT(step.action->outcomes,
              ElementsAre(std::pair(StatusCode::kNotFound, Outcome::kUncertain)));
  EXPECT_THAT(step.compensation->outcomes,
              ElementsAre(std::pair(StatusCode::kNotFound, Outcome::kSucceeded),
                          std::pair(StatusCode::kAborted, Outcome::kRejected)));
  EXPECT_EQ(step.pending_timeout, absl::Hours(48));
  EXPECT_EQ(NodeAt(definition, "twice").pending_timeout, absl::Hours(24));
  EXPECT_THAT(definition.builder_errors,
              ElementsAre("step 'twice' maps NOT_FOUND of "
                          "'/skald.testdata.shop.v1.RiskCheck/Check' twice: say once what it comes "
                          "to"));
}

TEST(FlowKindsTest, HasADeadlineAndAnExclusiveKeyIfTheAuthorSaysSo) {
  Flow plain("bulk", 1);
  const Definition without = std::move(plain).Build();
  EXPECT_EQ(without.deadline, absl::InfiniteDuration());
  EXPECT_FALSE(without.exclusive.has_value());

  Flow flow("bulk", 1);
  flow.Deadline(absl::Hours(2));
  flow.Exclusive(&BulkState::batch_id, ExclusiveKey::WhenTaken::kQueue);
  const Definition definition = std::move(flow).Build();
  EXPECT_EQ(definition.deadline, absl::Hours(2));
  EXPECT_EQ(definition.exclusive->when_taken, ExclusiveKey::WhenTaken::kQueue);
  BulkState bulk;
  bulk.set_batch_id("b-1");
  EXPECT_EQ(*definition.exclusive->key(Bytes(bulk)), "b-1");
  EXPECT_EQ(*definition.exclusive->key(""), "");
  EXPECT_EQ(definition.exclusive->key("\xff").status().code(), StatusCode::kInternal);
}

TEST(FlowKindsTest, CatchesWhatAnExclusiveKeyThrowsAndRefusesASecondOne) {
  Flow flow("bulk", 1);
  const auto throws = [](const BulkState&) -> std::string { throw std::runtime_error("no key"); };
  flow.Exclusive(&BulkState::batch_id, ExclusiveKey::WhenTaken::kJoin);
  flow.Exclusive(throws, ExclusiveKey::WhenTaken::kReject);
  const Definition definition = std::move(flow).Build();
  EXPECT_EQ(Text(definition.exclusive->key("").status()), "the exclusive key threw: no key");
  EXPECT_THAT(definition.builder_errors,
              ElementsAre("Exclusive is said twice: a saga holds one key"));
}

}  // namespace
}  // namespace skald
