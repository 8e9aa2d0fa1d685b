// Cuts the text of a filter into tokens. Only storage/filter.cc uses it.
//
// Threading: confined.
#ifndef SKALD_STORAGE_FILTER_LEXER_H_
#define SKALD_STORAGE_FILTER_LEXER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace skald {

struct FilterToken {
  enum class Kind { kEnd, kWord, kQuoted, kOperator, kOpen, kClose };
  Kind kind = Kind::kEnd;
  // As written, but of kQuoted what stands between the quotes, escapes resolved.
  std::string text;
  // Of the first character, from 1. Counted in characters, not bytes: people count them so.
  size_t column = 1;
};

class FilterLexer final {
 public:
  // `text` must be valid UTF-8 and outlive the lexer.
  explicit FilterLexer(std::string_view text) : text_(text) {}

  // INVALID_ARGUMENT: a quote that is not closed, an unknown escape, a stray character.
  absl::StatusOr<FilterToken> Next();

 private:
  absl::StatusOr<FilterToken> Quoted();
  FilterToken Operator();
  // The next character as written; empty at the end.
  std::string_view Peek() const;
  std::string_view Take();

  std::string_view text_;
  size_t at_ = 0;
  size_t column_ = 1;
};

// "filter, column 14: <what>"
absl::Status FilterError(size_t column, std::string_view what);

// For messages: "the end", "'RUNING'", cut where it is long.
std::string Quote(const FilterToken& token);

}  // namespace skald

#endif  // SKALD_STORAGE_FILTER_LEXER_H_
