#include "storage/filter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "skald/v1/saga.pb.h"
#include "storage/filter_lexer.h"

namespace skald {
namespace {

using Kind = FilterToken::Kind;
using Operator = FilterComparison::Operator;

constexpr size_t kMostBytes = 4096;
constexpr int kMostDepth = 32;
constexpr std::string_view kLabelPrefix = "label.";
constexpr std::string_view kOperators = "=, !=, <, <=, > or >=";

// How a field's value is written.
enum class Form { kText, kNumber, kStatus, kCause, kTruth, kTime, kAge };

struct FieldName {
  std::string_view name;
  FilterField field;
  Form form;
  bool of_sagas;
  bool of_dead_letters;
};

constexpr std::array<FieldName, 10> kFields = {{
    {"id", FilterField::kId, Form::kText, true, true},
    {"definition", FilterField::kDefinition, Form::kText, true, true},
    {"version", FilterField::kVersion, Form::kNumber, true, true},
    {"status", FilterField::kStatus, Form::kStatus, true, false},
    {"paused", FilterField::kPaused, Form::kTruth, true, false},
    {"cause", FilterField::kCause, Form::kCause, true, true},
    {"created", FilterField::kCreated, Form::kTime, true, true},
    {"age", FilterField::kCreated, Form::kAge, true, true},
    {"step", FilterField::kStep, Form::kText, false, true},
    {"open", FilterField::kOpen, Form::kTruth, false, true},
}};
constexpr FieldName kLabelField = {"label.<key>", FilterField::kLabel, Form::kText, true, false};

bool Has(const FieldName& field, FilterSubject subject) {
  return subject == FilterSubject::kSagas ? field.of_sagas : field.of_dead_letters;
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// ": did you mean RUNNING?", or all that there is where nothing is near.
std::string Suggestion(const std::string& word, const std::vector<std::string>& known) {
  const std::string_view nearest = Nearest(word, known);
  if (!nearest.empty()) return fmt::format(": did you mean {}?", nearest);
  return fmt::format(": known are {}", Join(known));
}

bool IsKeyword(const FilterToken& token, const char* keyword) {
  return token.kind == Kind::kWord && absl::EqualsIgnoreCase(token.text, keyword);
}

std::optional<Operator> OperatorOf(const std::string& text) {
  if (text == "=") return Operator::kEqual;
  if (text == "!=") return Operator::kNotEqual;
  if (text == "<") return Operator::kLess;
  if (text == "<=") return Operator::kLessOrEqual;
  if (text == ">") return Operator::kGreater;
  if (text == ">=") return Operator::kGreaterOrEqual;
  return std::nullopt;
}

// The older a saga, the smaller its creation time.
Operator Mirrored(Operator op) {
  switch (op) {
    case Operator::kLess: return Operator::kGreater;
    case Operator::kLessOrEqual: return Operator::kGreaterOrEqual;
    case Operator::kGreater: return Operator::kLess;
    case Operator::kGreaterOrEqual: return Operator::kLessOrEqual;
    case Operator::kEqual:
    case Operator::kNotEqual: return op;
  }
  return op;
}

std::optional<int64_t> WholeNumber(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<absl::Duration> UnitOf(std::string_view text) {
  if (text == "ms") return absl::Milliseconds(1);
  if (text == "s") return absl::Seconds(1);
  if (text == "m") return absl::Minutes(1);
  if (text == "h") return absl::Hours(1);
  if (text == "d") return absl::Hours(24);
  return std::nullopt;
}

// "90s", "1h30m". At most a thousand years: what is older than that is a typing error.
std::optional<absl::Duration> DurationOf(std::string_view text) {
  absl::Duration total;
  while (!text.empty()) {
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::optional<int64_t> number = WholeNumber(text.substr(0, digits));
    text.remove_prefix(digits);
    const size_t letters = std::min(text.find_first_of("0123456789"), text.size());
    const std::optional<absl::Duration> unit = UnitOf(text.substr(0, letters));
    text.remove_prefix(letters);
    if (!number || !unit) return std::nullopt;
    total += *number * *unit;
    if (total > absl::Hours(24) * 365'000) return std::nullopt;
  }
  return total;
}

// The number of the enumerator called `word`, in any case; `names` gets all but the unspecified
// one.
std::optional<int64_t> EnumNumber(const google::protobuf::EnumDescriptor& type,
                                  const std::string& word, std::vector<std::string>& names) {
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;
    if (absl::EqualsIgnoreCase(type.value(i)->name(), word)) return type.value(i)->number();
    names.push_back(type.value(i)->name());
  }
  return std::nullopt;
}

class Parser {
 public:
  Parser(std::string_view text, FilterSubject subject, absl::Time now)
      : lexer_(text), subject_(subject), now_(now) {}

  StatusOr<Filter> Parse() {
    SKALD_RETURN_IF_ERROR(Advance());
    if (token_.kind == Kind::kEnd) return Filter{};
    SKALD_ASSIGN_OR_RETURN(Filter filter, Or(0));
    if (token_.kind != Kind::kEnd) {
      return Expected(token_.kind == Kind::kClose ? "the end: no '(' is open"
                                                  : "AND, OR or the end");
    }
    return filter;
  }

 private:
  Status Advance() {
    SKALD_ASSIGN_OR_RETURN(token_, lexer_.Next());
    return absl::OkStatus();
  }

  Status Fail(const FilterToken& token, std::string_view what) const {
    return FilterError(token.column, what);
  }

  Status Expected(std::string_view what) const {
    return Fail(token_, fmt::format("found {}, expected {}", Quote(token_), what));
  }

  StatusOr<Filter> Or(int depth) {
    return Chain("OR", Filter::Kind::kOr, [&] { return And(depth); });
  }

  StatusOr<Filter> And(int depth) {
    return Chain("AND", Filter::Kind::kAnd, [&] { return Unary(depth); });
  }

  template <typename Operand>
  StatusOr<Filter> Chain(const char* keyword, Filter::Kind kind, const Operand& operand) {
    SKALD_ASSIGN_OR_RETURN(Filter first, operand());
    if (!IsKeyword(token_, keyword)) return first;
    Filter chain;
    chain.kind = kind;
    chain.operands.push_back(std::move(first));
    while (IsKeyword(token_, keyword)) {
      SKALD_RETURN_IF_ERROR(Advance());
      SKALD_ASSIGN_OR_RETURN(Filter next, operand());
      chain.operands.push_back(std::move(next));
    }
    return chain;
  }

  StatusOr<Filter> Unary(int depth) {
    const FilterToken start = token_;
    const bool negated = IsKeyword(start, "NOT");
    if (!negated && start.kind != Kind::kOpen) return Comparison();
    if (depth == kMostDepth) {
      return Fail(start, fmt::format("nested more than {} deep", kMostDepth));
    }
    SKALD_RETURN_IF_ERROR(Advance());
    if (negated) {
      SKALD_ASSIGN_OR_RETURN(Filter operand, Unary(depth + 1));
      Filter result;
      result.kind = Filter::Kind::kNot;
      result.operands.push_back(std::move(operand));
      return result;
    }
    SKALD_ASSIGN_OR_RETURN(Filter inner, Or(depth + 1));
    if (token_.kind != Kind::kClose) {
      return Expected(fmt::format("AND, OR or the ')' for the '(' in column {}", start.column));
    }
    SKALD_RETURN_IF_ERROR(Advance());
    return inner;
  }

  StatusOr<Filter> Comparison() {
    if (token_.kind != Kind::kWord) return Expected("a field, NOT or '('");
    const FilterToken name = token_;
    Filter filter;
    filter.kind = Filter::Kind::kComparison;
    FilterComparison& comparison = filter.comparison;
    SKALD_ASSIGN_OR_RETURN(const FieldName field, Field(name, comparison.label));
    comparison.field = field.field;

    SKALD_RETURN_IF_ERROR(Advance());
    const FilterToken op = token_;
    if (op.kind != Kind::kOperator)
      return Expected(fmt::format("{} after {}", kOperators, name.text));
    const std::optional<Operator> known = OperatorOf(op.text);
    if (!known) return Expected(kOperators);
    comparison.op = field.form == Form::kAge ? Mirrored(*known) : *known;
    SKALD_RETURN_IF_ERROR(CheckOperator(field, op, *known));

    SKALD_RETURN_IF_ERROR(Advance());
    if (token_.kind != Kind::kWord && token_.kind != Kind::kQuoted) {
      return Expected(fmt::format("a value after {}", op.text));
    }
    SKALD_ASSIGN_OR_RETURN(comparison.value, Value(field, token_));
    SKALD_RETURN_IF_ERROR(Advance());
    return filter;
  }

  StatusOr<FieldName> Field(const FilterToken& name, std::string& label) const {
    std::vector<std::string> known;
    for (const FieldName& field : kFields) {
      if (name.text == field.name) {
        if (Has(field, subject_)) return field;
        return Fail(name, WrongSubject(field));
      }
      if (Has(field, subject_)) known.emplace_back(field.name);
    }
    if (name.text.compare(0, kLabelPrefix.size(), kLabelPrefix) == 0) {
      if (!Has(kLabelField, subject_)) return Fail(name, WrongSubject(kLabelField));
      label = name.text.substr(kLabelPrefix.size());
      if (!label.empty()) return kLabelField;
      return Fail(name, "a label needs its key, such as label.customer");
    }
    if (Has(kLabelField, subject_)) known.emplace_back(kLabelField.name);
    return Fail(name, fmt::format("unknown field {}{}", Quote(name), Suggestion(name.text, known)));
  }

  static std::string WrongSubject(const FieldName& field) {
    return fmt::format("only {} have the field {}", field.of_sagas ? "sagas" : "dead letters",
                       field.name);
  }

  Status CheckOperator(const FieldName& field, const FilterToken& token, Operator op) const {
    const bool equality = op == Operator::kEqual || op == Operator::kNotEqual;
    const bool named =
        field.form == Form::kStatus || field.form == Form::kCause || field.form == Form::kTruth;
    if (named && !equality) {
      return Fail(token, fmt::format("{} takes = and != only, found {}", field.name, Quote(token)));
    }
    if (field.form == Form::kAge && equality) {
      return Fail(token, fmt::format("age takes <, <=, > and >= only, found {}", Quote(token)));
    }
    return absl::OkStatus();
  }

  StatusOr<std::variant<std::string, int64_t, bool>> Value(const FieldName& field,
                                                           const FilterToken& token) const {
    switch (field.form) {
      case Form::kText: return token.text;
      case Form::kNumber:
        if (const auto number = WholeNumber(token.text)) return *number;
        return Fail(token,
                    fmt::format("{} takes a whole number, found {}", field.name, Quote(token)));
      case Form::kStatus: return Enumerator("status", *v1::Saga::Status_descriptor(), token);
      case Form::kCause: return Enumerator("cause", *v1::Cause::Kind_descriptor(), token);
      case Form::kTruth:
        if (absl::EqualsIgnoreCase(token.text, "true")) return true;
        if (absl::EqualsIgnoreCase(token.text, "false")) return false;
        return Fail(token,
                    fmt::format("{} takes true or false, found {}", field.name, Quote(token)));
      case Form::kTime: return Created(token);
      case Form::kAge:
        if (const auto age = DurationOf(token.text)) return ToMicros(now_ - *age);
        return Fail(token, fmt::format("age takes a duration such as 90s, 5m, 1h or 7d, found {}",
                                       Quote(token)));
    }
    return Fail(token, "unknown field");
  }

  StatusOr<std::variant<std::string, int64_t, bool>> Enumerator(
      std::string_view what, const google::protobuf::EnumDescriptor& type,
      const FilterToken& token) const {
    std::vector<std::string> names;
    if (const auto number = EnumNumber(type, token.text, names)) return *number;
    return Fail(token, fmt::format("unknown {} {}{}", what, Quote(token),
                                   Suggestion(absl::AsciiStrToUpper(token.text), names)));
  }

  StatusOr<std::variant<std::string, int64_t, bool>> Created(const FilterToken& token) const {
    absl::Time time;
    std::string error;
    // ParseTime knows "infinite-future" too; no saga was created then.
    if (absl::ParseTime(absl::RFC3339_full, token.text, &time, &error) &&
        time > absl::InfinitePast() && time < absl::InfiniteFuture()) {
      return ToMicros(time);
    }
    return Fail(token, fmt::format("created takes a time such as 2026-01-31T08:00:00Z, found {}",
                                   Quote(token)));
  }

  FilterLexer lexer_;
  const FilterSubject subject_;
  const absl::Time now_;
  FilterToken token_;
};

}  // namespace

bool Filter::Names(FilterField field) const {
  if (kind == Kind::kComparison) return comparison.field == field;
  return std::any_of(operands.begin(), operands.end(),
                     [field](const Filter& operand) { return operand.Names(field); });
}

absl::StatusOr<Filter> ParseFilter(std::string_view text, FilterSubject subject, absl::Time now) {
  if (text.size() > kMostBytes) {
    return InvalidArgument("filter: {} bytes are too many, at most {} are taken", text.size(),
                           kMostBytes);
  }
  // Databases refuse what is not UTF-8: better a message of ours than one of theirs.
  const std::string clean = CleanText(text, text.size());
  if (const auto bad = std::mismatch(text.begin(), text.end(), clean.begin(), clean.end()).first;
      bad != text.end()) {
    const auto column = 1 + std::count_if(text.begin(), bad, [](char c) {
                          return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
                        });
    return FilterError(static_cast<size_t>(column), "this is not valid UTF-8, or NUL");
  }
  return Parser(text, subject, now).Parse();
}

}  // namespace skald
