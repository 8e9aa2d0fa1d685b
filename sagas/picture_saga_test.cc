#include "sagas/picture_saga.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sagas/picture_testing.h"
#include "tests/golden.h"

namespace skald::picture {
namespace {

using testing::HasSubstr;
using testing::Not;
using Status = NodeMark::Status;
using Wait = NodeMark::Wait;

void ExpectPictures(std::string_view name, const Definition& definition, const SagaMarks& marks) {
  ExpectGolden(fmt::format("sagas/testdata/saga_{}.mmd", name), ToMermaid(definition, marks));
  ExpectGolden(fmt::format("sagas/testdata/saga_{}.dot", name), ToGraphviz(definition, marks));
}

NodeMark Mark(std::string path, Status status, int attempts = 1) {
  return {.path = std::move(path), .status = status, .attempts = attempts};
}

NodeMark Undone(std::string path, Status status, int compensation_attempts = 1) {
  NodeMark mark = Mark(std::move(path), status);
  mark.compensation_attempts = compensation_attempts;
  return mark;
}

NodeMark Waiting(std::string path, Wait wait, int attempts = 0) {
  NodeMark mark = Mark(std::move(path), Status::kRunning, attempts);
  mark.wait = wait;
  mark.until = absl::FromUnixSeconds(1767225600);
  return mark;
}

NodeMark Stuck(NodeMark mark, std::string words) {
  mark.stuck = true;
  mark.words = std::move(words);
  return mark;
}

NodeMark Loop(std::string path, Status status, int elements) {
  NodeMark mark = Mark(std::move(path), status, 0);
  mark.elements = elements;
  return mark;
}

NodeMark Chosen(std::string path, std::string arm) {
  NodeMark mark = Mark(std::move(path), Status::kSucceeded, 0);
  mark.arm = std::move(arm);
  return mark;
}

std::string Element(int number) {
  return fmt::format("preparations/goods/orders/{}/order_line", number);
}

// Of Mixed(): the preparations with 40 lines, of which 20 have begun.
std::vector<NodeMark> Preparations() {
  std::vector<NodeMark> marks = {
      Mark("claim_name", Status::kSucceeded, 0),
      Mark("preparations/goods/rent_store", Status::kSucceeded),
      Mark("preparations/hire", Status::kRunning, 3),
      Waiting("preparations/advertise", Wait::kPending, 1),
      Loop("preparations/goods/orders", Status::kRunning, 40),
  };
  for (int i = 1; i <= 20; ++i) {
    marks.push_back(Mark(Element(i), i <= 16 ? Status::kSucceeded : Status::kRunning));
  }
  marks.back() = Waiting(Element(20), Wait::kRetry, 4);
  return marks;
}

TEST(PictureSagaTest, ShowsASagaInMidFlight) {
  SagaMarks marks{.id = "shop-1", .status = SagaMarks::Status::kRunning};
  marks.nodes = Preparations();
  ExpectPictures("in_flight", Mixed(), marks);
}

TEST(PictureSagaTest, ShowsASagaThatWaitsForASignal) {
  SagaMarks marks{.id = "shop-2", .status = SagaMarks::Status::kRunning, .paused = true};
  for (NodeMark mark : Preparations()) {
    mark.status = Status::kSucceeded;
    mark.wait = Wait::kNone;
    marks.nodes.push_back(mark);
  }
  marks.nodes.push_back(Waiting("approval", Wait::kTime));
  ExpectPictures("waiting", Mixed(), marks);
}

TEST(PictureSagaTest, ShowsASagaThatCompensates) {
  SagaMarks marks{.id = "shop-3",
                  .status = SagaMarks::Status::kCompensating,
                  .cause = "rejected",
                  .cause_step = "delivery/book_courier",
                  .cause_words =
                      "no courier goes to this island in winter, try again in spring, "
                      "or send a boat of your own"};
  marks.nodes = {Mark("claim_name", Status::kSucceeded, 0),
                 Mark("preparations/goods/rent_store", Status::kSucceeded),
                 Loop("preparations/goods/orders", Status::kCompensating, 12),
                 Undone("preparations/hire", Status::kCompensated, 2),
                 Mark("preparations/advertise", Status::kSucceeded),
                 Mark("approval", Status::kSucceeded, 0),
                 Chosen("size", "large"),
                 Undone("size/large/insure", Status::kCompensated),
                 Mark("delivery", Status::kCompensating, 0),
                 Mark("delivery/book_courier", Status::kRejected)};
  marks.nodes.back().words = "no courier goes to this island in winter";
  for (int i = 1; i <= 12; ++i) {
    marks.nodes.push_back(i > 8    ? Undone(Element(i), Status::kCompensated)
                          : i == 8 ? Undone(Element(i), Status::kCompensating, 2)
                                   : Mark(Element(i), Status::kSucceeded));
  }
  ExpectPictures("compensating", Mixed(), marks);
}

TEST(PictureSagaTest, ShowsAtWhichTurnBackItTurnedBack) {
  SagaMarks marks{.id = "loan-1",
                  .status = SagaMarks::Status::kCompensating,
                  .cause = "rejected",
                  .cause_step = "lines/2/no",
                  .cause_words = "too low"};
  marks.nodes = {Loop("lines", Status::kCompensating, 2),
                 Undone("lines/1/open", Status::kCompensating),
                 Mark("lines/2/open", Status::kSucceeded)};
  ExpectPictures(
      "turned_back",
      Define("lend",
             {ForEach("lines", "lines", 1,
                      {Undoable("open", "files", "Open", "Close"), TurnBack("no", "too low")}),
              Choose("more", {Arm("yes", {TurnBack("never", "not here")})})}),
      marks);
}

TEST(PictureSagaTest, ShowsWhereAParkedSagaIsStuck) {
  SagaMarks marks{.id = "shop-4", .status = SagaMarks::Status::kDeadLettered};
  marks.cause = "cancelled";
  marks.cause_words = "the owner changed her mind";
  marks.nodes = {Mark("claim_name", Status::kSucceeded, 0),
                 Mark("preparations/goods/rent_store", Status::kSucceeded),
                 Loop("preparations/goods/orders", Status::kCompensating, 20),
                 Stuck(Undone("preparations/hire", Status::kCompensating, 20), "no such person"),
                 Mark("preparations/advertise", Status::kUncertain, 8)};
  marks.nodes.back().words = "connection refused";
  for (int i = 1; i <= 20; ++i) {
    marks.nodes.push_back(
        i % 3 == 0 ? Stuck(Undone(Element(i), Status::kCompensating, 20), "supplier is shut")
                   : Undone(Element(i), Status::kCompensated));
  }
  NodeMark by_hand = Mark(Element(20), Status::kSkipped);
  by_hand.compensation_skipped = true;
  marks.nodes.back() = by_hand;
  ExpectPictures("parked", Mixed(), marks);
}

TEST(PictureSagaTest, ShowsACompletedSaga) {
  SagaMarks marks{.id = "shop-5", .status = SagaMarks::Status::kCompleted};
  for (const char* path :
       {"claim_name", "preparations/goods/rent_store", "preparations/hire", "approval", "delivery",
        "delivery/book_courier", "delivery/print_label", "sign"}) {
    marks.nodes.push_back(Mark(path, Status::kSucceeded));
  }
  marks.nodes.push_back(Mark("preparations/advertise", Status::kSkipped, 5));
  marks.nodes.push_back(Loop("preparations/goods/orders", Status::kSucceeded, 2));
  marks.nodes.push_back(Mark(Element(1), Status::kSucceeded));
  marks.nodes.push_back(Mark(Element(2), Status::kSucceeded, 2));
  marks.nodes.push_back(Chosen("size", "otherwise"));
  marks.nodes.push_back(Mark("size/otherwise/note_risk", Status::kSucceeded));
  NodeMark rent = Mark("rent", Status::kSucceeded, 0);
  rent.round = 12;
  rent.rounds = 36;
  marks.nodes.push_back(rent);
  for (int i = 1; i <= 12; ++i) {
    marks.nodes.push_back(Mark(fmt::format("rent/{}/pay_rent", i), Status::kSucceeded));
    if (i < 12) marks.nodes.push_back(Mark(fmt::format("rent/{}/month", i), Status::kSucceeded, 0));
  }
  ExpectPictures("completed", Mixed(), marks);
}

TEST(PictureSagaTest, QuotesAndCutsWhatParticipantsSay) {
  const Definition definition = Define("pay", {Step("charge", "bank", "Charge")});
  SagaMarks marks{.id = "a\"] --> x", .status = SagaMarks::Status::kDeadLettered};
  marks.nodes = {
      Stuck(Mark("charge", Status::kRejected), "\"];\nend <b>no</b>\x01 " + std::string(100, 'x'))};
  const std::string mermaid = ToMermaid(definition, marks);
  EXPECT_THAT(mermaid, HasSubstr("a#34;#93; #45;#45;#62; x"));
  EXPECT_THAT(mermaid, HasSubstr("#34;#93;#59; end #60;b#62;no#60;/b#62;"));
  EXPECT_THAT(mermaid, Not(HasSubstr(std::string(80, 'x'))));
  EXPECT_THAT(mermaid, HasSubstr("x…\"]"));
  const std::string dot = ToGraphviz(definition, marks);
  EXPECT_THAT(dot, HasSubstr("a\\\"] --> x"));
  EXPECT_THAT(dot, HasSubstr("\\\"]; end <b>no</b>"));
  ExpectPictures("hostile", definition, marks);
}

TEST(PictureSagaTest, NamesAtMostFiveOfTheElementsThatAreStuck) {
  const Definition definition =
      Define("refund_all", {ForEach("refunds", "lines", 5, {Step("pay_back", "bank", "Pay")})});
  SagaMarks marks{.id = "r", .status = SagaMarks::Status::kDeadLettered};
  marks.nodes = {Loop("refunds", Status::kRunning, 1000)};
  for (int i = 1; i <= 1000; ++i) {
    NodeMark mark = Mark(fmt::format("refunds/{}/pay_back", i), Status::kSucceeded);
    marks.nodes.push_back(i % 100 == 0 ? Stuck(Mark(mark.path, Status::kUncertain), "") : mark);
  }
  const std::string picture = ToMermaid(definition, marks);
  EXPECT_THAT(picture, HasSubstr("✓ 990 of 1000 done"));
  EXPECT_THAT(picture, HasSubstr("■ 10 stuck:<br/>100, 200, 300, 400, 500<br/>and 5 more"));
}

TEST(PictureSagaTest, CallsAnElementCompensatedWhenAllOfItIs) {
  const Definition definition = Define(
      "order_all",
      {ForEach("orders", "lines", 5,
               {Undoable("reserve", "stock", "Take", "GiveBack"),
                Undoable("order", "shop", "Order", "CallOff"), Step("tell", "mail", "Send")})});
  SagaMarks marks{.id = "o", .status = SagaMarks::Status::kCompensating, .cause = "cancelled"};
  marks.nodes = {Loop("orders", Status::kCompensating, 2),
                 Undone("orders/1/reserve", Status::kCompensated),
                 Undone("orders/1/order", Status::kCompensated),
                 Mark("orders/1/tell", Status::kSucceeded),
                 Mark("orders/2/reserve", Status::kSucceeded),
                 Undone("orders/2/order", Status::kCompensated)};
  const std::string picture = ToMermaid(definition, marks);
  EXPECT_THAT(picture, HasSubstr("↶ 1 being compensated<br/>↶ 1 compensated"));
}

TEST(PictureSagaTest, TellsElementsOfNestedLoopsByBothNumbers) {
  const Definition definition =
      Define("tell_all", {ForEach("orders", "orders", 1,
                                  {ForEach("lines", "lines", 1, {Step("tell", "mail", "Send")})})});
  SagaMarks marks{.id = "t", .status = SagaMarks::Status::kDeadLettered};
  marks.nodes = {Loop("orders", Status::kRunning, 2), Loop("orders/1/lines", Status::kSucceeded, 3),
                 Loop("orders/2/lines", Status::kRunning, 4),
                 Mark("orders/1/lines/1/tell", Status::kSucceeded),
                 Stuck(Mark("orders/2/lines/3/tell", Status::kUncertain), "no")};
  const std::string picture = ToMermaid(definition, marks);
  EXPECT_THAT(picture, HasSubstr("✓ 1 of 2 done<br/>■ 1 stuck:<br/>2\")"));
  EXPECT_THAT(picture, HasSubstr("✓ 1 of 7 done<br/>■ 1 stuck:<br/>2/3"));
}

TEST(PictureSagaTest, PassesOverMarksOfNodesThatTheDefinitionDoesNotHave) {
  const Definition definition = Define("pay", {Step("charge", "bank", "Charge")});
  SagaMarks bare{.id = "p"};
  SagaMarks marked = bare;
  marked.nodes = {Mark("refund", Status::kSucceeded), Mark("", Status::kRunning),
                  Mark("charge/3/what", Status::kRunning), Mark("//", Status::kRunning)};
  EXPECT_EQ(ToMermaid(definition, marked), ToMermaid(definition, bare));
}

}  // namespace
}  // namespace skald::picture
