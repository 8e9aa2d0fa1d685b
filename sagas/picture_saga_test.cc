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

}  // namespace
}  // namespace skald::picture
