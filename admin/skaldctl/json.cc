#include "admin/skaldctl/json.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "admin/skaldctl/text.h"
#include "base/status.h"

namespace skald::ctl {
namespace {

constexpr int kDeepest = 100;

// Appends one character of a string's inside, escaped where a terminal would obey it.
void AppendCharacter(uint32_t code_point, std::string_view bytes, std::string& out) {
  if (!IsUnprintable(code_point)) {
    out += bytes;
  } else if (code_point <= 0xFFFF) {
    out += fmt::format("\\u{:04x}", code_point);
  } else {
    const uint32_t rest = code_point - 0x10000;
    out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
  }
}

// Recursive descent over the text; the first error ends it.
class Parser final {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<Json> Parse() {
    Json json;
    SkipSpace();
    if (!Value(json, 0)) return error_;
    SkipSpace();
    if (at_ < text_.size()) return Fail("the end"), error_;
    return json;
  }

 private:
  [[nodiscard]] bool Is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  [[nodiscard]] bool IsDigit() const {
    return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9';
  }
  bool Take(char c) {
    if (!Is(c)) return false;
    ++at_;
    return true;
  }
  void SkipSpace() {
    while (Is(' ') || Is('\n') || Is('\t') || Is('\r')) ++at_;
  }

  bool FailWith(std::string_view what) {
    const std::string_view before = text_.substr(0, at_);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const size_t line_start =
        before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    error_ = InvalidArgument("line {}, column {}: {}", line,
                             DisplayWidth(before.substr(line_start)) + 1, what);
    return false;
  }
  bool Fail(std::string_view expected) {
    std::string_view rest = text_.substr(at_);
    const std::string found =
        rest.empty() ? "the end"
                     : fmt::format("'{}'", Printable(rest.substr(0, FirstLength(rest))));
    return FailWith(fmt::format("expected {}, found {}", expected, found));
  }
  static size_t FirstLength(std::string_view text) {
    std::string_view rest = text;
    TakeCharacter(rest);
    return text.size() - rest.size();
  }

  bool Value(Json& json, int depth) {
    if (depth > kDeepest) return FailWith(fmt::format("nested more than {} deep", kDeepest));
    if (Is('{')) return Object(json, depth);
    if (Is('[')) return Array(json, depth);
    if (Is('"')) {
      json.kind = Json::Kind::kString;
      return String(json.text);
    }
    if (Is('-') || IsDigit()) return Number(json.text);
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      json.text = word;
      return true;
    }
    return Fail("a value");
  }

  bool Object(Json& json, int depth) {
    json.kind = Json::Kind::kObject;
    Take('{');
    SkipSpace();
    if (Take('}')) return true;
    do {
      SkipSpace();
      if (!Is('"')) return Fail("a member's name in double quotes");
      if (!String(json.keys.emplace_back())) return false;
      SkipSpace();
      if (!Take(':')) return Fail("':'");
      SkipSpace();
      if (!Value(json.children.emplace_back(), depth + 1)) return false;
      SkipSpace();
    } while (Take(','));
    return Take('}') || Fail("',' or '}'");
  }

  bool Array(Json& json, int depth) {
    json.kind = Json::Kind::kArray;
    Take('[');
    SkipSpace();
    if (Take(']')) return true;
    do {
      SkipSpace();
      if (!Value(json.children.emplace_back(), depth + 1)) return false;
      SkipSpace();
    } while (Take(','));
    return Take(']') || Fail("',' or ']'");
  }

  bool String(std::string& out) {
    Take('"');
    out = '"';
    while (at_ < text_.size() && !Is('"')) {
      if (Is('\\')) {
        if (!Escape(out)) return false;
        continue;
      }
      if (static_cast<unsigned char>(text_[at_]) < 0x20) {
        return FailWith("a control character in a string: write it as an escape");
      }
      std::string_view rest = text_.substr(at_);
      const size_t length = FirstLength(rest);
      const uint32_t code_point = TakeCharacter(rest);
      if (code_point == 0xFFFD && length == 1) return FailWith("a byte that is not UTF-8");
      AppendCharacter(code_point, text_.substr(at_, length), out);
      at_ += length;
    }
    out += '"';
    return Take('"') || Fail("a closing '\"'");
  }

  bool Escape(std::string& out) {
    const size_t start = at_;
    Take('\\');
    constexpr std::string_view kSimple = "\"\\/bfnrt";
    if (at_ < text_.size() && kSimple.find(text_[at_]) != std::string_view::npos) {
      ++at_;
    } else if (Take('u')) {
      constexpr std::string_view kHex = "0123456789abcdefABCDEF";
      for (int i = 0; i < 4; ++i, ++at_) {
        if (at_ >= text_.size() || kHex.find(text_[at_]) == std::string_view::npos) {
          return Fail("four hexadecimal digits after '\\u'");
        }
      }
    } else {
      return Fail("one of \" \\ / b f n r t u after '\\'");
    }
    out += text_.substr(start, at_ - start);
    return true;
  }

  bool Digits() {
    if (!IsDigit()) return Fail("a digit");
    while (IsDigit()) ++at_;
    return true;
  }

  bool Number(std::string& out) {
    const size_t start = at_;
    Take('-');
    if (!Take('0') && !Digits()) return false;
    if (Take('.') && !Digits()) return false;
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!Digits()) return false;
    }
    out = text_.substr(start, at_ - start);
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  Status error_;
};

// True for a word that YAML reads as the very same string when it stands without quotes.
bool IsPlainYaml(std::string_view inside) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto inner = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/' ||
           c == '@';
  };
  if (inside.empty() || !letter(inside[0])) return false;
  if (!std::all_of(inside.begin(), inside.end(), inner)) return false;
  std::string lower(inside);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  constexpr std::array<std::string_view, 9> kWords = {"true", "false", "yes", "no", "on",
                                                      "off",  "null",  "y",   "n"};
  return std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
}

std::string YamlScalar(std::string_view json_text) {
  if (json_text.size() >= 2 && json_text.front() == '"') {
    const std::string_view inside = json_text.substr(1, json_text.size() - 2);
    if (IsPlainYaml(inside)) return std::string(inside);
  }
  return std::string(json_text);
}

void AppendYaml(const Json& json, size_t indent, std::string& out) {
  for (size_t i = 0; i < json.children.size(); ++i) {
    const Json& child = json.children[i];
    // The first line of an array's item stands right behind its dash.
    if (i > 0) out.append(indent, ' ');
    const bool is_object = json.kind == Json::Kind::kObject;
    out += is_object ? YamlScalar(json.keys[i]) + ":" : "-";
    if (child.children.empty()) {
      out += ' ';
      out += child.kind == Json::Kind::kObject  ? "{}"
             : child.kind == Json::Kind::kArray ? "[]"
                                                : YamlScalar(child.text);
      out += '\n';
    } else if (is_object) {
      out += '\n';
      out.append(indent + 2, ' ');
      AppendYaml(child, indent + 2, out);
    } else {
      out += ' ';
      AppendYaml(child, indent + 2, out);
    }
  }
}

// `indent`: nothing for one line.
void AppendJson(const Json& json, std::optional<size_t> indent, std::string& out) {
  if (json.kind != Json::Kind::kObject && json.kind != Json::Kind::kArray) {
    out += json.text;
    return;
  }
  const bool is_object = json.kind == Json::Kind::kObject;
  const auto new_line = [&](size_t depth) {
    if (indent) out.append("\n").append(depth, ' ');
  };
  out += is_object ? '{' : '[';
  std::optional<size_t> inner;
  if (indent) inner = *indent + 2;
  for (size_t i = 0; i < json.children.size(); ++i) {
    if (i > 0) out += ',';
    new_line(inner.value_or(0));
    if (is_object) out.append(json.keys[i]).append(indent ? ": " : ":");
    AppendJson(json.children[i], inner, out);
  }
  if (!json.children.empty()) new_line(indent.value_or(0));
  out += is_object ? '}' : ']';
}

}  // namespace

Json Json::String(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::string_view before = text;
    const uint32_t code_point = TakeCharacter(text);
    const std::string_view bytes = before.substr(0, before.size() - text.size());
    if (code_point == 0xFFFD) {
      quoted += "\xEF\xBF\xBD";
      continue;
    }
    if (code_point == '"' || code_point == '\\') quoted += '\\';
    AppendCharacter(code_point, bytes, quoted);
  }
  quoted += '"';
  return {.kind = Kind::kString, .text = std::move(quoted), .keys = {}, .children = {}};
}

void Json::AddMember(std::string_view key, Json value) {
  keys.push_back(String(key).text);
  children.push_back(std::move(value));
}

absl::StatusOr<Json> ParseJson(std::string_view text) { return Parser(text).Parse(); }

std::string ToCompactJson(const Json& json) {
  std::string out;
  AppendJson(json, std::nullopt, out);
  return out;
}

std::string ToPrettyJson(const Json& json) {
  std::string out;
  AppendJson(json, 0, out);
  return out + "\n";
}

std::string ToYaml(const Json& json) {
  if (json.children.empty()) {
    const bool is_scalar =
        json.kind == Json::Kind::kString || json.kind == Json::Kind::kNumberOrWord;
    return (is_scalar ? YamlScalar(json.text) : ToCompactJson(json)) + "\n";
  }
  std::string out;
  AppendYaml(json, 0, out);
  return out;
}

Json ToJson(const google::protobuf::Message& message) {
  std::string text;
  if (google::protobuf::util::MessageToJsonString(message, &text).ok()) {
    if (absl::StatusOr<Json> json = ParseJson(text); json.ok()) return *std::move(json);
  }
  // A server of another make may send a time out of range, which has no JSON.
  return Json::String(message.ShortDebugString());
}

Json ToJson(const v1::Saga& saga) {
  v1::Saga known = saga;
  known.clear_state();
  known.clear_state_json();
  Json json = ToJson(static_cast<const google::protobuf::Message&>(known));
  if (saga.state_json().empty()) return json;
  absl::StatusOr<Json> state = ParseJson(saga.state_json());
  // Better a state as text than none.
  json.AddMember("state", state.ok() ? *std::move(state) : Json::String(saga.state_json()));
  return json;
}

Json ToJson(const v1::DefinitionInfo& definition) {
  v1::DefinitionInfo known = definition;
  known.clear_state_descriptors();
  return ToJson(static_cast<const google::protobuf::Message&>(known));
}

}  // namespace skald::ctl
