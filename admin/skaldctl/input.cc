#include "admin/skaldctl/input.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "admin/skaldctl/json.h"
#include "admin/skaldctl/text.h"
#include "base/status.h"

namespace skald::ctl {
namespace {

// Far more than any server takes; keeps an endless file from filling the memory.
constexpr size_t kLargestInput = 16 * 1024 * 1024;

StatusOr<std::string> ReadAll(std::FILE* file, const std::string& name) {
  std::string text;
  std::array<char, 65536> buffer;
  errno = 0;
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), file)) {
    text.append(buffer.data(), size);
    if (text.size() > kLargestInput) {
      return InvalidArgument("{} is larger than 16 MiB", name);
    }
  }
  if (std::ferror(file) != 0) {
    return InvalidArgument("cannot read {}: {}", name, std::strerror(errno));
  }
  return text;
}

StatusOr<std::string> ReadFile(const std::string& path) {
  const std::string name = Printable(path);
  if (path.empty()) return InvalidArgument("no file is named after the @");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (file == nullptr) {
    return InvalidArgument("cannot open {}: {}", name, std::strerror(errno));
  }
  return ReadAll(file.get(), name);
}

StatusOr<std::string> Read(const std::string& argument) {
  std::string text = argument;
  std::string source = "the argument";
  if (argument == "-") {
    source = "stdin";
    SKALD_ASSIGN_OR_RETURN(text, ReadAll(stdin, source));
  } else if (argument.substr(0, 1) == "@") {
    source = Printable(argument.substr(1));
    SKALD_ASSIGN_OR_RETURN(text, ReadFile(argument.substr(1)));
  }
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return InvalidArgument("{} is empty: an empty message is written {{}}", source);
  }
  const auto json = ParseJson(text);
  // Protobuf takes more than JSON's grammar has, names without quotes for one; so do we.
  google::protobuf::Value value;
  if (!json.ok() && !google::protobuf::util::JsonStringToMessage(text, &value).ok()) {
    return InvalidArgument("{} is not JSON: {}", source, Message(json.status()));
  }
  return text;
}

}  // namespace

StatusOr<std::string> ReadJsonInput(const std::string& flag, const std::string& argument) {
  StatusOr<std::string> text = Read(argument);
  if (text.ok()) return text;
  return InvalidArgument("{}: {}", flag, Message(text.status()));
}

}  // namespace skald::ctl
