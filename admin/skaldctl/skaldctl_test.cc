// The program itself, against a server in this process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "admin/skaldctl/fake_server.h"
#include "admin/skaldctl/run_skaldctl.h"
#include "tests/golden.h"
#include "tests/support/program.h"

namespace skald::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

v1::Saga MakeSaga(const std::string& id, v1::Saga::Status status) {
  v1::Saga saga;
  saga.set_id(id);
  saga.set_definition("place_order");
  saga.set_definition_version(3);
  saga.set_status(status);
  return saga;
}

v1::DeadLetter MakeLetter(const std::string& saga_id) {
  v1::DeadLetter letter;
  letter.set_id(saga_id + "/1");
  letter.set_saga_id(saga_id);
  letter.set_step("hold_money");
  letter.mutable_cause()->set_kind(v1::Cause::EXHAUSTED);
  return letter;
}

google::rpc::Status MakeStatus(int code, const std::string& message) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  return status;
}

class SkaldctlTest : public ::testing::Test {
 protected:
  Finished Run(const std::vector<std::string>& arguments, const std::string& input = "") {
    return RunSkaldctl(arguments, server_.address(), input);
  }

  FakeServer server_;
};

TEST_F(SkaldctlTest, StartSendsWhatTheFlagsSay) {
  const Finished done =
      Run({"saga", "start", "place_order@3", "--id", "order-1", "--input", "-", "--label", "a=b",
           "--label", "c=d=e", "--deadline", "2030-01-31T12:00:00Z", "-o", "name"},
          "{\"sku\": \"book\"}");
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.out, "order-1\n");
  EXPECT_EQ(done.err, "");
  const v1::StartSagaRequest request = server_.last_start();
  EXPECT_EQ(request.definition(), "place_order");
  EXPECT_EQ(request.version(), 3);
  EXPECT_EQ(request.input_json(), "{\"sku\": \"book\"}");
  EXPECT_EQ(request.labels().at("a"), "b");
  EXPECT_EQ(request.labels().at("c"), "d=e");
  EXPECT_EQ(request.deadline().seconds(), 1'896'091'200);
}

TEST_F(SkaldctlTest, StartWithoutInputSendsAnEmptyStateAndShowsTheNewId) {
  const Finished done = Run({"saga", "start", "place_order"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("made-by-server  place_order@1  RUNNING"));
  EXPECT_EQ(server_.last_start().input_json(), "{}");
}

TEST_F(SkaldctlTest, ARepeatedStartSaysThatNothingNewWasStarted) {
  Run({"saga", "start", "place_order", "--id", "order-1"});
  const Finished done = Run({"saga", "start", "place_order", "--id", "order-1", "-o", "json"});
  EXPECT_EQ(done.code, 0);
  EXPECT_THAT(done.out, HasSubstr("\"id\": \"order-1\""));
  EXPECT_THAT(done.err, HasSubstr("nothing new was started"));
}

TEST_F(SkaldctlTest, AStartMayComeLaterAndBeforeOthers) {
  Run({"saga", "start", "place_order", "--start-at", "2030-01-31T12:00:00Z", "--tier", "0"});
  EXPECT_EQ(server_.last_start().start_at().seconds(), 1'896'091'200);
  EXPECT_EQ(server_.last_start().tier(), 0);
  EXPECT_TRUE(server_.last_start().has_tier());
  Run({"saga", "start", "place_order", "--start-at", "+2h"});
  EXPECT_GT(server_.last_start().start_at().seconds(), 0);
  EXPECT_FALSE(server_.last_start().has_tier());
  EXPECT_THAT(Run({"saga", "start", "place_order", "--start-at", "soon"}).err,
              HasSubstr("--start-at: 'soon' is not a duration"));
  EXPECT_EQ(Run({"saga", "start", "place_order", "--tier", "3"}).code, 2);
}

TEST_F(SkaldctlTest, AStartThatJoinsAnotherSagaSaysSoAndWaitsForThatOne) {
  v1::Saga holder = MakeSaga("order-1", v1::Saga::COMPENSATED);
  holder.set_exclusive_key("customer-7");
  server_.Put(holder);
  server_.Join("order-1");
  const Finished done = Run({"saga", "start", "place_order", "--id", "order-2", "--wait=1m"});
  EXPECT_EQ(done.code, 20);
  EXPECT_THAT(done.err, HasSubstr("order-1 holds the key customer-7: nothing new was started"));
}

TEST_F(SkaldctlTest, ASignalCarriesItsMessageAndWhoSendsIt) {
  server_.Put(MakeSaga("order-1", v1::Saga::RUNNING));
  const Finished done = Run({"saga", "signal", "order-1", "confirmed", "--message", "{\"a\": 1}",
                             "--signal-id", "mine", "--actor", "bob"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("order-1  place_order@3  RUNNING"));
  const v1::SignalSagaRequest request = server_.last_signal();
  EXPECT_EQ(request.name(), "confirmed");
  EXPECT_EQ(request.message_json(), "{\"a\": 1}");
  EXPECT_EQ(request.signal_id(), "mine");
  EXPECT_EQ(request.actor(), "bob");
  EXPECT_THAT(Run({"saga", "signal", "order-1", "confirmed", "--message", "{"}).err,
              HasSubstr("--message: the argument is not JSON: line 1, column 2"));
  server_.Fail(MakeStatus(14, "away"));
  EXPECT_THAT(Run({"saga", "signal", "order-1", "confirmed"}).err,
              HasSubstr("with --signal-id it is safe to try again"));
}

TEST_F(SkaldctlTest, ACompletionHasAResponseOrAFailure) {
  const std::string key = "order-1/charge/action";
  EXPECT_EQ(Run({"saga", "complete", key, "--response", "{}"}).out, key + " completed\n");
  EXPECT_EQ(server_.last_completion().idempotency_key(), key);
  EXPECT_EQ(server_.last_completion().response_json(), "{}");
  for (const char* code : {"FAILED_PRECONDITION", "9"}) {
    EXPECT_EQ(Run({"saga", "complete", key, "--failure", code, "--message", "no"}).code, 0);
    EXPECT_EQ(server_.last_completion().failure().code(), 9);
    EXPECT_EQ(server_.last_completion().failure().message(), "no");
  }
  EXPECT_THAT(Run({"saga", "complete", key}).err, HasSubstr("--response or --failure"));
  EXPECT_THAT(Run({"saga", "complete", key, "--failure", "UNAVAILBLE"}).err,
              HasSubstr("did you mean UNAVAILABLE?"));
  EXPECT_EQ(Run({"saga", "complete", key, "--failure", "0"}).code, 2);
  EXPECT_EQ(Run({"saga", "complete", key, "--failure", "9", "--response", "{}"}).code, 2);
}

TEST_F(SkaldctlTest, SagasAreDrawnForEitherProgram) {
  EXPECT_EQ(Run({"saga", "picture", "order-1"}).out, "MERMAID of order-1\n");
  EXPECT_EQ(Run({"saga", "picture", "order-1", "--format", "dot"}).out, "GRAPHVIZ of order-1\n");
  EXPECT_EQ(Run({"saga", "picture", "order-1", "--format", "png"}).code, 2);
}

TEST_F(SkaldctlTest, ErrorsOfTheServerHaveExitCodesAndShowTheirDetails) {
  google::rpc::Status status = MakeStatus(3, "the input does not fit");
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field("input.quantity");
  status.add_details()->PackFrom(bad);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  status.add_details()->PackFrom(retry);
  server_.Fail(status);
  const Finished done = Run({"saga", "start", "place_order"});
  EXPECT_EQ(done.code, 2);
  EXPECT_EQ(done.out, "");
  EXPECT_EQ(done.err,
            "skaldctl: INVALID_ARGUMENT: the input does not fit\n"
            "  field input.quantity: \n  try again in 2s\n");
  const std::vector<std::pair<int, int>> codes = {{7, 5}, {16, 5}, {9, 7},
                                                  {6, 7}, {10, 7}, {13, 1}};
  for (const auto& [grpc_code, exit_code] : codes) {
    server_.Fail(MakeStatus(grpc_code, "no"));
    EXPECT_EQ(Run({"saga", "get", "x"}).code, exit_code) << grpc_code;
  }
  EXPECT_EQ(Run({"saga", "get", "x"}).code, 4);
}

TEST_F(SkaldctlTest, AServerThatIsNotThereIsUnavailable) {
  const std::string nobody = "127.0.0.1:" + std::to_string(testing_support::FreePort());
  for (const std::string command : {"get", "watch", "wait"}) {
    const Finished done = RunSkaldctl({"saga", command, "order-1"}, nobody);
    EXPECT_EQ(done.code, 6);
    EXPECT_THAT(done.err, HasSubstr("no answer from " + nobody));
  }
  EXPECT_THAT(RunSkaldctl({"saga", "start", "place_order"}, nobody).err,
              HasSubstr("with --id it is safe to try again"));
}

TEST_F(SkaldctlTest, WaitEndsWithTheSagasEnd) {
  server_.Put(MakeSaga("done", v1::Saga::COMPLETED));
  server_.Put(MakeSaga("undone", v1::Saga::COMPENSATED));
  server_.Put(MakeSaga("parked", v1::Saga::DEAD_LETTERED));
  server_.Put(MakeSaga("closed", v1::Saga::RESOLVED));
  server_.Put(MakeSaga("runs", v1::Saga::RUNNING));
  EXPECT_EQ(Run({"saga", "wait", "done"}).code, 0);
  EXPECT_EQ(Run({"saga", "wait", "undone"}).code, 20);
  EXPECT_EQ(Run({"saga", "wait", "parked"}).code, 21);
  EXPECT_EQ(Run({"saga", "wait", "closed"}).code, 22);
  const Finished late = Run({"saga", "wait", "runs", "--timeout", "300ms"});
  EXPECT_EQ(late.code, 8);
  EXPECT_THAT(late.err, HasSubstr("runs is still RUNNING"));
}

TEST_F(SkaldctlTest, StartWithWaitOutlivesFailuresOfTheServer) {
  Skaldctl skaldctl({"saga", "start", "place_order", "--id", "order-1", "--wait=1m"},
                    server_.address());
  server_.AwaitWait();
  server_.Fail(MakeStatus(14, "shutting down"), 2);
  server_.Put(MakeSaga("order-1", v1::Saga::COMPENSATED));
  const Finished done = skaldctl.Finish();
  EXPECT_EQ(done.code, 20) << done.err;
  EXPECT_THAT(done.out, HasSubstr("COMPENSATED"));
}

TEST_F(SkaldctlTest, WatchPrintsEachChangeOnceAndConnectsAgain) {
  server_.Put(MakeSaga("order-1", v1::Saga::RUNNING));
  server_.BreakWatches(2);
  Skaldctl skaldctl({"saga", "watch", "order-1"}, server_.address());
  server_.AwaitWatches(3);
  server_.Put(MakeSaga("order-1", v1::Saga::COMPLETED));
  const Finished done = skaldctl.Finish();
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.out, "00:00:00.000  RUNNING\n00:00:00.000  COMPLETED\n");
  EXPECT_THAT(done.err, HasSubstr("trying again: UNAVAILABLE"));
}

TEST_F(SkaldctlTest, WatchEndsWhereASagaIsParked) {
  server_.Put(MakeSaga("order-1", v1::Saga::DEAD_LETTERED));
  const Finished done = Run({"saga", "watch", "order-1", "-o", "json"});
  EXPECT_EQ(done.code, 21);
  EXPECT_THAT(done.out, StartsWith("{\"id\":\"order-1\""));
}

TEST_F(SkaldctlTest, ListsGoOnOverPagesUpToTheLimit) {
  for (const char* id : {"a", "b", "c", "d", "e"}) server_.Put(MakeSaga(id, v1::Saga::RUNNING));
  EXPECT_EQ(Run({"saga", "list", "-o", "name"}).out, "a\nb\nc\nd\ne\n");
  const Finished three = Run({"saga", "list", "-o", "name", "--limit", "3", "--filter", "x = 1"});
  EXPECT_EQ(three.out, "a\nb\nc\n");
  EXPECT_THAT(three.err, HasSubstr("there are more than these 3 sagas"));
  EXPECT_EQ(server_.filters().back(), "x = 1");
  const Finished all = Run({"saga", "list", "--all", "-o", "json"});
  EXPECT_THAT(all.out, StartsWith("{\n  \"sagas\": [\n    {\n      \"id\": \"a\","));
  EXPECT_EQ(all.err, "");
}

TEST_F(SkaldctlTest, AnEmptyListIsNoErrorAndNothingOnStdout) {
  const Finished done = Run({"saga", "list"});
  EXPECT_EQ(done.code, 0);
  EXPECT_EQ(done.out, "");
  EXPECT_EQ(done.err, "skaldctl: no sagas\n");
}

TEST_F(SkaldctlTest, OrdersSayWhoAndWhy) {
  server_.Put(MakeSaga("order-1", v1::Saga::RUNNING));
  EXPECT_EQ(Run({"saga", "cancel", "order-1", "--reason", "called", "--actor", "bob"}).code, 0);
  EXPECT_EQ(server_.last_cancel().actor(), "bob");
  EXPECT_EQ(server_.last_cancel().reason(), "called");
  EXPECT_THAT(Run({"saga", "pause", "order-1"}).out, HasSubstr("COMPENSATING,PAUSED"));
  Run({"saga", "resume", "order-1"});
  EXPECT_THAT(server_.orders()[0], StartsWith("pause order-1 by ann@"));
  EXPECT_THAT(server_.orders()[1], StartsWith("resume order-1 by ann@"));
}

TEST_F(SkaldctlTest, TheWordsOfParticipantsCannotSteerTheTerminal) {
  v1::Saga saga = MakeSaga("order-1", v1::Saga::COMPENSATED);
  saga.mutable_cause()->set_message("\x1b]0;owned\a\x1b[2J");
  server_.Put(saga);
  for (const std::string format : {"table", "wide", "json", "jsonl", "yaml", "name"}) {
    for (const std::string verb : {"get", "explain", "watch"}) {
      const Finished done = Run({"saga", verb, "order-1", "-o", format});
      EXPECT_THAT(done.out, Not(HasSubstr("\x1b"))) << verb << format;
      EXPECT_THAT(done.out, Not(IsEmpty()));
    }
  }
}

TEST_F(SkaldctlTest, RetryByIdTellsOfEachAndEndsWithTheWorst) {
  server_.Put(MakeLetter("order-1"));
  server_.Put(MakeLetter("order-2"));
  const Finished done =
      Run({"dead-letter", "retry", "order-1/1", "nobody/1", "order-2/1", "--reason", "well again"});
  EXPECT_EQ(done.code, 4);
  EXPECT_EQ(done.out,
            "ID         RESULT     SAGA\n"
            "order-1/1  OK         COMPENSATING\n"
            "nobody/1   NOT_FOUND  -\n"
            "order-2/1  OK         COMPENSATING\n");
  EXPECT_EQ(server_.orders().size(), 2u);
  EXPECT_THAT(server_.orders()[0], HasSubstr(": well again"));
}

TEST_F(SkaldctlTest, RetryByFilterNeedsYesAndCanBeTriedDry) {
  for (const char* id : {"a", "b", "c"}) server_.Put(MakeLetter(id));
  const std::vector<std::string> retry = {"dead-letter", "retry", "--filter",
                                          "age > 1h",    "-o",    "name"};
  const Finished refused = Run(retry);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("3 would be retried"));
  std::vector<std::string> dry = retry;
  dry.push_back("--dry-run");
  EXPECT_EQ(Run(dry).out, "a/1\nb/1\nc/1\n");
  EXPECT_THAT(server_.orders(), IsEmpty());
  std::vector<std::string> yes = retry;
  yes.push_back("--yes");
  EXPECT_EQ(Run(yes).code, 0);
  EXPECT_EQ(server_.orders().size(), 3u);
  EXPECT_THAT(Run(yes).err, HasSubstr("no open dead letters match"));
  EXPECT_EQ(server_.orders().size(), 3u);
}

TEST_F(SkaldctlTest, OverrulingNeedsAReason) {
  server_.Put(MakeLetter("order-1"));
  for (const std::string verb : {"skip", "resolve"}) {
    EXPECT_EQ(Run({"dead-letter", verb, "order-1/1"}).code, 2);
    EXPECT_EQ(Run({"dead-letter", verb, "order-1/1", "--reason", " "}).code, 2);
  }
  EXPECT_THAT(server_.orders(), IsEmpty());
  EXPECT_EQ(Run({"dead-letter", "resolve", "order-1/1", "--reason", "by hand"}).code, 0);
  EXPECT_EQ(Run({"dead-letter", "skip", "order-1/1", "--reason", "by hand"}).code, 7);
}

TEST_F(SkaldctlTest, ClosedDeadLettersAreAskedForByName) {
  Run({"dead-letter", "list"});
  Run({"dead-letter", "list", "--all-states", "--filter", "step = x OR age > 1h"});
  EXPECT_THAT(server_.filters(),
              ElementsAre("", "(step = x OR age > 1h) AND (open = true OR open = false)"));
}

TEST_F(SkaldctlTest, HealthIsAnExitCode) {
  EXPECT_EQ(Run({"health"}).code, 0);
  server_.SetServing(2);
  const Finished done = Run({"health"});
  EXPECT_EQ(done.code, 6);
  EXPECT_EQ(done.out, "NOT_SERVING\n");
}

TEST_F(SkaldctlTest, DefinitionsAndTheirPictures) {
  v1::DefinitionInfo definition;
  definition.set_name("place_order");
  definition.set_version(3);
  definition.set_mermaid("stateDiagram-v2\n  [*] --> a");
  definition.mutable_state_descriptors()->add_file()->set_name("shop.proto");
  server_.Put(definition);
  EXPECT_EQ(Run({"definition", "picture", "place_order"}).out, "stateDiagram-v2\n  [*] --> a\n");
  EXPECT_THAT(Run({"definition", "get", "place_order@3", "-o", "json"}).out,
              Not(HasSubstr("shop.proto")));
  EXPECT_EQ(Run({"definition", "list", "-o", "name"}).out, "place_order@3\n");
  EXPECT_EQ(Run({"definition", "get", "place_order", "--version", "9"}).code, 4);
  EXPECT_EQ(Run({"definition", "get", "place_order@x"}).code, 2);
}

TEST_F(SkaldctlTest, AMissingDefinitionIsListedOnlyWhenAskedForAndHasNoPicture) {
  v1::DefinitionInfo definition;
  definition.set_name("place_order");
  definition.set_version(2);
  definition.set_missing(true);
  server_.Put(definition);
  EXPECT_EQ(Run({"definition", "list", "-o", "name"}).out, "");
  EXPECT_EQ(Run({"definition", "list", "--all", "-o", "name"}).out, "place_order@2\n");
  const Finished picture = Run({"definition", "picture", "place_order@2"});
  EXPECT_EQ(picture.code, 7);
  EXPECT_THAT(picture.err, HasSubstr("this server lacks place_order@2"));
}

TEST_F(SkaldctlTest, VersionsAreComparedInSentences) {
  EXPECT_EQ(Run({"definition", "diff", "place_order@2", "place_order@3"}).out,
            "- from place_order 2 to place_order 3\n");
  EXPECT_EQ(Run({"definition", "diff", "place_order@2", "place_order"}).out,
            "- from place_order 2 to place_order 0\n");
  const Finished same = Run({"definition", "diff", "place_order@2", "place_order@2"});
  EXPECT_EQ(same.out, "");
  EXPECT_THAT(same.err, HasSubstr("no difference"));
  EXPECT_EQ(Run({"definition", "diff", "place_order", "place_order@2"}).code, 2);
  EXPECT_THAT(Run({"definition", "diff", "a@1", "b@2", "-o", "json"}).out,
              HasSubstr("\"from a 1 to b 2\""));
}

TEST_F(SkaldctlTest, SagasAreCountedByVersionAndWhatIsMissingIsMarked) {
  v1::RunningCount count;
  count.set_definition("place_order");
  count.set_version(2);
  count.set_status(v1::Saga::RUNNING);
  count.set_sagas(12);
  count.set_missing(true);
  server_.Put(count);
  EXPECT_EQ(Run({"definition", "running"}).out,
            "DEFINITION     STATUS   SAGAS\n"
            "place_order@2  RUNNING  12\n"
            "    not in this server: it leaves these sagas alone\n");
}

TEST_F(SkaldctlTest, LintShowsTheAdviceOnOneDefinitionOrOnAll) {
  for (const int version : {1, 2}) {
    v1::DefinitionInfo definition;
    definition.set_name("place_order");
    definition.set_version(version);
    definition.add_advice("place_order@" + std::to_string(version) +
                          ": step 'charge' is retried for ever");
    server_.Put(definition);
  }
  EXPECT_EQ(Run({"definition", "lint", "-o", "name"}).out, "place_order@1\nplace_order@2\n");
  EXPECT_EQ(Run({"definition", "lint", "place_order@2"}).out,
            "- place_order@2: step 'charge' is retried for ever\n");
  EXPECT_EQ(Run({"definition", "lint", "nobody"}).code, 4);
}

TEST_F(SkaldctlTest, MistakesOnTheCommandLineNameTheNearest) {
  const auto error = [&](const std::vector<std::string>& arguments) {
    const Finished done = Run(arguments);
    EXPECT_EQ(done.code, 2);
    EXPECT_EQ(done.out, "");
    return done.err;
  };
  EXPECT_THAT(error({"sagas"}), HasSubstr("unknown command 'sagas': did you mean 'saga'?"));
  EXPECT_THAT(error({"saga", "lst"}), HasSubstr("did you mean 'list'?"));
  EXPECT_THAT(error({"saga", "list", "--fliter", "x"}), HasSubstr("did you mean '--filter'?"));
  EXPECT_THAT(error({"saga", "get", "a", "--timout", "1s"}),
              HasSubstr("did you mean '--timeout'?"));
  EXPECT_THAT(error({"saga", "list", "-o", "jsn"}), HasSubstr("did you mean json?"));
  EXPECT_THAT(error({"saga"}), HasSubstr("a command is missing: there are start, get"));
  EXPECT_THAT(error({"saga", "start", "a", "--input", "{"}), HasSubstr("line 1, column 2"));
  EXPECT_THAT(error({"saga", "start", "a", "--label", "x"}), HasSubstr("write key=value"));
  EXPECT_THAT(error({"saga", "start", "--wait", "soon", "a"}), HasSubstr("is not a duration"));
}

TEST_F(SkaldctlTest, AReaderThatHasHadEnoughIsNoError) {
  for (int i = 0; i < 50; ++i) server_.Put(MakeSaga(std::to_string(i), v1::Saga::RUNNING));
  const std::string command = "SKALD_ADDRESS=" + server_.address() +
                              " " SKALDCTL_PROGRAM
                              " saga list --all -o jsonl | true; test ${PIPESTATUS[0]} = 0";
  EXPECT_TRUE(testing_support::RunProgram({"bash", "-c", command}).ok());
}

TEST_F(SkaldctlTest, AFullDiskIsAnError) {
  const auto result =
      testing_support::RunProgram({"bash", "-c", SKALDCTL_PROGRAM " version > /dev/full"});
  EXPECT_THAT(result.status().ToString(), HasSubstr("cannot write: No space left on device"));
}

TEST_F(SkaldctlTest, TheCompletionIsBash) {
  const std::string check = "source <(" SKALDCTL_PROGRAM
                            " completion bash); COMP_WORDS=(skaldctl saga li); COMP_CWORD=2; "
                            "_skaldctl; echo \"${COMPREPLY[@]}\"";
  EXPECT_EQ(testing_support::RunProgram({"bash", "-c", check}).value(), "list\n");
}

TEST_F(SkaldctlTest, TheReferenceIsCurrent) {
  ExpectGolden("docs/skaldctl.md", Run({"reference"}).out);
}

}  // namespace
}  // namespace skald::ctl
