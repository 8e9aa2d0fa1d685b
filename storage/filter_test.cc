#include "storage/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/clock.h"
#include "base/status.h"
#include "storage/filter_match.h"
#include "storage/filter_sql.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const absl::Time kNow = FromMicros(1'700'000'000'000'000);

StatusOr<Filter> Parse(std::string_view text, FilterSubject subject = FilterSubject::kSagas) {
  return ParseFilter(text, subject, kNow);
}

// The filter as fully bracketed text, or the error.
std::string Shape(std::string_view text, FilterSubject subject = FilterSubject::kSagas) {
  const auto filter = Parse(text, subject);
  if (!filter.ok()) return filter.status().ToString();
  const FilterSql sql = ToSql(*filter, subject, {'#', "label({})", ""}, 1);
  std::string shape = sql.text;
  // Backwards: "#1" is the beginning of "#10".
  for (size_t i = sql.values.size(); i > 0; --i) {
    const std::string value =
        std::visit([](const auto& bound) -> std::string { return fmt::format("{}", bound); },
                   sql.values[i - 1]);
    const std::string placeholder = "#" + std::to_string(i);
    shape.replace(shape.find(placeholder), placeholder.size(), value);
  }
  return shape;
}

// The message of the error, without its code.
std::string ErrorOf(std::string_view text, FilterSubject subject = FilterSubject::kSagas) {
  const auto filter = Parse(text, subject);
  if (filter.ok()) return "no error";
  EXPECT_EQ(filter.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(Message(filter.status()));
}

TEST(FilterTest, LetsEverythingPassWhereThereIsNothing) {
  for (const char* text : {"", " ", "\t\r\n "}) {
    const auto filter = Parse(text);
    ASSERT_TRUE(filter.ok()) << filter.status();
    EXPECT_EQ(filter->kind, Filter::Kind::kEverything);
    EXPECT_TRUE(Matches(*filter, v1::SagaRecord()));
    EXPECT_TRUE(Matches(*filter, v1::DeadLetterRecord()));
  }
}

TEST(FilterTest, BindsNotBeforeAndBeforeOr) {
  EXPECT_EQ(Shape("id=a OR id=b AND id=c"), "((id = a) OR ((id = b) AND (id = c)))");
  EXPECT_EQ(Shape("(id=a OR id=b) AND id=c"), "(((id = a) OR (id = b)) AND (id = c))");
  EXPECT_EQ(Shape("NOT id=a AND id=b"), "((NOT (id = a)) AND (id = b))");
  EXPECT_EQ(Shape("NOT (id=a AND id=b)"), "(NOT ((id = a) AND (id = b)))");
  EXPECT_EQ(Shape("NOT NOT id=a"), "(NOT (NOT (id = a)))");
  EXPECT_EQ(Shape("id=a AND id=b AND id=c"), "((id = a) AND (id = b) AND (id = c))");
}

TEST(FilterTest, TakesKeywordsAndNamesOfValuesInAnyCase) {
  EXPECT_EQ(Shape("id=a and not id=b Or id=c"), "(((id = a) AND (NOT (id = b))) OR (id = c))");
  EXPECT_EQ(Shape("status = running"), "(status = 1)");
  EXPECT_EQ(Shape("paused = TRUE"), "(paused = true)");
}

TEST(FilterTest, NeedsNoSpacesAroundOperatorsAndNoQuotesAroundWords) {
  EXPECT_EQ(Shape("id!=a"), "(id <> a)");
  EXPECT_EQ(Shape("version<=3"), "(version <= 3)");
  EXPECT_EQ(Shape("version>=3"), "(version >= 3)");
  EXPECT_EQ(Shape("version<3"), "(version < 3)");
  EXPECT_EQ(Shape("version>3"), "(version > 3)");
  EXPECT_EQ(Shape("id = order-42/ä.b:c"), "(id = order-42/ä.b:c)");
}

TEST(FilterTest, ResolvesQuotes) {
  EXPECT_EQ(Shape(R"(id = "a \"b\" \\ (AND) = ")"), R"((id = a "b" \ (AND) = ))");
  EXPECT_EQ(Shape(R"(id = "")"), "(id = )");
  EXPECT_EQ(Shape(R"(id = "and")"), "(id = and)");
}

TEST(FilterTest, CountsAgesFromNow) {
  EXPECT_EQ(Shape("age > 90s"), "(created_us < 1699999910000000)");
  EXPECT_EQ(Shape("age >= 5m"), "(created_us <= 1699999700000000)");
  EXPECT_EQ(Shape("age < 1h"), "(created_us > 1699996400000000)");
  EXPECT_EQ(Shape("age <= 7d"), "(created_us >= 1699395200000000)");
  EXPECT_EQ(Shape("age > 1h30m"), "(created_us < 1699994600000000)");
  EXPECT_EQ(Shape("age > 250ms"), "(created_us < 1699999999750000)");
  EXPECT_EQ(Shape("created = 2023-11-14T22:13:20.000001Z"), "(created_us = 1700000000000001)");
  EXPECT_EQ(Shape("created < \"2023-11-14T23:13:20+01:00\""), "(created_us < 1700000000000000)");
}

TEST(FilterTest, KnowsTheFieldsOfEachSubject) {
  EXPECT_EQ(Shape("label.customer = c-17"), "COALESCE(label(customer) = c-17, FALSE)");
  EXPECT_EQ(Shape("cause != EXHAUSTED"), "(cause <> 2)");
  EXPECT_EQ(Shape("id=a AND step=b/c AND open=true AND cause=LIMIT", FilterSubject::kDeadLetters),
            "((saga_id = a) AND (step = b/c) AND (closed_us = 0) AND (cause = 7))");
  EXPECT_EQ(Shape("open != true", FilterSubject::kDeadLetters), "(closed_us <> 0)");
  EXPECT_EQ(Shape("open != false", FilterSubject::kDeadLetters), "(closed_us = 0)");
  EXPECT_EQ(ErrorOf("step = a"), "filter, column 1: only dead letters have the field step");
  EXPECT_EQ(ErrorOf("id = a AND paused = true", FilterSubject::kDeadLetters),
            "filter, column 12: only sagas have the field paused");
  EXPECT_EQ(ErrorOf("label.a = b", FilterSubject::kDeadLetters),
            "filter, column 1: only sagas have the field label.<key>");
}

TEST(FilterTest, TellsWhichFieldsItNames) {
  const auto filter = Parse("id = a AND NOT (age > 1h OR label.x = y)");
  ASSERT_TRUE(filter.ok()) << filter.status();
  EXPECT_TRUE(filter->Names(FilterField::kId));
  EXPECT_TRUE(filter->Names(FilterField::kCreated));
  EXPECT_TRUE(filter->Names(FilterField::kLabel));
  EXPECT_FALSE(filter->Names(FilterField::kStatus));
  EXPECT_FALSE(Filter().Names(FilterField::kId));
}

TEST(FilterErrorTest, SuggestsTheNearestWord) {
  EXPECT_EQ(ErrorOf("id = a AND status = RUNING"),
            "filter, column 21: unknown status 'RUNING': did you mean RUNNING?");
  EXPECT_EQ(ErrorOf("status = compensatin"),
            "filter, column 10: unknown status 'compensatin': did you mean COMPENSATING?");
  EXPECT_EQ(ErrorOf("defintion = a"),
            "filter, column 1: unknown field 'defintion': did you mean definition?");
  EXPECT_EQ(ErrorOf("cause = REJECT"),
            "filter, column 9: unknown cause 'REJECT': did you mean REJECTED?");
  EXPECT_EQ(
      ErrorOf("xyz = a", FilterSubject::kDeadLetters),
      "filter, column 1: unknown field 'xyz': known are id, definition, version, cause, created, "
      "age, step, open");
  EXPECT_EQ(ErrorOf("status = 1"),
            "filter, column 10: unknown status '1': known are RUNNING, COMPLETED, COMPENSATING, "
            "COMPENSATED, DEAD_LETTERED, RESOLVED");
  EXPECT_THAT(ErrorOf("status = STATUS_UNSPECIFIED"), HasSubstr("unknown status"));
}

TEST(FilterErrorTest, SaysWhatWasFoundAndWhatWasExpectedThere) {
  EXPECT_EQ(ErrorOf("id"),
            "filter, column 3: found the end, expected =, !=, <, <=, > or >= after id");
  EXPECT_EQ(ErrorOf("id a"),
            "filter, column 4: found 'a', expected =, !=, <, <=, > or >= after id");
  EXPECT_EQ(ErrorOf("id ! a"), "filter, column 4: found '!', expected =, !=, <, <=, > or >=");
  EXPECT_EQ(ErrorOf("id == a"), "filter, column 5: found '=', expected a value after =");
  EXPECT_EQ(ErrorOf("id ="), "filter, column 5: found the end, expected a value after =");
  EXPECT_EQ(ErrorOf("id = (a)"), "filter, column 6: found '(', expected a value after =");
  EXPECT_EQ(ErrorOf("id = a b"), "filter, column 8: found 'b', expected AND, OR or the end");
  EXPECT_EQ(ErrorOf("id = a)"), "filter, column 7: found ')', expected the end: no '(' is open");
  EXPECT_EQ(
      ErrorOf("  (id = a"),
      "filter, column 10: found the end, expected AND, OR or the ')' for the '(' in column 3");
  EXPECT_EQ(ErrorOf("id = a AND"),
            "filter, column 11: found the end, expected a field, NOT or '('");
  EXPECT_EQ(ErrorOf("= a"), "filter, column 1: found '=', expected a field, NOT or '('");
  EXPECT_EQ(ErrorOf("\"id\" = a"), "filter, column 1: found 'id', expected a field, NOT or '('");
  EXPECT_EQ(ErrorOf("()"), "filter, column 2: found ')', expected a field, NOT or '('");
  EXPECT_EQ(ErrorOf("label. = a"),
            "filter, column 1: a label needs its key, such as label.customer");
}

TEST(FilterErrorTest, SaysHowAValueIsWritten) {
  EXPECT_EQ(ErrorOf("version = three"),
            "filter, column 11: version takes a whole number, found 'three'");
  EXPECT_EQ(ErrorOf("version = 99999999999999999999"),
            "filter, column 11: version takes a whole number, found '99999999999999999999'");
  EXPECT_EQ(ErrorOf("version = -1"), "filter, column 11: version takes a whole number, found '-1'");
  EXPECT_EQ(ErrorOf("paused = yes"), "filter, column 10: paused takes true or false, found 'yes'");
  for (const char* age : {"1", "h", "1y", "-1h", "1h2", "99999999999999999999s", "999999999d",
                          "9223372036854775807d"}) {
    EXPECT_EQ(
        ErrorOf(fmt::format("age > {}", age)),
        fmt::format("filter, column 7: age takes a duration such as 90s, 5m, 1h or 7d, found '{}'",
                    age));
  }
  for (const char* time : {"yesterday", "2023-11-14", "infinite-future", "infinite-past"}) {
    EXPECT_EQ(ErrorOf(fmt::format("created > {}", time)),
              fmt::format("filter, column 11: created takes a time such as 2026-01-31T08:00:00Z, "
                          "found '{}'",
                          time));
  }
}

TEST(FilterErrorTest, SaysWhichOperatorsAFieldTakes) {
  EXPECT_EQ(ErrorOf("status < RUNNING"), "filter, column 8: status takes = and != only, found '<'");
  EXPECT_EQ(ErrorOf("cause >= LIMIT"), "filter, column 7: cause takes = and != only, found '>='");
  EXPECT_EQ(ErrorOf("paused > true"), "filter, column 8: paused takes = and != only, found '>'");
  EXPECT_EQ(ErrorOf("open <= true", FilterSubject::kDeadLetters),
            "filter, column 6: open takes = and != only, found '<='");
  EXPECT_EQ(ErrorOf("age = 1h"), "filter, column 5: age takes <, <=, > and >= only, found '='");
}

TEST(FilterErrorTest, PointsAtBrokenText) {
  EXPECT_EQ(ErrorOf("id = \"a"), "filter, column 6: this quote is not closed");
  EXPECT_EQ(ErrorOf("id = \"a\\"),
            "filter, column 8: a backslash in quotes must be followed by \" or \\");
  EXPECT_EQ(ErrorOf(R"(id = "a\n")"),
            "filter, column 8: a backslash in quotes must be followed by \" or \\");
  EXPECT_EQ(ErrorOf("id = \x01"),
            "filter, column 6: a character 0x01 cannot stand here: put it in quotes");
  EXPECT_EQ(ErrorOf("id = \xff"), "filter, column 6: this is not valid UTF-8, or NUL");
  EXPECT_EQ(ErrorOf(std::string_view("id = \0", 6)),
            "filter, column 6: this is not valid UTF-8, or NUL");
}

TEST(FilterErrorTest, CountsColumnsInCharacters) {
  EXPECT_EQ(ErrorOf("id = größe AND x = 1").substr(0, 18), "filter, column 16:");
  EXPECT_EQ(ErrorOf("id = \"注文\" \xff").substr(0, 18), "filter, column 11:");
}

TEST(FilterErrorTest, RepeatsAtMostABitOfWhatItWasGiven) {
  EXPECT_LT(ErrorOf("id = a " + std::string(3000, 'x')).size(), size_t{120});
}

TEST(FilterLimitTest, TakesFourKibibytesAndNoMore) {
  EXPECT_TRUE(Parse("id = " + std::string(4091, 'x')).ok());
  EXPECT_EQ(ErrorOf("id = " + std::string(4092, 'x')),
            "filter: 4097 bytes are too many, at most 4096 are taken");
}

TEST(FilterLimitTest, TakesThirtyTwoLevelsAndNoMore) {
  const auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '(') + "id = a" +
           std::string(static_cast<size_t>(depth), ')');
  };
  const auto negated = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "NOT ";
    return text + "id = a";
  };
  EXPECT_TRUE(Parse(nested(32)).ok());
  EXPECT_EQ(ErrorOf(nested(33)), "filter, column 33: nested more than 32 deep");
  EXPECT_TRUE(Parse(negated(32)).ok());
  EXPECT_EQ(ErrorOf(negated(33)), "filter, column 129: nested more than 32 deep");
  // Side by side is not deep.
  EXPECT_TRUE(Parse("(id = a) AND (NOT id = b) AND (id = c)").ok());
}

TEST(FilterLimitTest, AnswersGarbageWithAColumnAndNeverCrashes) {
  std::mt19937 random(11);
  const std::vector<std::string> pieces = {
      "id",     "status",  "=",       "!=",  "<",  "(",    ")",
      "AND",    "OR",      "NOT",     "\"",  "\\", "a",    "1h",
      "label.", "label.k", "version", "age", "ä",  "\xc3", std::string(1, '\0'),
      "true",   "RUNNING", "!",       " "};
  int parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (size_t n = random() % 12; n > 0; --n) {
      text += pieces[random() % pieces.size()];
      if (random() % 2 == 0) text += ' ';
    }
    const auto filter = Parse(text);
    if (filter.ok()) {
      ++parsed;
      continue;
    }
    ASSERT_EQ(filter.status().code(), absl::StatusCode::kInvalidArgument) << text;
    ASSERT_EQ(Message(filter.status()).substr(0, 15), "filter, column ") << text;
  }
  EXPECT_GT(parsed, 100);
}

TEST(FilterSqlTest, KeepsValuesOutOfTheTextAndNumbersThem) {
  const auto filter = Parse("label.k = \"'; DROP\" AND paused = true AND NOT version = 3");
  ASSERT_TRUE(filter.ok()) << filter.status();
  const FilterSql postgres = ToSql(*filter, FilterSubject::kSagas, kPostgresDialect, 4);
  EXPECT_EQ(postgres.text,
            "(COALESCE((labels ->> $4::text) COLLATE \"C\" = $5, FALSE) AND (paused = $6) AND "
            "(NOT (version = $7)))");
  EXPECT_THAT(postgres.values, ElementsAre(SqlValue("k"), SqlValue("'; DROP"), SqlValue(true),
                                           SqlValue(int64_t{3})));
  const FilterSql sqlite = ToSql(*filter, FilterSubject::kSagas, kSqliteDialect, 1);
  EXPECT_EQ(sqlite.text,
            "(COALESCE((SELECT value FROM json_each(labels) WHERE key = ?1) = ?2, FALSE) AND "
            "(paused = ?3) AND (NOT (version = ?4)))");
  EXPECT_EQ(ToSql(Filter(), FilterSubject::kSagas, kSqliteDialect, 1).text, "TRUE");
}

TEST(FilterMatchTest, LetsNoComparisonOfAMissingLabelPass) {
  const v1::SagaRecord saga;
  for (const char* op : {"=", "!=", "<", "<=", ">", ">="}) {
    const auto plain = Parse(fmt::format("label.k {} \"\"", op));
    const auto negated = Parse(fmt::format("NOT label.k {} \"\"", op));
    ASSERT_TRUE(plain.ok() && negated.ok());
    EXPECT_FALSE(Matches(*plain, saga)) << op;
    EXPECT_TRUE(Matches(*negated, saga)) << op;
  }
}

TEST(FilterMatchTest, ComparesByEachOperator) {
  v1::SagaRecord saga;
  saga.set_definition_version(5);
  const auto passes = [&saga](const char* text) {
    const auto filter = Parse(text);
    EXPECT_TRUE(filter.ok()) << filter.status();
    return filter.ok() && Matches(*filter, saga);
  };
  EXPECT_TRUE(passes("version = 5") && passes("version <= 5") && passes("version >= 5"));
  EXPECT_TRUE(passes("version != 4") && passes("version > 4") && passes("version < 6"));
  EXPECT_FALSE(passes("version = 4") || passes("version < 5") || passes("version > 5"));
  EXPECT_FALSE(passes("version != 5") || passes("version <= 4") || passes("version >= 6"));
}

// What was parsed, written out in full and parsed again, must mean the same.
std::string Written(const Filter& filter) {
  static constexpr const char* kText[] = {"=", "!=", "<", "<=", ">", ">="};
  switch (filter.kind) {
    case Filter::Kind::kEverything: return "";
    case Filter::Kind::kNot: return "NOT (" + Written(filter.operands[0]) + ")";
    case Filter::Kind::kAnd:
    case Filter::Kind::kOr: {
      std::string text;
      for (const Filter& operand : filter.operands) {
        if (!text.empty()) text += filter.kind == Filter::Kind::kAnd ? " AND " : " OR ";
        text += "(" + Written(operand) + ")";
      }
      return text;
    }
    case Filter::Kind::kComparison: break;
  }
  const FilterComparison& comparison = filter.comparison;
  const char* const op = kText[static_cast<int>(comparison.op)];
  if (comparison.field == FilterField::kVersion) {
    return fmt::format("version {} {}", op, std::get<int64_t>(comparison.value));
  }
  std::string quoted;
  for (const char c : std::get<std::string>(comparison.value)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return fmt::format("{} {} \"{}\"",
                     comparison.field == FilterField::kId ? "id" : "label." + comparison.label, op,
                     quoted);
}

Filter RandomFilter(std::mt19937& random, int depth) {
  Filter filter;
  const auto kind = depth == 0 ? 0 : random() % 4;
  if (kind != 0) {
    filter.kind = kind == 1   ? Filter::Kind::kNot
                  : kind == 2 ? Filter::Kind::kAnd
                              : Filter::Kind::kOr;
    const size_t operands = kind == 1 ? 1 : 2 + random() % 2;
    while (filter.operands.size() < operands) {
      filter.operands.push_back(RandomFilter(random, depth - 1));
    }
    return filter;
  }
  filter.kind = Filter::Kind::kComparison;
  filter.comparison.op = static_cast<FilterComparison::Operator>(random() % 6);
  const std::vector<std::string> values = {"", "a\"b", "\\", "(AND)", "größe", "\x01\n"};
  switch (random() % 3) {
    case 0:
      filter.comparison.field = FilterField::kVersion;
      filter.comparison.value = static_cast<int64_t>(random() % 100);
      return filter;
    case 1:
      filter.comparison.field = FilterField::kLabel;
      filter.comparison.label = random() % 2 == 0 ? "k" : "a.b/c";
      break;
    default: filter.comparison.field = FilterField::kId; break;
  }
  filter.comparison.value = values[random() % values.size()];
  return filter;
}

TEST(FilterTest, MeansTheSameAfterItWasWrittenAndParsedAgain) {
  std::mt19937 random(5);
  for (int i = 0; i < 2000; ++i) {
    const Filter filter = RandomFilter(random, 3);
    const std::string text = Written(filter);
    const auto parsed = Parse(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status() << "\n" << text;
    ASSERT_EQ(Written(*parsed), text);
    const FilterSql before = ToSql(filter, FilterSubject::kSagas, kSqliteDialect, 1);
    const FilterSql after = ToSql(*parsed, FilterSubject::kSagas, kSqliteDialect, 1);
    ASSERT_EQ(before.text, after.text);
    ASSERT_EQ(before.values, after.values);
  }
}

}  // namespace
}  // namespace skald
