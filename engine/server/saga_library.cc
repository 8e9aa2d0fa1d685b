#include "engine/server/saga_library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <map>
#include <utility>

#include "base/status.h"
#include "engine/server/saga_library_trial.h"

namespace skald::server {
namespace {

// "0.1.0" -> "0.1", "1.4.2" -> "1": what must be the same, as in cmake/Install.cmake.
std::string_view Series(std::string_view version) {
  const size_t first = version.find('.');
  if (version.substr(0, first) != "0" || first == std::string_view::npos) {
    return version.substr(0, first);
  }
  return version.substr(0, version.find('.', first + 1));
}

// 3021012 -> "3.21.12"
std::string ProtobufVersion(uint32_t number) {
  return fmt::format("{}.{}.{}", number / 1'000'000, number / 1'000 % 1'000, number % 1'000);
}

absl::Status CheckFile(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    return InvalidArgument("{}; --sagas takes paths of shared libraries", std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return InvalidArgument("it is no file; --sagas takes paths of shared libraries");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Definition>> Read(const std::string& path) {
  // Without a slash the system would look along its own path for libraries, not here. Never closed:
  // the functions of the definitions are in it.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return InvalidArgument(
        "it cannot be loaded: {}; is it a shared library, and is all there that it was linked to "
        "(ldd tells)?",
        dlerror());
  }
  void* const symbol = dlsym(handle, kSagaLibrarySymbol);
  if (symbol == nullptr) {
    return InvalidArgument("it holds no sagas: write SKALD_SAGAS(...) of sagas/plugin.h into it");
  }
  const SagaLibrary* library = reinterpret_cast<const SagaLibrary* (*)()>(symbol)();
  if (library == nullptr) return InvalidArgument("{} returned nothing", kSagaLibrarySymbol);
  SKALD_RETURN_IF_ERROR(CheckFits(*library));
  std::vector<Definition> definitions;
  std::string error;
  if (!library->append(definitions, error)) {
    return InvalidArgument("making its definitions failed with: {}", error);
  }
  if (definitions.empty()) return InvalidArgument("there is no definition in it");
  return definitions;
}

absl::Status In(const std::string& path, const absl::Status& status) {
  return InvalidArgument("{}: {}", path, Message(status));
}

// Which library a definition came from, by label.
using Sources = std::map<std::string, std::string, std::less<>>;

// The registry's findings begin with "place_order@3: ": whose that is goes before it.
std::string WithSources(std::string_view findings, const Sources& sources) {
  std::string text;
  while (!findings.empty()) {
    const std::string_view line = findings.substr(0, findings.find('\n'));
    const auto source = sources.find(line.substr(0, line.find(':')));
    if (source != sources.end()) text += source->second + ": ";
    text += line;
    findings.remove_prefix(std::min(findings.size(), line.size() + 1));
    if (!findings.empty()) text += '\n';
  }
  return text;
}

}  // namespace

std::vector<std::string> SplitPaths(std::string_view paths) {
  std::vector<std::string> split;
  while (!paths.empty()) {
    const std::string_view part = paths.substr(0, paths.find(','));
    paths.remove_prefix(std::min(paths.size(), part.size() + 1));
    const size_t first = part.find_first_not_of(' ');
    if (first == std::string_view::npos) continue;
    split.emplace_back(part.substr(first, part.find_last_not_of(' ') + 1 - first));
  }
  return split;
}

absl::Status CheckFits(const SagaLibrary& library) {
  if (library.interface != kSagaLibraryInterface) {
    return InvalidArgument(
        "it was built for interface {} of sagas/plugin.h, this program has {}: build it with Skald "
        "{}",
        library.interface, kSagaLibraryInterface, internal::SkaldVersion());
  }
  if (std::string_view(library.toolchain) != internal::kToolchain) {
    return InvalidArgument(
        "it was built with {}, this program with {}: build both with the same compiler and "
        "libraries",
        library.toolchain, internal::kToolchain);
  }
  if (library.protobuf != GOOGLE_PROTOBUF_VERSION) {
    return InvalidArgument(
        "it was built with protobuf {}, this program with {}: build both with the same",
        ProtobufVersion(library.protobuf), ProtobufVersion(GOOGLE_PROTOBUF_VERSION));
  }
  const bool same_sizes = library.definition_size == sizeof(Definition) &&
                          library.node_size == sizeof(Node) && library.scope_size == sizeof(Scope);
  if (Series(library.skald) != Series(internal::SkaldVersion()) || !same_sizes) {
    return InvalidArgument(
        "it was built with Skald {}{}, this program is {}: build it with the headers of this one",
        library.skald, same_sizes ? "" : " (its definitions are laid out otherwise)",
        internal::SkaldVersion());
  }
  if (library.descriptor_pool != internal::DescriptorPoolInUse()) {
    return InvalidArgument(
        "it has a protobuf of its own in it, so that this program does not know its messages: link "
        "it to the shared libprotobuf");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Definition>> LoadSagaLibrary(const std::string& path) {
  if (const absl::Status file = CheckFile(path); !file.ok()) return In(path, file);
  // What it answers there it will answer here.
  const absl::Status trial = TryInAChild([&path] { Read(path).IgnoreError(); });
  if (!trial.ok()) return In(path, trial);
  absl::StatusOr<std::vector<Definition>> definitions = Read(path);
  if (!definitions.ok()) return In(path, definitions.status());
  return definitions;
}

absl::Status RegisterSagas(std::vector<Definition> own, const std::vector<std::string>& libraries,
                           Registry& registry) {
  Sources taken;
  for (const Definition& definition : own) taken.emplace(Label(definition), "this program");
  Sources sources;
  for (const std::string& path : libraries) {
    SKALD_ASSIGN_OR_RETURN(std::vector<Definition> loaded, LoadSagaLibrary(path));
    for (Definition& definition : loaded) {
      const std::string label = Label(definition);
      const auto [other, is_new] = taken.emplace(label, path);
      if (!is_new) {
        return InvalidArgument(
            "{}: {} is in {} already: give it another name or version, or leave one of them out",
            path, label, other->second);
      }
      sources.emplace(label, path);
      own.push_back(std::move(definition));
    }
  }
  const absl::Status added = registry.Add(std::move(own));
  if (added.ok()) return added;
  return InvalidArgument("{}", WithSources(Message(added), sources));
}

}  // namespace skald::server
