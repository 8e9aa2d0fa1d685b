#include "storage/filter_lexer.h"

#include "base/status.h"
#include "base/text.h"

namespace skald {
namespace {

constexpr size_t kMostQuoted = 40;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsOperator(char c) { return c == '=' || c == '!' || c == '<' || c == '>'; }

// Everything that means nothing else, so that ids, paths, times and other languages need no quotes.
bool IsWord(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f && !IsOperator(c) && c != '"' && c != '(' && c != ')';
}

bool Continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

absl::Status FilterError(size_t column, std::string_view what) {
  return InvalidArgument("filter, column {}: {}", column, what);
}

std::string Quote(const FilterToken& token) {
  if (token.kind == FilterToken::Kind::kEnd) return "the end";
  std::string text = CleanText(token.text, kMostQuoted);
  if (text.size() < token.text.size()) text += "...";
  return fmt::format("'{}'", text);
}

std::string_view FilterLexer::Peek() const {
  if (at_ == text_.size()) return {};
  size_t end = at_ + 1;
  while (end < text_.size() && Continues(text_[end])) ++end;
  return text_.substr(at_, end - at_);
}

std::string_view FilterLexer::Take() {
  const std::string_view character = Peek();
  at_ += character.size();
  ++column_;
  return character;
}

absl::StatusOr<FilterToken> FilterLexer::Next() {
  while (at_ < text_.size() && IsSpace(text_[at_])) Take();
  FilterToken token;
  token.column = column_;
  if (at_ == text_.size()) return token;
  const char first = text_[at_];
  if (first == '"') return Quoted();
  if (IsOperator(first)) return Operator();
  if (first == '(' || first == ')') {
    token.kind = first == '(' ? FilterToken::Kind::kOpen : FilterToken::Kind::kClose;
    token.text = Take();
    return token;
  }
  if (!IsWord(first)) {
    return FilterError(column_,
                       fmt::format("a character 0x{:02x} cannot stand here: put it in quotes",
                                   static_cast<unsigned char>(first)));
  }
  token.kind = FilterToken::Kind::kWord;
  while (at_ < text_.size() && IsWord(text_[at_])) token.text += Take();
  return token;
}

FilterToken FilterLexer::Operator() {
  FilterToken token;
  token.kind = FilterToken::Kind::kOperator;
  token.column = column_;
  token.text = Take();
  if (token.text != "=" && Peek() == "=") token.text += Take();
  return token;
}

absl::StatusOr<FilterToken> FilterLexer::Quoted() {
  FilterToken token;
  token.kind = FilterToken::Kind::kQuoted;
  token.column = column_;
  Take();
  while (at_ < text_.size()) {
    const size_t column = column_;
    const std::string_view character = Take();
    if (character == "\"") return token;
    if (character != "\\") {
      token.text += character;
      continue;
    }
    const std::string_view escaped = Peek();
    if (escaped != "\"" && escaped != "\\") {
      return FilterError(column, "a backslash in quotes must be followed by \" or \\");
    }
    token.text += Take();
  }
  return FilterError(token.column, "this quote is not closed");
}

}  // namespace skald
