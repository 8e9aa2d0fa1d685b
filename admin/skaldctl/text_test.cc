#include "admin/skaldctl/text.h"

#include <gtest/gtest.h>

#include "admin/skaldctl/error_text.h"
#include "admin/skaldctl/exit_codes.h"
#include "admin/skaldctl/table.h"
#include "base/status.h"
#include "google/rpc/error_details.pb.h"

namespace skald::ctl {
namespace {

TEST(TextTest, EscapeSequencesDoNotReachTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[31mred\x1b[0m\a"), "a?[31mred?[0m?");
  EXPECT_EQ(Printable("c1 \xC2\x9B"
                      "31m, override \xE2\x80\xAE, nul " +
                      std::string(1, '\0')),
            "c1 ?31m, override ?, nul ?");
  EXPECT_EQ(Printable("broken \xff \xC3( utf-8"), "broken ? ?( utf-8");
  EXPECT_EQ(Printable("two\nlines\tand a tab"), "two lines and a tab");
  EXPECT_EQ(PrintableLines("two\nlines\x1b"), "two\nlines?");
  EXPECT_EQ(Printable("größe 数量"), "größe 数量");
}

TEST(TextTest, CutsByColumnsNotByBytes) {
  EXPECT_EQ(Cut("größe", 5), "größe");
  EXPECT_EQ(Cut("größere", 5), "größ…");
  EXPECT_EQ(Cut("数量数量", 5), "数量…");
  EXPECT_EQ(CutStart("a/größe/数量", 7), "…e/数量");
  EXPECT_EQ(DisplayWidth("数量"), 4u);
}

TEST(TextTest, WrapsAtSpacesAndBreaksWhatHasNone) {
  EXPECT_EQ(Wrap("the card was declined", 9),
            (std::vector<std::string>{"the card", "was", "declined"}));
  EXPECT_EQ(Wrap("abcdefghij", 4), (std::vector<std::string>{"abcd", "efgh", "ij"}));
  EXPECT_TRUE(Wrap("", 4).empty());
}

TEST(TextTest, DurationsReadAsKubectlWritesThem) {
  EXPECT_EQ(ShortDuration(absl::Milliseconds(850)), "850ms");
  EXPECT_EQ(ShortDuration(absl::Seconds(119)), "119s");
  EXPECT_EQ(ShortDuration(absl::Seconds(200)), "3m20s");
  EXPECT_EQ(ShortDuration(absl::Minutes(125)), "125m");
  EXPECT_EQ(ShortDuration(absl::Minutes(245)), "4h5m");
  EXPECT_EQ(ShortDuration(absl::Hours(76)), "3d4h");
  EXPECT_EQ(ShortDuration(absl::Hours(24 * 41)), "41d");
  EXPECT_EQ(ShortDuration(-absl::Hours(1)), "0s");
}

TEST(TextTest, ParsesDurationsWithDaysAndRefusesNonsense) {
  EXPECT_EQ(ParseDuration("90s").value(), absl::Seconds(90));
  EXPECT_EQ(ParseDuration("1h30m").value(), absl::Minutes(90));
  EXPECT_EQ(ParseDuration("7d").value(), absl::Hours(168));
  EXPECT_EQ(ParseDuration("1d12h").value(), absl::Hours(36));
  for (const char* bad : {"", "5", "d", "-1h", "1h-2h", "1x", "99999d", "inf", "1d x"}) {
    EXPECT_EQ(ParseDuration(bad).status().code(), StatusCode::kInvalidArgument) << bad;
  }
}

TEST(TableTest, CutsOnlyWhatMayBeCutAndKeepsIdsWhole) {
  Table table({{"ID"}, {"DEFINITION", Shrink::kMayCut}, {"AGE"}});
  table.AddRow(
      {"0c9e1a52-55a8-4d0b-a3a2-6a8d1a2f9c11", "a_definition_with_a_very_long_name@12", "5s"});
  EXPECT_EQ(table.Render(60),
            "ID                                    DEFINITION         AGE\n"
            "0c9e1a52-55a8-4d0b-a3a2-6a8d1a2f9c11  a_definition_wit…  5s\n");
  const std::string narrow = table.Render(20);
  EXPECT_NE(narrow.find("0c9e1a52-55a8-4d0b-a3a2-6a8d1a2f9c11  a_definit…"), std::string::npos);
}

TEST(TableTest, EmptyCellsAreDashesAndNotesStandBelow) {
  Table table({{"STEP"}, {"NEXT"}});
  table.AddRow({"charge", ""}, "UNAVAILABLE: no\x1b route");
  EXPECT_EQ(table.Render(kTableWidth), "STEP    NEXT\ncharge  -\n    UNAVAILABLE: no? route\n");
}

TEST(ExitCodesTest, EachStatusHasTheCodeThatTheManualPromises) {
  const auto code = [](StatusCode status) {
    return static_cast<int>(ExitCodeOf(Status(status, "x")));
  };
  EXPECT_EQ(static_cast<int>(ExitCodeOf(absl::OkStatus())), 0);
  EXPECT_EQ(code(StatusCode::kInvalidArgument), 2);
  EXPECT_EQ(code(StatusCode::kNotFound), 4);
  EXPECT_EQ(code(StatusCode::kPermissionDenied), 5);
  EXPECT_EQ(code(StatusCode::kUnauthenticated), 5);
  EXPECT_EQ(code(StatusCode::kUnavailable), 6);
  EXPECT_EQ(code(StatusCode::kFailedPrecondition), 7);
  EXPECT_EQ(code(StatusCode::kAlreadyExists), 7);
  EXPECT_EQ(code(StatusCode::kAborted), 7);
  EXPECT_EQ(code(StatusCode::kDeadlineExceeded), 8);
  EXPECT_EQ(code(StatusCode::kInternal), 1);
  EXPECT_EQ(code(StatusCode::kResourceExhausted), 1);
}

TEST(ExitCodesTest, EachEndOfASagaHasItsCode) {
  const auto code = [](v1::Saga::Status status) { return static_cast<int>(ExitCodeOf(status)); };
  EXPECT_EQ(code(v1::Saga::COMPLETED), 0);
  EXPECT_EQ(code(v1::Saga::COMPENSATED), 20);
  EXPECT_EQ(code(v1::Saga::DEAD_LETTERED), 21);
  EXPECT_EQ(code(v1::Saga::RESOLVED), 22);
  EXPECT_EQ(code(v1::Saga::RUNNING), 8);
}

TEST(ExitCodesTest, TheWorstOfSeveralIsNotTheLargestNumber) {
  EXPECT_EQ(Worse(ExitCode::kOk, ExitCode::kWrongState), ExitCode::kWrongState);
  EXPECT_EQ(Worse(ExitCode::kUnavailable, ExitCode::kWrongState), ExitCode::kUnavailable);
  EXPECT_EQ(Worse(ExitCode::kOther, ExitCode::kDeadline), ExitCode::kOther);
}

TEST(ErrorTextTest, ShowsTheDetailsOfTheErrorModel) {
  Status status = InvalidArgument("the input does not fit");
  google::rpc::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field("input.quantity");
  violation->set_description("must be\x1b positive");
  auto* repeated = bad.add_field_violations();
  repeated->set_field("input");
  repeated->set_description("the input does not fit");
  google::rpc::ErrorInfo info;
  info.set_reason("BAD_INPUT");
  info.set_domain("skald");
  (*info.mutable_metadata())["type"] = "OrderState";
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  const auto attach = [&](const google::protobuf::Message& detail) {
    status.SetPayload("type.googleapis.com/" + detail.GetTypeName(),
                      absl::Cord(detail.SerializeAsString()));
  };
  attach(bad);
  attach(info);
  attach(retry);
  EXPECT_EQ(DescribeError(status),
            "INVALID_ARGUMENT: the input does not fit\n"
            "  field input.quantity: must be? positive\n"
            "  reason: BAD_INPUT (skald), type = OrderState\n"
            "  try again in 2s\n");
  EXPECT_EQ(GrpcCodeName(14), "UNAVAILABLE");
  EXPECT_EQ(GrpcCodeName(99), "CODE(99)");
}

}  // namespace
}  // namespace skald::ctl
