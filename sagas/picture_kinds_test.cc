// The pictures of each kind of node, in both languages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "sagas/picture.h"
#include "sagas/picture_testing.h"
#include "tests/golden.h"

namespace skald::picture {
namespace {

using testing::HasSubstr;

void ExpectPictures(std::string_view name, const Definition& definition) {
  ExpectGolden(fmt::format("sagas/testdata/{}.mmd", name), ToMermaid(definition));
  ExpectGolden(fmt::format("sagas/testdata/{}.dot", name), ToGraphviz(definition));
}

TEST(PictureKindsTest, DrawsAParallelAsAForkAndAJoinInBothLanes) {
  ExpectPictures(
      "parallel",
      Define("book_trip",
             {Undoable("reserve_seat", "seats", "Reserve", "Release"),
              Parallel("bookings",
                       {Undoable("hotel", "hotels", "Book", "Cancel"),
                        Sequence("travel", {Undoable("flight", "flights", "Book", "Cancel"),
                                            Undoable("car", "cars", "Rent", "GiveBack")}),
                        Step("weather", "weather", "Look")}),
              Undoable("charge", "payments", "Charge", "Refund")}));
}

TEST(PictureKindsTest, DrawsNoJoinBackWhereOneBranchAloneIsCompensated) {
  ExpectPictures("parallel_one_way_back",
                 Define("tell", {Undoable("reserve", "seats", "Reserve", "Release"),
                                 Parallel("both", {Undoable("hotel", "hotels", "Book", "Cancel"),
                                                   Step("mail", "mail", "Send")})}));
}

TEST(PictureKindsTest, DrawsAForEachAsAGroupWithItsFieldAndConcurrency) {
  ExpectPictures(
      "for_each",
      Define("refund_all",
             {ForEach("refunds", "lines", 5,
                      {Undoable("pay_back", "bank", "Pay", "TakeBack"),
                       ForEach("letters", "line.letters", 1, {Step("write", "mail", "Send")})})}));
}

TEST(PictureKindsTest, DrawsARepeatWithItsWayBackToTheBeginning) {
  ExpectPictures("repeat", Define("renew", {Repeat("months", 36, Fallback::kContinue,
                                                   {Undoable("charge", "bank", "Charge", "Refund"),
                                                    Sleep("month", "720h")}),
                                            Step("say_goodbye", "mail", "Send")}));
}

TEST(PictureKindsTest, SaysWhatFollowsAWait) {
  ExpectPictures(
      "waits",
      Define("lend", {Await("confirmed", "bank.v1.Confirmation", absl::Hours(24)),
                      Await("rated", "bank.v1.Rating", absl::Minutes(90), Fallback::kContinue),
                      Await("signed", "bank.v1.Signature", absl::Hours(1), Fallback::kDeadLetter),
                      Await("ready", "bank.v1.Ready", absl::InfiniteDuration()),
                      AwaitUntil("paid", "bank.v1.Payment", Fallback::kContinue),
                      Sleep("cool_down", "a time of the state")}));
}

TEST(PictureKindsTest, DrawsAChildAsAGroupWithItsDefinition) {
  ExpectPictures("child",
                 Define("order", {Undoable("reserve", "inventory", "Reserve", "Release"),
                                  Child("shipping", "ship_order", 2,
                                        {Undoable("book", "shipping", "Book", "Cancel"),
                                         Child("insurance", "insure", 1,
                                               {Undoable("insure", "insurance", "Do", "Undo")})}),
                                  Child("later", "not_linked", 7, {})}));
}

TEST(PictureKindsTest, DrawsAStepWithoutAnActionAsAMark) {
  ExpectPictures("landmark", Define("delete_account", {Landmark("began", "audit", "NoteUndone"),
                                                       Step("delete", "accounts", "Delete")}));
}

TEST(PictureKindsTest, DoesNotSayOfAMarkAfterThePivotThatItCanBeUndone) {
  Node mark = Landmark("noted", "audit", "NoteUndone");
  mark.compensation.reset();
  ExpectPictures("landmark_after_pivot",
                 Define("sell", {Pivot(Step("pay", "bank", "Pay")),
                                 Child("shipping", "ship_order", 1, {mark})}));
}

TEST(PictureKindsTest, LeadsFromATurnBackToTheNewestCompensationAndNowhereElse) {
  ExpectPictures(
      "turn_back",
      Define("lend", {Undoable("open", "files", "Open", "Close"),
                      Choose("decision",
                             {Arm("declined", {Undoable("note", "files", "Note", "Strike"),
                                               TurnBack("no", "the credit score is too low")}),
                              Arm("doubtful", {TurnBack("later", "it is too early to say")}),
                              Sequence("otherwise", {Undoable("pay", "bank", "Pay", "TakeBack")})}),
                      Undoable("tell", "mail", "Send", "Regret")}));
}

TEST(PictureKindsTest, DrawsWhereATurnBackLeadsAlsoIfNothingIsCompensated) {
  ExpectPictures("turn_back_alone",
                 Define("ask", {Step("look", "files", "Look"),
                                Choose("decision", {Arm("declined", {TurnBack("no", "too low")})}),
                                Step("tell", "mail", "Send")}));
}

TEST(PictureKindsTest, DrawsAllKindsTogether) { ExpectPictures("mixed", Mixed()); }

TEST(PictureKindsTest, DrawsWhatNobodyCouldRun) {
  Definition bad = Define("", {Parallel("none", {}), Choose("never", {}), ForEach("no", "f", 0, {}),
                               Repeat("void", 0, Fallback::kContinue, {Sequence("empty", {})})});
  bad.root.children.push_back(MakeNode(Node::Kind::kAwait, "what"));
  bad.root.children.push_back(MakeNode(Node::Kind::kChild, "whose"));
  bad.root.children.push_back(MakeNode(Node::Kind::kRepeat, "how_often", {Step("s", "p", "M")}));
  ExpectPictures("refused", bad);
}

TEST(PictureKindsTest, QuotesWhatWouldEndALabel) {
  const Definition hostile =
      Define("bad\"]; end", {Sleep("s", "a\\\"b\nc & </b> \xff 1. `x` $$y$$")});
  EXPECT_THAT(ToMermaid(hostile), HasSubstr("begins([\"bad#34;#93;#59; end@1\"])"));
  EXPECT_THAT(ToGraphviz(hostile), HasSubstr("label=\"bad\\\"]; end@1\""));
  ExpectPictures("hostile", hostile);
}

}  // namespace
}  // namespace skald::picture
