#include "admin/skaldctl/views.h"

#include <gtest/gtest.h>

#include "admin/skaldctl/explain.h"
#include "admin/skaldctl/text.h"
#include "tests/golden.h"

namespace skald::ctl {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

google::protobuf::Timestamp At(absl::Duration from_now) { return ToTimestamp(kNow + from_now); }

v1::Saga Running() {
  v1::Saga saga;
  saga.set_id("order-1");
  saga.set_definition("place_order");
  saga.set_definition_version(3);
  saga.set_status(v1::Saga::RUNNING);
  *saga.mutable_create_time() = At(-absl::Minutes(3));
  *saga.mutable_update_time() = At(-absl::Seconds(2));
  saga.set_revision(7);
  v1::Step& reserved = *saga.add_steps();
  reserved.set_path("reserve_stock");
  reserved.set_status(v1::Step::SUCCEEDED);
  reserved.set_action_attempts(1);
  v1::Step& charging = *saga.add_steps();
  charging.set_path("hold_money");
  charging.set_status(v1::Step::RUNNING);
  charging.set_action_attempts(2);
  return saga;
}

v1::Saga Retrying() {
  v1::Saga saga = Running();
  v1::Step& step = *saga.mutable_steps(1);
  step.set_last_code(14);
  step.set_last_message("connection \x1b[31mrefused");
  *step.mutable_next_attempt_time() = At(absl::Seconds(4));
  return saga;
}

v1::DeadLetter Parked() {
  v1::DeadLetter letter;
  letter.set_id("order-1/1");
  letter.set_saga_id("order-1");
  letter.set_definition("place_order");
  letter.set_definition_version(3);
  letter.set_step("hold_money");
  letter.set_phase(v1::COMPENSATION);
  letter.mutable_cause()->set_kind(v1::Cause::EXHAUSTED);
  letter.mutable_cause()->set_code(14);
  letter.mutable_cause()->set_message("connection refused");
  letter.set_attempts(20);
  *letter.mutable_create_time() = At(-absl::Hours(5));
  return letter;
}

std::vector<v1::HistoryEntry> History() {
  using Entry = v1::HistoryEntry;
  std::vector<Entry> entries;
  const auto add = [&](Entry::Kind kind, const std::string& step, v1::Phase phase) -> Entry& {
    Entry& entry = entries.emplace_back();
    entry.set_number(static_cast<int64_t>(entries.size()));
    *entry.mutable_time() = At(absl::Milliseconds(17 * entries.size()));
    entry.set_kind(kind);
    entry.set_step(step);
    entry.set_phase(phase);
    entry.set_epoch(2);
    return entry;
  };
  add(Entry::STARTED, "", v1::PHASE_UNSPECIFIED);
  add(Entry::ATTEMPT_SENT, "reserve_stock", v1::ACTION).set_attempt(1);
  Entry& refused = add(Entry::ATTEMPT_ENDED, "reserve_stock", v1::ACTION);
  refused.set_attempt(1);
  refused.set_outcome(Entry::OUTCOME_REJECTED);
  refused.set_code(9);
  refused.set_message(
      "the warehouse has three of them left, and five were asked for; more are "
      "expected on Thursday");
  refused.mutable_elapsed()->set_nanos(12'000'000);
  add(Entry::COMPENSATION_STARTED, "reserve_stock", v1::PHASE_UNSPECIFIED)
      .set_cause(v1::Cause::REJECTED);
  Entry& undone = add(Entry::ATTEMPT_ENDED, "a_group/with_a_rather_long_name", v1::COMPENSATION);
  undone.set_attempt(1);
  undone.set_outcome(Entry::OUTCOME_SUCCEEDED);
  Entry& order = add(Entry::ORDERED, "", v1::PHASE_UNSPECIFIED);
  order.set_verb("pause");
  order.set_actor("ann@host");
  order.set_message("lunch");
  return entries;
}

std::string AllTables(Format format) {
  std::string out;
  v1::Saga labelled = Retrying();
  (*labelled.mutable_labels())["customer"] = "c-17";
  labelled.set_paused(true);
  Listing sagas = SagaListing(format);
  sagas.items = {SagaItem(Running(), format, kNow), SagaItem(labelled, format, kNow)};
  out += RenderList(sagas, format) + "\n";
  Listing history = HistoryListing(format);
  for (const auto& entry : History()) {
    history.items.push_back(HistoryItem(entry, format, absl::UTCTimeZone()));
  }
  out += RenderList(history, format) + "\n";
  Listing letters = DeadLetterListing(format);
  v1::DeadLetter closed = Parked();
  closed.set_closed_by("retry");
  *closed.mutable_close_time() = At(-absl::Hours(1));
  letters.items = {DeadLetterItem(Parked(), format, kNow), DeadLetterItem(closed, format, kNow)};
  out += RenderList(letters, format) + "\n";
  v1::AuditEntry audited;
  audited.set_saga_id("order-1");
  *audited.mutable_time() = At(-absl::Seconds(10));
  audited.set_verb("dead-letter.skip");
  audited.set_actor("ann@host");
  audited.set_reason("refunded by hand");
  audited.set_dead_letter_id("order-1/1");
  audited.set_result("OK");
  Listing audit = AuditListing(format);
  audit.items = {AuditItem(audited, format, kNow)};
  out += RenderList(audit, format) + "\n";
  v1::DefinitionInfo definition;
  definition.set_name("place_order");
  definition.set_version(3);
  definition.set_state_type("shop.v1.OrderState");
  definition.add_participants("inventory");
  definition.add_participants("payments");
  definition.set_fingerprint("5f0a11");
  Listing definitions = DefinitionListing(format);
  definitions.items = {DefinitionItem(definition, format)};
  return out + RenderList(definitions, format);
}

TEST(ViewsTest, TablesFitEightyColumns) {
  const std::string tables = AllTables(Format::kTable);
  ExpectGolden("admin/skaldctl/testdata/tables.txt", tables);
  for (size_t start = 0; start < tables.size();) {
    const size_t end = tables.find('\n', start);
    const std::string line = tables.substr(start, end - start);
    EXPECT_LE(DisplayWidth(line), kTableWidth) << line;
    start = end + 1;
  }
}

TEST(ViewsTest, WideTablesLeaveNothingOut) {
  ExpectGolden("admin/skaldctl/testdata/wide_tables.txt", AllTables(Format::kWide));
}

TEST(ViewsTest, DetailsShowStepsAndState) {
  v1::Saga saga = Retrying();
  saga.set_state_json(R"({"sku":"book"})");
  ExpectGolden("admin/skaldctl/testdata/details.txt",
               SagaDetails(saga, kNow) + "\n" + DeadLetterDetails(Parked(), kNow));
}

TEST(ViewsTest, AChangeNamesTheStepsThatMoved) {
  EXPECT_EQ(ChangeLine(Running(), Retrying(), absl::UTCTimeZone()),
            "07:59:58.000  RUNNING        hold_money RUNNING, attempt 2 (UNAVAILABLE: connection "
            "?[31mrefused)\n");
}

TEST(ExplainTest, ACallUnderWay) {
  EXPECT_EQ(Explain(Running(), {}, kNow),
            "order-1 waits for the reply to attempt 2 of the action of hold_money.");
}

TEST(ExplainTest, ACallUnderWayAfterOneThatFailed) {
  v1::Saga saga = Running();
  saga.mutable_steps(1)->set_last_code(14);
  EXPECT_EQ(Explain(saga, {}, kNow),
            "order-1 waits for the reply to attempt 2 of the action of hold_money, after attempt 1 "
            "failed (UNAVAILABLE).");
}

TEST(ExplainTest, ARetryThatIsNotYetDue) {
  v1::Saga saga = Retrying();
  *saga.mutable_deadline() = At(absl::Minutes(30));
  EXPECT_EQ(Printable(Explain(saga, {}, kNow)),
            "order-1 waits 4s before attempt 3 of the action of hold_money, after attempt 2 failed "
            "(UNAVAILABLE: connection ?[31mrefused); its deadline is in 30m.");
}

TEST(ExplainTest, ARetryThatIsLate) {
  EXPECT_EQ(Printable(Explain(Retrying(), {}, kNow + absl::Seconds(64))),
            "order-1 has had attempt 3 of the action of hold_money due for 60s, after attempt 2 "
            "failed (UNAVAILABLE: connection ?[31mrefused); its participant is being held back, or "
            "the server is busy or down.");
}

TEST(ExplainTest, ACompensationSaysWhyThereIsOne) {
  v1::Saga saga = Running();
  saga.set_status(v1::Saga::COMPENSATING);
  saga.mutable_cause()->set_kind(v1::Cause::REJECTED);
  saga.mutable_cause()->set_step("hold_money");
  saga.mutable_cause()->set_code(9);
  saga.mutable_cause()->set_message("card declined");
  saga.mutable_steps(1)->set_status(v1::Step::REJECTED);
  saga.mutable_steps(0)->set_status(v1::Step::COMPENSATING);
  saga.mutable_steps(0)->set_compensation_attempts(1);
  EXPECT_EQ(Explain(saga, {}, kNow),
            "order-1 waits for the reply to attempt 1 of the compensation of reserve_stock; it "
            "compensates, because of REJECTED at hold_money (FAILED_PRECONDITION: card declined).");
  saga.set_status(v1::Saga::COMPENSATED);
  *saga.mutable_finish_time() = At(-absl::Seconds(20));
  EXPECT_EQ(
      Explain(saga, {}, kNow),
      "order-1 waits for nothing: it was compensated 20s ago, because of REJECTED at hold_money "
      "(FAILED_PRECONDITION: card declined).");
}

TEST(ExplainTest, ADeadLetterSaysWhatToDo) {
  v1::Saga saga = Running();
  saga.set_status(v1::Saga::DEAD_LETTERED);
  saga.set_dead_letter_id("order-1/1");
  EXPECT_EQ(
      Explain(saga, Parked(), kNow),
      "order-1 is parked: the compensation of hold_money ended with EXHAUSTED after 20 attempts "
      "(UNAVAILABLE: connection refused), 5h ago; it waits for an operator: repair the cause, "
      "then `skaldctl dead-letter retry order-1/1` (or skip, or resolve).");
  saga.mutable_steps(1)->set_stuck(true);
  saga.mutable_steps(1)->set_last_code(14);
  EXPECT_EQ(Explain(saga, {}, kNow),
            "order-1 is parked: hold_money cannot go on (UNAVAILABLE); it waits for an operator: "
            "repair the cause, then `skaldctl dead-letter retry order-1/1` (or skip, or resolve).");
}

TEST(ExplainTest, APausedSagaStillTakesTheReplyUnderWay) {
  v1::Saga saga = Running();
  saga.set_paused(true);
  EXPECT_EQ(
      Explain(saga, {}, kNow),
      "order-1 is paused while RUNNING: the reply of hold_money is still taken, but nothing is "
      "sent before `skaldctl saga resume order-1`.");
}

TEST(ExplainTest, BetweenTwoSteps) {
  v1::Saga saga = Running();
  saga.clear_steps();
  EXPECT_EQ(Explain(saga, {}, kNow),
            "order-1 is running and between two steps: the server is about to go on.");
}

}  // namespace
}  // namespace skald::ctl
