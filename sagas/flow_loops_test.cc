// What a ForEach gives to the functions in its body.
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
#include "sagas/testdata/shop_functions.h"
#include "sagas/testdata/shop_stubs.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testdata::shop::v1;  // NOLINT: as an author would.
using Flow = Flow<BulkState>;

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

template <typename Element, typename Make>
void PayBack(skald::Flow<BulkState, Element>& each, Make make) {
  each.Step("pay_back")
      .template Call<&Payments::Stub::Refund>(std::move(make))
      .NothingToCompensate();
}

// A flow that pays back each element of a field, with the element's text in the request.
template <typename Getter>
Definition PayBackEach(Getter getter) {
  Flow flow("bulk", 1);
  flow.ForEach("refunds", getter, [](auto& each) {
    PayBack(each, [](const auto& element) {
      RefundRequest request;
      request.set_what(testing::PrintToString(element));
      return request;
    });
  });
  return std::move(flow).Build();
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

}  // namespace
}  // namespace skald
