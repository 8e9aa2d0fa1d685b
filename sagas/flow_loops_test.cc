// What a ForEach gives to the functions in its body.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "sagas/flow.h"
#include "sagas/flow_builder.h"
#include "sagas/testdata/shop_functions.h"
#include "sagas/testdata/shop_stubs.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testdata::shop::v1;  // NOLINT: as an author would.
using Flow = Flow<BulkState>;

const std::vector<int> kFirst = {0};
const std::vector<int> kSecond = {1};

// Two lines, the second of which has two boxes, and some of everything else.
BulkState Bulk() {
  BulkState bulk;
  bulk.set_batch_id("b-1");
  bulk.add_lines()->set_sku("cup");
  Line& plates = *bulk.add_lines();
  plates.set_sku("plate");
  plates.add_boxes()->set_label("big");
  plates.add_boxes()->set_label("small");
  bulk.add_vouchers("v-1");
  bulk.add_vouchers("v-2");
  bulk.add_colors(COLOR_GREEN);
  return bulk;
}

const Node& NodeAt(const Definition& definition, std::string_view path) {
  const Node* node = FindNode(definition, path);
  if (node == nullptr) throw std::logic_error("no such node");
  return *node;
}

// The request that the step makes of `state` for these elements.
RefundRequest RequestOf(const Definition& definition, std::string_view path, const BulkState& state,
                        const std::vector<int>& elements) {
  const auto bytes =
      NodeAt(definition, path).action->make_request({state.SerializeAsString(), elements});
  if (!bytes.ok()) throw std::logic_error(std::string(Message(bytes.status())));
  RefundRequest request;
  request.ParseFromString(*bytes);
  return request;
}

// What the step makes of `state` when it keeps a reply for these elements.
StatusOr<BulkState> Keep(const Definition& definition, std::string_view path,
                         const BulkState& state, const std::vector<int>& elements) {
  RefundResponse reply;
  reply.set_refund_id("r-1");
  SKALD_ASSIGN_OR_RETURN(
      const std::string bytes,
      NodeAt(definition, path)
          .action->keep_response({state.SerializeAsString(), elements}, reply.SerializeAsString()));
  BulkState kept;
  kept.ParseFromString(bytes);
  return kept;
}

// A flow that pays back each element of a field, with `text` of it in the request.
template <typename Element, typename Field>
Definition PayBackEach(const Field& (BulkState::*field)() const,
                       std::string (*text)(const Element&)) {
  Flow flow("bulk", 1);
  flow.ForEach("refunds", field, [text](Flow::Each<Element>& each) {
    each.Step("pay_back")
        .template Call<&Payments::Stub::Refund>([text](const Element& element) {
          RefundRequest request;
          request.set_what(text(element));
          return request;
        })
        .NothingToCompensate();
  });
  return std::move(flow).Build();
}

// What PayBackEach asks to pay back for the element of `state` with this index.
std::string PaidBack(const Definition& definition, const BulkState& state, int index) {
  return RequestOf(definition, "refunds/pay_back", state, {index}).what();
}

TEST(FlowLoopsTest, GoesOverTheElementsOfARepeatedField) {
  Flow flow("bulk", 1);
  flow.ForEach("refunds", &BulkState::lines,
               [](Flow::Each<Line>& each) {
                 each.Step("pay_back")
                     .Call<&Payments::Stub::Refund>(LineToRefund, KeepRefund)
                     .NothingToCompensate();
               })
      .Concurrency(8);
  const Definition definition = std::move(flow).Build();
  EXPECT_THAT(definition.builder_errors, IsEmpty());
  const Node& node = NodeAt(definition, "refunds");
  EXPECT_EQ(node.kind, Node::Kind::kForEach);
  EXPECT_EQ(node.for_each->field, "lines");
  EXPECT_EQ(node.for_each->element_type, "skald.testdata.shop.v1.Line");
  EXPECT_EQ(node.for_each->concurrency, 8);
  EXPECT_EQ(*node.for_each->count({Bulk().SerializeAsString(), {}}), 2);
  EXPECT_EQ(*node.for_each->count({"", {}}), 0);

  EXPECT_EQ(RequestOf(definition, "refunds/pay_back", Bulk(), {1}).what(), "plate");
  const StatusOr<BulkState> kept = Keep(definition, "refunds/pay_back", Bulk(), {1});
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->lines(0).refund_id(), "");
  EXPECT_EQ(kept->lines(1).refund_id(), "r-1");
}

TEST(FlowLoopsTest, GivesFunctionsTheStateTooIfTheyAskForIt) {
  Flow flow("bulk", 1);
  flow.ForEach("refunds", &BulkState::lines, [](Flow::Each<Line>& each) {
    each.Step("pay_back")
        .Call<&Payments::Stub::Refund>(
            LineOfBulkToRefund,
            [](const RefundResponse& reply, BulkState& bulk, Line& line) {
              line.set_refund_id(reply.refund_id());
              bulk.set_tracking(line.sku());
            })
        .Compensate<&Payments::Stub::Refund>(
            LineToRefund, [](const RefundResponse&, const BulkState& bulk, Line& line) {
              line.set_refund_id(bulk.batch_id());
            });
    each.Choose("care").When(
        "fragile",
        [](const BulkState& bulk, const Line& line) { return bulk.ended() || line.fragile(); },
        [](Flow::Each<Line>&) {});
  });
  const Definition definition = std::move(flow).Build();
  const RefundRequest request = RequestOf(definition, "refunds/pay_back", Bulk(), {0});
  EXPECT_EQ(request.batch_id() + " " + request.what(), "b-1 cup");
  const StatusOr<BulkState> kept = Keep(definition, "refunds/pay_back", Bulk(), {0});
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->lines(0).refund_id() + " " + kept->tracking(), "r-1 cup");

  BulkState undone;
  undone.ParseFromString(
      *NodeAt(definition, "refunds/pay_back")
           .compensation->keep_response({kept->SerializeAsString(), kSecond}, ""));
  EXPECT_EQ(undone.lines(1).refund_id(), "b-1");

  BulkState state = Bulk();
  state.mutable_lines(1)->set_fragile(true);
  const Node& fragile = NodeAt(definition, "refunds/care/fragile");
  EXPECT_FALSE(*fragile.guard({state.SerializeAsString(), kFirst}));
  EXPECT_TRUE(*fragile.guard({state.SerializeAsString(), kSecond}));
}

TEST(FlowLoopsTest, GoesOverStringsNumbersAndEnums) {
  BulkState state;
  state.add_vouchers("v-1");
  state.add_vouchers("v-2");
  state.add_amounts(-5);
  state.add_colors(COLOR_GREEN);
  state.add_codes(7);
  state.add_flags(true);
  state.add_weights(0.5);
  state.add_shelves(8);
  state.add_serials(1234567890123);
  state.add_ratings(1.5F);

  const Definition vouchers = PayBackEach<std::string>(
      &BulkState::vouchers, [](const std::string& voucher) { return voucher; });
  EXPECT_EQ(vouchers.root.children[0].for_each->element_type, "string");
  EXPECT_EQ(PaidBack(vouchers, state, 0) + " " + PaidBack(vouchers, state, 1), "v-1 v-2");

  const auto number = [](const auto& element) { return fmt::format("{}", element); };
  std::vector<std::string> seen;
  const auto look = [&](const Definition& definition) {
    EXPECT_THAT(definition.builder_errors, IsEmpty());
    const ForEachPart& part = *definition.root.children[0].for_each;
    EXPECT_EQ(*part.count({state.SerializeAsString(), {}}), 1);
    seen.push_back(part.field + ": " + part.element_type + " " + PaidBack(definition, state, 0));
  };
  look(PayBackEach<int64_t>(&BulkState::amounts, number));
  look(PayBackEach<int32_t>(&BulkState::codes, number));
  look(PayBackEach<bool>(&BulkState::flags, number));
  look(PayBackEach<double>(&BulkState::weights, number));
  look(PayBackEach<uint32_t>(&BulkState::shelves, number));
  look(PayBackEach<uint64_t>(&BulkState::serials, number));
  look(PayBackEach<float>(&BulkState::ratings, number));
  look(
      PayBackEach<Color>(&BulkState::colors, [](const Color& color) { return Color_Name(color); }));
  EXPECT_THAT(
      seen, ElementsAre("amounts: int64 -5", "codes: int32 7", "flags: bool true",
                        "weights: double 0.5", "shelves: uint32 8", "serials: uint64 1234567890123",
                        "ratings: float 1.5", "colors: skald.testdata.shop.v1.Color COLOR_GREEN"));
}

TEST(FlowLoopsTest, GivesEnumsAsNumbersToABodyThatDoesNotNameThem) {
  Flow flow("bulk", 1);
  int seen = 0;
  flow.ForEach("coats", &BulkState::colors, [&](auto& each) {
    each.Choose("which").When(
        "green", [](const int& color) { return color == COLOR_GREEN; }, [&](auto&) { ++seen; });
  });
  const Definition definition = std::move(flow).Build();
  EXPECT_THAT(definition.builder_errors, IsEmpty());
  EXPECT_EQ(seen, 1);
  EXPECT_TRUE(*NodeAt(definition, "coats/which/green").guard({Bulk().SerializeAsString(), kFirst}));
}

void PaintEach(Flow::Each<Color>& each) {
  each.Choose("which").When(
      "green", [](Color color) { return color == COLOR_GREEN; }, [](Flow::Each<Color>&) {});
}

TEST(FlowLoopsTest, TakesAFunctionForABody) {
  Flow flow("bulk", 1);
  flow.ForEach("coats", &BulkState::colors, PaintEach);
  const Definition definition = std::move(flow).Build();
  EXPECT_TRUE(*NodeAt(definition, "coats/which/green").guard({Bulk().SerializeAsString(), kFirst}));
}

TEST(FlowLoopsTest, RefusesAnEnumThatTheElementsAreNotOf) {
  const auto text = [](const auto&) { return std::string(); };
  EXPECT_THAT(PayBackEach<Size>(&BulkState::colors, text).builder_errors,
              ElementsAre("for-each 'refunds' looks at the elements of 'colors' as "
                          "skald.testdata.shop.v1.Size, and they are "
                          "skald.testdata.shop.v1.Color: name their own type"));
  EXPECT_THAT(PayBackEach<Color>(&BulkState::codes, text).builder_errors,
              ElementsAre(HasSubstr("and they are int32: name their own type")));
}

TEST(FlowLoopsTest, RefusesAFieldThatTheMessageDoesNotHave) {
  internal::FlowBuilder builder("bulk", 1, BulkState::default_instance());
  internal::Repeated repeated;
  repeated.owner = &BulkState::default_instance();
  repeated.size = [](const google::protobuf::Message&) { return 0; };
  builder.Add(Node::Kind::kForEach, "refunds").SetForEach(repeated);
  EXPECT_THAT(builder.Build().builder_errors,
              ElementsAre("for-each 'refunds' goes over what is no repeated field of "
                          "skald.testdata.shop.v1.BulkState: give it the generated getter of one"));
}

TEST(FlowLoopsTest, KeepsInTheStateWhatItLearnsOfAnElementThatIsNoMessage) {
  Flow flow("bulk", 1);
  flow.ForEach("refunds", &BulkState::vouchers, [](Flow::Each<std::string>& each) {
    each.Step("pay_back")
        .Call<&Payments::Stub::Refund>(
            [](const BulkState& bulk, const std::string& voucher) {
              RefundRequest request;
              request.set_what(bulk.batch_id() + voucher);
              return request;
            },
            [](const RefundResponse& reply, BulkState& bulk, const std::string& voucher) {
              bulk.set_vouchers(1, "changed");
              (*bulk.mutable_notes())[voucher] = reply.refund_id();
            })
        .NothingToCompensate();
  });
  const Definition definition = std::move(flow).Build();
  EXPECT_EQ(RequestOf(definition, "refunds/pay_back", Bulk(), {1}).what(), "b-1v-2");
  const StatusOr<BulkState> kept = Keep(definition, "refunds/pay_back", Bulk(), {1});
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->notes().at("v-2"), "r-1");
}

// Packs the boxes of each line.
template <typename KeepBox>
Definition PackBoxes(KeepBox keep) {
  Flow flow("bulk", 1);
  flow.ForEach("packing", &BulkState::lines, [&](Flow::Each<Line>& line) {
    line.ForEach("boxes", &Line::boxes, [&](Flow::Each<Box>& box) {
      box.Step("pack")
          .template Call<&Payments::Stub::Refund>(
              [](const BulkState& bulk, const Box& packed) {
                RefundRequest request;
                request.set_batch_id(bulk.batch_id());
                request.set_what(packed.label());
                return request;
              },
              keep)
          .NothingToCompensate();
    });
  });
  return std::move(flow).Build();
}

TEST(FlowLoopsTest, GoesOverTheElementsOfAnElement) {
  const Definition definition =
      PackBoxes([](const RefundResponse& reply, Box& box) { box.set_tracking(reply.refund_id()); });
  EXPECT_THAT(definition.builder_errors, IsEmpty());
  const Node& boxes = NodeAt(definition, "packing/boxes");
  EXPECT_EQ(boxes.for_each->field, "boxes");
  EXPECT_EQ(boxes.for_each->element_type, "skald.testdata.shop.v1.Box");
  EXPECT_EQ(*boxes.for_each->count({Bulk().SerializeAsString(), kFirst}), 0);
  EXPECT_EQ(*boxes.for_each->count({Bulk().SerializeAsString(), kSecond}), 2);

  const RefundRequest request = RequestOf(definition, "packing/boxes/pack", Bulk(), {1, 0});
  EXPECT_EQ(request.batch_id() + " " + request.what(), "b-1 big");
  const StatusOr<BulkState> kept = Keep(definition, "packing/boxes/pack", Bulk(), {1, 1});
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->lines(1).boxes(0).tracking(), "");
  EXPECT_EQ(kept->lines(1).boxes(1).tracking(), "r-1");
}

TEST(FlowLoopsTest, GivesEveryKindOfNodeInItsBodyTheElement) {
  Flow flow("bulk", 1);
  flow.ForEach("refunds", &BulkState::lines, [](Flow::Each<Line>& each) {
    each.Repeat("until_paid", [](Flow::Each<Line>&) {})
        .Until(&Line::fragile)
        .AtMost(3, kDeadLetter);
    each.Await<CustomerConfirmed>("confirmed", [](const CustomerConfirmed& message,
                                                  Line& line) { line.set_refund_id(message.by()); })
        .Forever();
    each.SleepUntil("due", &Line::due);
    each.Sleep("rest", [](const BulkState& bulk, const Line& line) {
      return absl::Seconds(bulk.batch_id().size() + line.sku().size());
    });
    each.Child<ShippingState>(
        "shipping", "ship_order", 1,
        [](const Line& line) {
          ShippingState shipping;
          shipping.set_order_id(line.sku());
          return shipping;
        },
        [](const ShippingState& shipping, BulkState&, Line& line) {
          line.set_refund_id(shipping.tracking());
        });
    each.Parallel("both", [](Flow::Each<Line>& branches) {
      branches.Sequence("one", [](Flow::Each<Line>& then) {
        then.Step("pay_back").Compensate<&Payments::Stub::Refund>(LineToRefund);
      });
    });
  });
  const Definition definition = std::move(flow).Build();
  EXPECT_THAT(definition.builder_errors, IsEmpty());
  BulkState state = Bulk();
  state.mutable_lines(1)->set_fragile(true);
  state.mutable_lines(1)->mutable_due()->set_seconds(77);
  const std::string bytes = state.SerializeAsString();
  const absl::Time now = absl::FromUnixSeconds(1000);

  EXPECT_FALSE(*NodeAt(definition, "refunds/until_paid").repeat->until({bytes, kFirst}));
  EXPECT_TRUE(*NodeAt(definition, "refunds/until_paid").repeat->until({bytes, kSecond}));
  EXPECT_EQ(*NodeAt(definition, "refunds/due").sleep->until({bytes, kSecond}, now),
            absl::FromUnixSeconds(77));
  EXPECT_EQ(*NodeAt(definition, "refunds/rest").sleep->until({bytes, kSecond}, now),
            now + absl::Seconds(8));

  CustomerConfirmed signal;
  signal.set_by("Ann");
  BulkState kept;
  kept.ParseFromString(*NodeAt(definition, "refunds/confirmed")
                            .await->keep({bytes, kSecond}, signal.SerializeAsString()));
  EXPECT_EQ(kept.lines(1).refund_id(), "Ann");

  const ChildPart& child = *NodeAt(definition, "refunds/shipping").child;
  ShippingState shipping;
  shipping.ParseFromString(*child.make_state({bytes, kSecond}));
  EXPECT_EQ(shipping.order_id(), "plate");
  shipping.set_tracking("t-1");
  kept.ParseFromString(*child.keep_state({bytes, kSecond}, shipping.SerializeAsString()));
  EXPECT_EQ(kept.lines(1).refund_id(), "t-1");

  RefundRequest request;
  request.ParseFromString(*NodeAt(definition, "refunds/both/one/pay_back")
                               .compensation->make_request({bytes, kSecond}));
  EXPECT_EQ(request.what(), "plate");
}

TEST(FlowLoopsTest, TellsAnElementThatIsNotThere) {
  const Definition definition = PackBoxes([](const RefundResponse&, Box&) {});
  const Call& pack = *NodeAt(definition, "packing/boxes/pack").action;
  const std::string bytes = Bulk().SerializeAsString();
  for (const std::vector<int>& elements :
       {std::vector{2, 0}, std::vector{-1, 0}, std::vector{1, 2}, std::vector{0, 0}}) {
    EXPECT_EQ(pack.make_request({bytes, elements}).status().code(), StatusCode::kInternal);
    EXPECT_EQ(pack.keep_response({bytes, elements}, "").status().code(), StatusCode::kInternal);
  }
  EXPECT_EQ(Message(pack.make_request({bytes, std::vector{1, 2}}).status()),
            "the request of '/skald.testdata.shop.v1.Payments/Refund' (step 'packing/boxes/pack'): "
            "it is for element 3 of 'boxes', which has 2 (was the state changed while a ForEach "
            "goes over it?)");
  const Status count =
      NodeAt(definition, "packing/boxes").for_each->count({bytes, std::vector{2}}).status();
  EXPECT_EQ(count.code(), StatusCode::kInternal);
  EXPECT_THAT(std::string(Message(count)), HasSubstr("it is for element 3 of 'lines'"));
}

TEST(FlowLoopsTest, TellsAScopeWithAnotherNumberOfElementsThanLoops) {
  const Definition definition = PackBoxes([](const RefundResponse&, Box&) {});
  const Call& pack = *NodeAt(definition, "packing/boxes/pack").action;
  const Status status = pack.make_request({Bulk().SerializeAsString(), kSecond}).status();
  EXPECT_EQ(status.code(), StatusCode::kInternal);
  EXPECT_THAT(std::string(Message(status)),
              HasSubstr("it stands in 2 for-each loops, and 1 elements were given"));
}

TEST(FlowLoopsTest, TellsAStateThatDoesNotParseAsInternal) {
  const Definition definition = PackBoxes([](const RefundResponse&, Box&) {});
  EXPECT_EQ(NodeAt(definition, "packing").for_each->count({"\xff", {}}).status().code(),
            StatusCode::kInternal);
}

TEST(FlowLoopsTest, RefusesAKeepFunctionThatChangesHowManyElementsThereAre) {
  const auto kept_by = [](auto keep) {
    return Keep(PackBoxes(keep), "packing/boxes/pack", Bulk(), {1, 0}).status();
  };
  const Status outer = kept_by(
      [](const RefundResponse&, BulkState& bulk, const Box&) { bulk.mutable_lines()->Clear(); });
  EXPECT_EQ(outer.code(), StatusCode::kInternal);
  EXPECT_EQ(Message(outer),
            "the reply of '/skald.testdata.shop.v1.Payments/Refund' (step 'packing/boxes/pack') "
            "changed how many elements 'lines' has, while a ForEach goes over it");
  const Status inner = kept_by([](const RefundResponse&, BulkState& bulk, const Box&) {
    bulk.mutable_lines(1)->add_boxes();
  });
  EXPECT_EQ(inner.code(), StatusCode::kInternal);
  EXPECT_THAT(std::string(Message(inner)), HasSubstr("changed how many elements 'boxes' has"));
}

TEST(FlowLoopsTest, RefusesASignalOrAChildThatChangesHowManyElementsThereAre) {
  Flow flow("bulk", 1);
  flow.ForEach("refunds", &BulkState::vouchers, [](Flow::Each<std::string>& each) {
    each.Await<CustomerConfirmed>("confirmed",
                                  [](const CustomerConfirmed&, BulkState& bulk,
                                     const std::string& voucher) { bulk.add_vouchers(voucher); })
        .Forever();
    each.Child<ShippingState>(
        "shipping", "ship_order", 1, [](const std::string&) { return ShippingState(); },
        [](const ShippingState&, BulkState& bulk, const std::string&) { bulk.Clear(); });
  });
  const Definition definition = std::move(flow).Build();
  const std::string bytes = Bulk().SerializeAsString();
  EXPECT_EQ(
      Message(NodeAt(definition, "refunds/confirmed").await->keep({bytes, kFirst}, "").status()),
      "the signal of 'refunds/confirmed' changed how many elements 'vouchers' has, while a "
      "ForEach goes over it");
  EXPECT_EQ(
      Message(
          NodeAt(definition, "refunds/shipping").child->keep_state({bytes, kFirst}, "").status()),
      "the last state of child 'refunds/shipping' changed how many elements 'vouchers' has, "
      "while a ForEach goes over it");
}

TEST(FlowLoopsTest, LetsAKeepFunctionChangeHowManyElementsOtherFieldsHave) {
  const Definition definition = PackBoxes([](const RefundResponse& reply, BulkState& bulk,
                                             const Box&) { bulk.add_vouchers(reply.refund_id()); });
  EXPECT_TRUE(Keep(definition, "packing/boxes/pack", Bulk(), {1, 0}).ok());
}

TEST(FlowLoopsTest, CatchesWhatFunctionsOfElementsThrow) {
  Flow flow("bulk", 1);
  flow.ForEach("refunds", &BulkState::lines, [](Flow::Each<Line>& each) {
    each.Step("pay_back")
        .Call<&Payments::Stub::Refund>(
            [](const Line&) -> RefundRequest { throw std::runtime_error("no sku"); },
            [](const RefundResponse&, Line&) { throw 7; })
        .NothingToCompensate();
  });
  const Definition definition = std::move(flow).Build();
  const Call& call = *NodeAt(definition, "refunds/pay_back").action;
  const std::string bytes = Bulk().SerializeAsString();
  EXPECT_THAT(std::string(Message(call.make_request({bytes, kFirst}).status())),
              HasSubstr("(step 'refunds/pay_back') threw: no sku"));
  EXPECT_THAT(std::string(Message(call.keep_response({bytes, kFirst}, "").status())),
              HasSubstr("threw something that is no std::exception"));
}

}  // namespace
}  // namespace skald
