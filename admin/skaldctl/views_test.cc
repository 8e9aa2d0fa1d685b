#include "admin/skaldctl/views.h"

#include <gtest/gtest.h>

#include "admin/skaldctl/definition_views.h"
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
  saga.set_tier(1);
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

v1::Step& AddStep(v1::Saga& saga, const std::string& path, v1::Step::Kind kind,
                  v1::Step::Status status = v1::Step::RUNNING) {
  v1::Step& step = *saga.add_steps();
  step.set_path(path);
  step.set_kind(kind);
  step.set_status(status);
  return step;
}

v1::Saga Waiting() {
  v1::Saga saga = Running();
  saga.clear_steps();
  return saga;
}

TEST(ExplainTest, AWaitForASignal) {
  v1::Saga saga = Waiting();
  v1::Step& step = AddStep(saga, "customer_confirms", v1::Step::AWAIT);
  EXPECT_EQ(Explain(saga, {}, kNow),
            "order-1 waits for the signal 'customer_confirms', however long it takes.");
  *step.mutable_wake_time() = At(absl::Hours(6));
  step.set_otherwise(v1::Step::COMPENSATE);
  EXPECT_EQ(Explain(saga, {}, kNow),
            "order-1 waits for the signal 'customer_confirms' until 2027-01-15T14:00:00Z (in 6h), "
            "then compensates.");
  step.set_path("ship/approval");
  step.set_otherwise(v1::Step::DEAD_LETTER);
  EXPECT_EQ(Explain(saga, {}, kNow),
            "order-1 waits for the signal 'approval' (ship/approval) until 2027-01-15T14:00:00Z "
            "(in 6h), then is parked.");
}

TEST(ExplainTest, ASleep) {
  v1::Saga saga = Waiting();
  *AddStep(saga, "trial", v1::Step::SLEEP).mutable_wake_time() = At(absl::Hours(24 * 7));
  EXPECT_EQ(Explain(saga, {}, kNow),
            "order-1 is asleep at trial until 2027-01-22T08:00:00Z (in 7d).");
}

TEST(ExplainTest, AWaitOfADefinitionThatTheServerLacks) {
  v1::Saga saga = Waiting();
  v1::Step& step = AddStep(saga, "approval", v1::Step::KIND_UNSPECIFIED);
  EXPECT_EQ(Explain(saga, {}, kNow), "order-1 waits at approval.");
  *step.mutable_wake_time() = At(absl::Hours(6));
  EXPECT_EQ(Explain(saga, {}, kNow),
            "order-1 waits at approval until 2027-01-15T14:00:00Z (in 6h).");
}

TEST(ExplainTest, APendingCall) {
  v1::Saga saga = Waiting();
  v1::Step& step = AddStep(saga, "charge", v1::Step::STEP);
  step.set_action_attempts(1);
  *step.mutable_pending_until() = At(absl::Hours(3));
  EXPECT_EQ(Explain(saga, {}, kNow),
            "order-1 is pending: the participant has accepted the action of charge and has until "
            "2027-01-15T11:00:00Z (in 3h) to finish it.");
  *step.mutable_next_attempt_time() = At(absl::Seconds(30));
  EXPECT_EQ(Explain(saga, {}, kNow),
            "order-1 is pending: the participant has accepted the action of charge and has until "
            "2027-01-15T11:00:00Z (in 3h) to finish it; it is asked again in 30s.");
}

TEST(ExplainTest, ALoopIsToldByWhatIsUnderWayInIt) {
  v1::Saga saga = Waiting();
  AddStep(saga, "refunds", v1::Step::FOR_EACH).set_count(40);
  AddStep(saga, "refunds/1/pay_back", v1::Step::STEP, v1::Step::SUCCEEDED);
  AddStep(saga, "refunds/2/pay_back", v1::Step::STEP).set_action_attempts(1);
  AddStep(saga, "refunds/10/pay_back", v1::Step::STEP).set_action_attempts(1);
  EXPECT_EQ(Explain(saga, {}, kNow),
            "order-1 waits for the reply to attempt 1 of the action of refunds/2/pay_back, and 1 "
            "other step; 2 of 40 elements of 'refunds' are under way.");
  v1::Saga polls = Waiting();
  v1::Step& loop = AddStep(polls, "poll", v1::Step::REPEAT);
  loop.set_round(2);
  loop.set_rounds(5);
  *AddStep(polls, "poll/2/nap", v1::Step::SLEEP).mutable_wake_time() = At(absl::Seconds(10));
  EXPECT_EQ(Explain(polls, {}, kNow),
            "order-1 is asleep at poll/2/nap until 2027-01-15T08:00:10Z (in 10s); round 2 of 5 of "
            "'poll' is under way.");
}

TEST(ExplainTest, ASagaThatHasNotBegun) {
  v1::Saga saga = Waiting();
  *saga.mutable_start_time() = At(absl::Hours(1));
  EXPECT_EQ(Explain(saga, {}, kNow), "order-1 begins at 2027-01-15T09:00:00Z (in 60m).");
  EXPECT_NE(Explain(saga, {}, kNow + absl::Hours(2)).find("between two steps"), std::string::npos);
  saga.set_queued(true);
  saga.set_exclusive_key("order-42");
  EXPECT_EQ(Explain(saga, {}, kNow), "order-1 is queued: another saga holds the key order-42.");
  saga.set_key_holder("order-7");
  EXPECT_EQ(Explain(saga, {}, kNow), "order-1 is queued: order-7 holds the key order-42.");
}

TEST(ExplainTest, AWaitThatParkedItsSaga) {
  v1::Saga saga = Waiting();
  saga.set_status(v1::Saga::DEAD_LETTERED);
  saga.set_dead_letter_id("order-1/1");
  v1::DeadLetter letter = Parked();
  letter.set_step("approval");
  letter.set_phase(v1::ACTION);
  letter.set_attempts(0);
  letter.mutable_cause()->set_kind(v1::Cause::DEADLINE);
  letter.mutable_cause()->set_code(4);
  letter.mutable_cause()->set_message("no signal 'approval' came within 1h");
  EXPECT_EQ(Explain(saga, letter, kNow),
            "order-1 is parked: approval cannot go on: DEADLINE (DEADLINE_EXCEEDED: no signal "
            "'approval' came within 1h), 5h ago; it waits for an operator: repair the cause, then "
            "`skaldctl dead-letter retry order-1/1` (or skip, or resolve).");
}

TEST(ViewsTest, DetailsSayWhatEachKindOfNodeWaitsFor) {
  v1::Saga saga = Waiting();
  saga.set_exclusive_key("customer-7");
  saga.set_tier(0);
  v1::KeptSignal& kept = *saga.add_kept_signals();
  kept.set_name("receipt");
  kept.set_id("r-1");
  v1::Step& loop = AddStep(saga, "refunds", v1::Step::FOR_EACH);
  loop.set_count(40);
  v1::Step& pending = AddStep(saga, "refunds/1/pay_back", v1::Step::STEP);
  pending.set_action_attempts(1);
  *pending.mutable_pending_until() = At(absl::Hours(2));
  v1::Step& child = AddStep(saga, "ship", v1::Step::CHILD);
  child.set_child_definition("ship_order@2");
  child.set_child_state_json("{\"parcel\":\"p\"}");
  v1::Step& wait = AddStep(saga, "ship/customer_confirms", v1::Step::AWAIT);
  *wait.mutable_wake_time() = At(absl::Hours(6));
  wait.set_otherwise(v1::Step::CONTINUE);
  v1::Step& poll = AddStep(saga, "poll", v1::Step::REPEAT, v1::Step::SUCCEEDED);
  poll.set_round(3);
  ExpectGolden("admin/skaldctl/testdata/waits.txt", SagaDetails(saga, kNow));
}

TEST(ViewsTest, AListSaysWhyASagaHasNotBegun) {
  v1::Saga saga = Waiting();
  saga.set_queued(true);
  saga.set_exclusive_key("customer-7");
  Listing sagas = SagaListing(Format::kTable);
  sagas.items = {SagaItem(saga, Format::kTable, kNow)};
  EXPECT_EQ(RenderList(sagas, Format::kTable),
            "ID       DEFINITION     STATUS          AGE\n"
            "order-1  place_order@3  RUNNING,QUEUED  3m\n"
            "    is queued: another saga holds the key customer-7\n");
}

TEST(ViewsTest, TheHistoryTellsOfWaitsSignalsLoopsAndTheQueue) {
  using Entry = v1::HistoryEntry;
  const auto note = [&](const Entry& entry) {
    return HistoryItem(entry, Format::kTable, absl::UTCTimeZone()).note;
  };
  Entry entry;
  entry.set_kind(Entry::STARTED);
  *entry.mutable_next_attempt_time() = At(absl::Hours(1));
  EXPECT_EQ(note(entry), "begins at 2027-01-15T09:00:00.000Z");
  entry.set_kind(Entry::WAITING);
  EXPECT_EQ(note(entry), "until 2027-01-15T09:00:00.000Z");
  entry.clear_next_attempt_time();
  EXPECT_EQ(note(entry), "however long it takes");
  entry.set_kind(Entry::QUEUED);
  EXPECT_EQ(note(entry), "another saga holds its key");
  entry.set_kind(Entry::LOOPED);
  entry.set_count(40);
  EXPECT_EQ(note(entry), "count 40");
  entry.set_kind(Entry::SIGNALLED);
  entry.set_message("r-1");
  entry.set_actor("ann");
  EXPECT_EQ(note(entry), "the signal r-1 came; by ann");
  entry.clear_actor();
  entry.set_kind(Entry::WAIT_ENDED);
  EXPECT_EQ(note(entry), "took the signal r-1");
  entry.set_timed_out(true);
  EXPECT_EQ(note(entry), "no signal came in time");
  Entry ended;
  ended.set_kind(Entry::ATTEMPT_ENDED);
  ended.set_outcome(Entry::OUTCOME_PENDING);
  *ended.mutable_next_attempt_time() = At(absl::Hours(1));
  EXPECT_EQ(note(ended), "asked again at 2027-01-15T09:00:00.000Z");
  ended.set_outcome(Entry::OUTCOME_SUCCEEDED);
  ended.clear_next_attempt_time();
  ended.set_verb("complete");
  EXPECT_EQ(note(ended), "told by CompleteStep");
}

TEST(ViewsTest, DefinitionDetailsNameSignalsChildrenAndTheOutline) {
  v1::DefinitionInfo definition;
  definition.set_name("place_order");
  definition.set_version(3);
  definition.set_state_type("shop.v1.OrderState");
  definition.mutable_deadline()->set_seconds(86400);
  definition.set_when_key_taken(v1::DefinitionInfo::JOIN);
  v1::AwaitedSignal& signal = *definition.add_signals();
  signal.set_path("customer_confirms");
  signal.set_message_type("shop.v1.Confirmation");
  signal.mutable_within()->set_seconds(3600);
  signal.set_otherwise(v1::Step::COMPENSATE);
  v1::AwaitedSignal& until = *definition.add_signals();
  until.set_path("customer_accepts");
  until.set_message_type("shop.v1.Acceptance");
  until.set_otherwise(v1::Step::CONTINUE);
  v1::ChildDefinition& child = *definition.add_children();
  child.set_path("ship");
  child.set_definition("ship_order");
  child.set_version(2);
  definition.add_advice(
      "place_order@3: step 'charge' has no compensation and stands before the pivot: say why");
  definition.set_outline("definition place_order\nstate shop.v1.OrderState\n");
  ExpectGolden("admin/skaldctl/testdata/definition.txt", DefinitionDetails(definition));
}

}  // namespace
}  // namespace skald::ctl
