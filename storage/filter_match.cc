#include "storage/filter_match.h"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>

#include "base/check.h"

namespace skald {
namespace {

using FieldValue = std::variant<std::string, int64_t, bool>;

// Nothing: the record has no such label.
std::optional<FieldValue> ValueOf(const FilterComparison& comparison, const v1::SagaRecord& saga) {
  switch (comparison.field) {
    case FilterField::kId: return saga.id();
    case FilterField::kDefinition: return saga.definition();
    case FilterField::kVersion: return int64_t{saga.definition_version()};
    case FilterField::kStatus: return int64_t{saga.status()};
    case FilterField::kPaused: return saga.paused();
    case FilterField::kCause: return int64_t{saga.cause().kind()};
    case FilterField::kCreated: return saga.created_us();
    case FilterField::kLabel: {
      const auto label = saga.labels().find(comparison.label);
      if (label == saga.labels().end()) return std::nullopt;
      return label->second;
    }
    case FilterField::kStep:
    case FilterField::kOpen: break;
  }
  SKALD_CHECK(false, "a filter of dead letters was asked about saga {}", saga.id());
  return std::nullopt;
}

std::optional<FieldValue> ValueOf(const FilterComparison& comparison,
                                  const v1::DeadLetterRecord& letter) {
  switch (comparison.field) {
    case FilterField::kId: return letter.saga_id();
    case FilterField::kDefinition: return letter.definition();
    case FilterField::kVersion: return int64_t{letter.definition_version()};
    case FilterField::kCause: return int64_t{letter.cause().kind()};
    case FilterField::kCreated: return letter.created_us();
    case FilterField::kStep: return letter.step();
    case FilterField::kOpen: return letter.closed_us() == 0;
    case FilterField::kStatus:
    case FilterField::kPaused:
    case FilterField::kLabel: break;
  }
  SKALD_CHECK(false, "a filter of sagas was asked about a dead letter of {}", letter.saga_id());
  return std::nullopt;
}

bool Holds(const FieldValue& left, FilterComparison::Operator op, const FieldValue& right) {
  switch (op) {
    case FilterComparison::Operator::kEqual: return left == right;
    case FilterComparison::Operator::kNotEqual: return left != right;
    case FilterComparison::Operator::kLess: return left < right;
    case FilterComparison::Operator::kLessOrEqual: return left <= right;
    case FilterComparison::Operator::kGreater: return left > right;
    case FilterComparison::Operator::kGreaterOrEqual: return left >= right;
  }
  return false;
}

template <typename Record>
bool MatchesRecord(const Filter& filter, const Record& record) {
  const auto matches = [&record](const Filter& operand) { return MatchesRecord(operand, record); };
  switch (filter.kind) {
    case Filter::Kind::kEverything: return true;
    case Filter::Kind::kComparison: {
      const std::optional<FieldValue> value = ValueOf(filter.comparison, record);
      return value && Holds(*value, filter.comparison.op, filter.comparison.value);
    }
    case Filter::Kind::kAnd:
      return std::all_of(filter.operands.begin(), filter.operands.end(), matches);
    case Filter::Kind::kOr:
      return std::any_of(filter.operands.begin(), filter.operands.end(), matches);
    case Filter::Kind::kNot: return !matches(filter.operands.front());
  }
  return false;
}

}  // namespace

bool Matches(const Filter& filter, const v1::SagaRecord& saga) {
  return MatchesRecord(filter, saga);
}

bool Matches(const Filter& filter, const v1::DeadLetterRecord& dead_letter) {
  return MatchesRecord(filter, dead_letter);
}

}  // namespace skald
