#include "storage/labels_json.h"

#include <fmt/core.h>

namespace skald {
namespace {

void AppendString(const std::string& text, std::string& json) {
  json += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      json += c;
    }
  }
  json += '"';
}

}  // namespace

std::string ToJson(const google::protobuf::Map<std::string, std::string>& labels) {
  std::string json = "{";
  for (const auto& [key, value] : labels) {
    if (json.size() > 1) json += ',';
    AppendString(key, json);
    json += ':';
    AppendString(value, json);
  }
  return json + "}";
}

}  // namespace skald
