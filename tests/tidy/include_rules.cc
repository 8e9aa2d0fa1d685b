#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/rules.h"

namespace skald::tidy {
namespace {

// A file belongs to the room with the longest folder that its path begins with. It may include its
// own room and whatever begins with one of `may_include`. docs/ARCHITECTURE.md gives the reasons.
struct Room {
  std::string_view folder;
  std::vector<std::string_view> may_include;
};

const std::vector<Room>& Rooms() {
  static const std::vector<Room> kRooms = {
      {"base/", {}},
      {"proto/", {}},
      {"sagas/", {"base/", "proto/"}},
      {"engine/core/",
       {"base/check.h", "base/clock.h", "base/hash.h", "base/rejection.h", "base/status.h",
        "base/text.h", "sagas/definition.h", "sagas/retry_policy.h", "proto/"}},
      {"engine/runtime/",
       {"base/", "engine/core/", "sagas/definition.h", "sagas/registry.h", "sagas/retry_policy.h",
        "storage/filter.h", "storage/in_doubt.h", "storage/store.h", "proto/"}},
      {"engine/server/",
       {"base/", "sagas/", "engine/", "storage/", "participant/", "admin/", "proto/"}},
      {"storage/", {"base/", "proto/"}},
      {"participant/", {"base/", "proto/"}},
      {"tester/", {"base/", "sagas/", "engine/core/", "proto/"}},
      {"admin/", {"base/", "proto/"}},
  };
  return kRooms;
}

// Headers that show a stub or a type of gRPC because their purpose is to. Each file that sees one
// costs a compiler 5 s and 340 MB.
constexpr std::string_view kGrpcHeaders[] = {
    "engine/server/",
    "participant/",
    "sagas/rpc.h",
};

// A library, and the only places of ours that may know it.
struct Library {
  std::string_view include;
  std::vector<std::string_view> places;
};

const std::vector<Library>& Libraries() {
  static const std::vector<Library> kLibraries = {
      {"grpcpp/",
       {"engine/runtime/grpc_", "engine/server/", "participant/", "admin/", "sagas/rpc.h"}},
      {"pqxx/", {"storage/postgres/", "participant/postgres_"}},
      {"libpq-fe.h", {"storage/postgres/"}},
      {"sqlite3.h", {"storage/sqlite/", "participant/sqlite_"}},
      {"yaml-cpp/", {"engine/server/", "admin/"}},
      {"CLI/", {"engine/server/", "admin/"}},
      {"spdlog/", {"engine/server/", "engine/runtime/"}},
      {"openssl/", {"base/", "engine/server/"}},
  };
  return kLibraries;
}

struct Include {
  int line = 0;
  std::string_view path;
};

std::vector<Include> IncludesOf(const File& file) {
  std::vector<Include> includes;
  int number = 0;
  for (std::string_view line : Lines(file.text)) {
    ++number;
    constexpr std::string_view kDirective = "#include ";
    if (!line.starts_with(kDirective)) continue;
    line.remove_prefix(kDirective.size());
    const bool quoted = line.starts_with('"');
    const size_t end = line.find(quoted ? '"' : '>', 1);
    if (end != std::string_view::npos) includes.push_back({number, line.substr(1, end - 1)});
  }
  return includes;
}

bool StartsWithAny(std::string_view path, const auto& beginnings) {
  return std::any_of(std::begin(beginnings), std::end(beginnings),
                     [&](std::string_view beginning) { return path.starts_with(beginning); });
}

const Room* RoomOf(std::string_view path) {
  const Room* found = nullptr;
  for (const Room& room : Rooms()) {
    const bool closer = found == nullptr || room.folder.size() > found->folder.size();
    if (path.starts_with(room.folder) && closer) found = &room;
  }
  return found;
}

// Where the included file comes from, if from us: generated code comes from proto/.
std::string Origin(std::string_view include) {
  static constexpr std::string_view kGenerated[] = {"skald/v1/", "google/rpc/", "grpc/health/"};
  static constexpr std::string_view kOurs[] = {"base/",        "sagas/",     "engine/", "storage/",
                                               "participant/", "tester/",    "admin/",  "examples/",
                                               "tests/",       "benchmarks/"};
  if (StartsWithAny(include, kGenerated)) return fmt::format("proto/{}", include);
  return StartsWithAny(include, kOurs) ? std::string(include) : std::string();
}

bool IsGrpc(std::string_view include) {
  return include.starts_with("grpcpp/") || include.starts_with("grpc/grpc") ||
         include.ends_with(".grpc.pb.h");
}

std::string Joined(const std::vector<std::string_view> words) {
  std::string text;
  for (std::string_view word : words) text += fmt::format("{}{}", text.empty() ? "" : ", ", word);
  return text.empty() ? "nothing of ours" : text;
}

}  // namespace

std::vector<Finding> IncludesStayInTheirRooms(const Tree& tree) {
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    const Room* room = RoomOf(file.path);
    if (!IsCode(file) || IsForTests(file) || room == nullptr) continue;
    for (const Include& include : IncludesOf(file)) {
      const std::string origin = Origin(include.path);
      if (origin.empty() || origin.starts_with(room->folder)) continue;
      if (StartsWithAny(origin, room->may_include)) continue;
      findings.push_back(
          {file.path, include.line,
           fmt::format("{} may not include {}; it may include {}. Move the code, or hand it in "
                       "through an interface",
                       room->folder, include.path, Joined(room->may_include))});
    }
  }
  return findings;
}

std::vector<Finding> HeadersAreFreeOfGrpc(const Tree& tree) {
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    if (!IsHeader(file) || IsForTests(file) || StartsWithAny(file.path, kGrpcHeaders)) continue;
    for (const Include& include : IncludesOf(file)) {
      if (!IsGrpc(include.path)) continue;
      findings.push_back({file.path, include.line,
                          fmt::format("a header includes {}; declare forward, or move it into the "
                                      ".cc behind an Impl",
                                      include.path)});
    }
  }
  return findings;
}

std::vector<Finding> LibrariesStayWhereTheyBelong(const Tree& tree) {
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    if (!IsCode(file) || IsForTests(file)) continue;
    for (const Include& include : IncludesOf(file)) {
      for (const Library& library : Libraries()) {
        if (!include.path.starts_with(library.include)) continue;
        if (StartsWithAny(file.path, library.places)) continue;
        findings.push_back({file.path, include.line,
                            fmt::format("{} is for {} only; use our interface to it", include.path,
                                        Joined(library.places))});
      }
    }
  }
  return findings;
}

std::vector<Finding> TheCoreIsPure(const Tree& tree) {
  static constexpr std::string_view kImpure[] = {
      "Now(",         "Clock&",    "std::thread", "std::mutex", "skald::Mutex", "std::random",
      "std::mt19937", "std::cout", "std::cerr",   "getenv",     "spdlog",       "fstream"};
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    if (!file.path.starts_with("engine/core/") || !IsCode(file) || IsForTests(file)) continue;
    const std::string code = WithoutCommentsAndStrings(file.text);
    int number = 0;
    for (std::string_view line : Lines(code)) {
      ++number;
      for (std::string_view impure : kImpure) {
        if (line.find(impure) == std::string_view::npos) continue;
        findings.push_back({file.path, number,
                            fmt::format("{} in the core; time, chance and I/O come to it as events "
                                        "or leave it as effects",
                                        impure)});
      }
    }
  }
  return findings;
}

}  // namespace skald::tidy
