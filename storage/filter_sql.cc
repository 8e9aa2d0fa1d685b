#include "storage/filter_sql.h"

#include <fmt/core.h>

#include "base/check.h"

namespace skald {
namespace {

std::string_view OperatorText(FilterComparison::Operator op) {
  switch (op) {
    case FilterComparison::Operator::kEqual: return "=";
    case FilterComparison::Operator::kNotEqual: return "<>";
    case FilterComparison::Operator::kLess: return "<";
    case FilterComparison::Operator::kLessOrEqual: return "<=";
    case FilterComparison::Operator::kGreater: return ">";
    case FilterComparison::Operator::kGreaterOrEqual: return ">=";
  }
  return "=";
}

class Writer {
 public:
  Writer(FilterSubject subject, const SqlDialect& dialect, int first)
      : subject_(subject), dialect_(dialect), next_(first) {}

  std::string Write(const Filter& filter) {
    switch (filter.kind) {
      case Filter::Kind::kEverything: return "TRUE";
      case Filter::Kind::kComparison: return Comparison(filter.comparison);
      case Filter::Kind::kAnd: return Joined(filter.operands, " AND ");
      case Filter::Kind::kOr: return Joined(filter.operands, " OR ");
      case Filter::Kind::kNot: return "(NOT " + Write(filter.operands.front()) + ")";
    }
    return "TRUE";
  }

  std::vector<SqlValue> TakeValues() { return std::move(values_); }

 private:
  std::string Joined(const std::vector<Filter>& operands, std::string_view between) {
    std::string text = "(";
    for (const Filter& operand : operands) {
      if (text.size() > 1) text += between;
      text += Write(operand);
    }
    return text + ")";
  }

  std::string Comparison(const FilterComparison& comparison) {
    const std::string_view op = OperatorText(comparison.op);
    if (comparison.field == FilterField::kLabel) {
      CheckSubject(FilterSubject::kSagas);
      const std::string key = Bind(comparison.label);
      const std::string label =
          fmt::format(fmt::runtime(dialect_.label), key) + std::string(dialect_.collation);
      // NULL must be false, not unknown: or else the NOT of it would be unknown too.
      return fmt::format("COALESCE({} {} {}, FALSE)", label, op, Bind(comparison.value));
    }
    if (comparison.field == FilterField::kOpen) {
      CheckSubject(FilterSubject::kDeadLetters);
      // As the partial index has it, so that the planner sees it.
      const bool open =
          std::get<bool>(comparison.value) == (comparison.op == FilterComparison::Operator::kEqual);
      return open ? "(closed_us = 0)" : "(closed_us <> 0)";
    }
    const bool text = std::holds_alternative<std::string>(comparison.value);
    return fmt::format("({}{} {} {})", Column(comparison.field), text ? dialect_.collation : "", op,
                       Bind(comparison.value));
  }

  std::string_view Column(FilterField field) const {
    switch (field) {
      case FilterField::kId: return subject_ == FilterSubject::kSagas ? "id" : "saga_id";
      case FilterField::kDefinition: return "definition";
      case FilterField::kVersion: return "version";
      case FilterField::kCause: return "cause";
      case FilterField::kCreated: return "created_us";
      case FilterField::kStatus: CheckSubject(FilterSubject::kSagas); return "status";
      case FilterField::kPaused: CheckSubject(FilterSubject::kSagas); return "paused";
      case FilterField::kStep: CheckSubject(FilterSubject::kDeadLetters); return "step";
      case FilterField::kOpen:
      case FilterField::kLabel: break;
    }
    SKALD_CHECK(false, "field {} is no column", static_cast<int>(field));
    return "";
  }

  void CheckSubject(FilterSubject subject) const {
    SKALD_CHECK(subject_ == subject, "a filter was parsed for another subject");
  }

  std::string Bind(SqlValue value) {
    values_.push_back(std::move(value));
    return fmt::format("{}{}", dialect_.placeholder, next_++);
  }

  const FilterSubject subject_;
  const SqlDialect& dialect_;
  int next_;
  std::vector<SqlValue> values_;
};

}  // namespace

FilterSql ToSql(const Filter& filter, FilterSubject subject, const SqlDialect& dialect, int first) {
  Writer writer(subject, dialect, first);
  FilterSql sql;
  sql.text = writer.Write(filter);
  sql.values = writer.TakeValues();
  return sql;
}

}  // namespace skald
