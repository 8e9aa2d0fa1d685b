#include "sagas/rpc.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace skald {
namespace {

bool IsUpper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool IsLower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }
bool IsIdentifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
char ToLower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// "shop::{anonymous}::Inventory" -> "shop.Inventory"
std::string Dotted(std::string_view qualified) {
  std::string dotted;
  while (!qualified.empty()) {
    const size_t end = std::min(qualified.find("::"), qualified.size());
    const std::string_view part = qualified.substr(0, end);
    qualified.remove_prefix(std::min(end + 2, qualified.size()));
    // "{anonymous}" of g++, "(anonymous namespace)" of clang.
    if (part.empty() || !IsIdentifier(part.front())) continue;
    if (!dotted.empty()) dotted += '.';
    dotted += part;
  }
  return dotted;
}

}  // namespace

namespace internal {

std::string MethodNameFrom(std::string_view pretty) {
  // The stub's class stands directly before the method: the last occurrence, because packages and
  // services may be called Stub too.
  size_t at = std::string_view::npos;
  size_t method = 0;
  for (const char* const name : {"::Stub::", "::StubInterface::"}) {
    const std::string_view stub(name);
    const size_t found = pretty.rfind(stub);
    if (found == std::string_view::npos || found + stub.size() <= method) continue;
    at = found;
    method = found + stub.size();
  }
  if (at == std::string_view::npos) return "";
  const size_t ampersand = pretty.rfind('&', at);
  if (ampersand == std::string_view::npos) return "";
  size_t begin = ampersand + 1;
  while (begin < at && pretty[begin] == ' ') ++begin;
  size_t end = method;
  while (end < pretty.size() && IsIdentifier(pretty[end])) ++end;
  const std::string service = Dotted(pretty.substr(begin, at - begin));
  if (service.empty() || end == method) return "";
  return fmt::format("/{}/{}", service, pretty.substr(method, end - method));
}

}  // namespace internal

std::string DefaultParticipant(std::string_view method) {
  const size_t slash = method.rfind('/');
  std::string_view service =
      method.substr(0, slash == std::string_view::npos ? method.size() : slash);
  const size_t last = service.find_last_of("./");
  if (last != std::string_view::npos) service.remove_prefix(last + 1);
  std::string snake;
  for (size_t i = 0; i < service.size(); ++i) {
    // A word begins at "aB", and at the last capital of "HTTPGateway".
    if (i > 0 && IsUpper(service[i]) && service[i - 1] != '_' &&
        (!IsUpper(service[i - 1]) || (i + 1 < service.size() && IsLower(service[i + 1])))) {
      snake += '_';
    }
    snake += ToLower(service[i]);
  }
  return snake;
}

}  // namespace skald
