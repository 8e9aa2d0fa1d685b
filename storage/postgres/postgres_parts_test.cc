// The parts of the store that need no server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/status.h"
#include "storage/postgres/binary_array.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/encoding.h"
#include "storage/postgres/postgres_store.h"
#include "storage/postgres/sqlstate.h"

namespace skald::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SqlStateTest, GivesEachErrorTheCodeThatTheStoreInterfacePromises) {
  const std::pair<std::string_view, StatusCode> expected[] = {
      {"25006", StatusCode::kUnavailable},
      {"40001", StatusCode::kUnavailable},
      {"40P01", StatusCode::kUnavailable},
      {"57014", StatusCode::kUnavailable},
      {"57P01", StatusCode::kUnavailable},
      {"57P03", StatusCode::kUnavailable},
      {"53300", StatusCode::kUnavailable},
      {"55P03", StatusCode::kUnavailable},
      {"08006", StatusCode::kUnavailable},
      {"53100", StatusCode::kResourceExhausted},
      {"42P01", StatusCode::kFailedPrecondition},
      {"42501", StatusCode::kFailedPrecondition},
      {"28P01", StatusCode::kFailedPrecondition},
      {"22021", StatusCode::kInvalidArgument},
      {"23505", StatusCode::kInternal},
      {"42601", StatusCode::kInternal},
      {"", StatusCode::kInternal},
  };
  for (const auto& [state, code] : expected) {
    const Status status = FromSqlState(state, "ERROR:  words\n");
    EXPECT_EQ(status.code(), code) << state;
    EXPECT_THAT(std::string(Message(status)), HasSubstr("ERROR:  words"));
  }
}

TEST(CompleteUrlTest, AddsWhatTheUrlLeavesOpenAndNothingElse) {
  const auto plain = CompleteUrl("postgresql://skald@db:5433/sagas");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_THAT(*plain, HasSubstr("target_session_attrs='read-write'"));
  EXPECT_THAT(*plain, HasSubstr("application_name='skald'"));
  EXPECT_THAT(*plain, HasSubstr("port='5433'"));
  const auto chosen = CompleteUrl("host=db target_session_attrs=any password='it\\'s'");
  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_THAT(*chosen, HasSubstr("target_session_attrs='any'"));
  EXPECT_THAT(*chosen, HasSubstr(R"(password='it\'s')"));
}

TEST(CompleteUrlTest, TellsNothingOfAUrlThatDoesNotParse) {
  const auto bad = CompleteUrl("postgresql://skald:s3cret@db/sagas?s3cret");
  EXPECT_TRUE(absl::IsInvalidArgument(bad.status()));
  EXPECT_THAT(std::string(Message(bad.status())), Not(HasSubstr("s3cret")));
}

TEST(OpenPostgresStoreTest, KeepsThePasswordToItselfWhenNoServerAnswers) {
  const auto opened = OpenPostgresStore({.url = "postgresql://skald:s3cret@127.0.0.1:1/sagas"});
  EXPECT_TRUE(absl::IsUnavailable(opened.status())) << opened.status();
  EXPECT_THAT(std::string(Message(opened.status())), Not(HasSubstr("s3cret")));
}

TEST(BinaryArrayTest, IsWhatPostgresReads) {
  BinaryArray numbers(BinaryArray::Element::kInt2);
  numbers.AddNumber(-2);
  EXPECT_EQ(numbers.Take(), std::string("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\1"
                                        "\0\0\0\2\xff\xfe",
                                        26));
  // It was left empty: no dimension.
  EXPECT_EQ(numbers.Take(), std::string("\0\0\0\0\0\0\0\0\0\0\0\x15", 12));
}

TEST(HistoryEncodingTest, GivesBackWhatItWasGiven) {
  std::vector<v1::HistoryEntry> entries(3);
  entries[0].set_number(7);
  entries[2].set_message(std::string("nul\0nul", 7));
  const auto decoded = DecodeHistory(EncodeHistory(entries));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  ASSERT_EQ(decoded->size(), size_t{3});
  EXPECT_EQ((*decoded)[0].number(), 7);
  EXPECT_EQ((*decoded)[2].message(), entries[2].message());
}

TEST(HistoryEncodingTest, IsDataLossWhenCutShort) {
  std::vector<v1::HistoryEntry> entries(1);
  entries[0].set_message("some words");
  const std::string bytes = EncodeHistory(entries);
  const auto decoded = DecodeHistory(bytes.substr(0, bytes.size() - 3));
  EXPECT_TRUE(absl::IsDataLoss(decoded.status())) << decoded.status();
}

}  // namespace
}  // namespace skald::postgres
