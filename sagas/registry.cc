#include "sagas/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "sagas/link.h"
#include "sagas/validate.h"

namespace skald {
namespace {

// What was found of several definitions, each thing once: a cycle is found from each of its ends.
class Findings final {
 public:
  void Add(const std::vector<std::string>& findings) {
    for (const std::string& finding : findings) Add(finding);
  }
  void Add(const std::string& finding) {
    if (std::find(all_.begin(), all_.end(), finding) == all_.end()) all_.push_back(finding);
  }
  bool empty() const { return all_.empty(); }
  std::string Text() const { return fmt::format("{}", fmt::join(all_, "\n")); }

 private:
  std::vector<std::string> all_;
};

std::string TakenText(const Definition& taken, const Definition& definition) {
  const bool same = taken.fingerprint == definition.fingerprint;
  return fmt::format("{} is registered already, with {}", Label(definition),
                     same ? "the same fingerprint: register it once"
                          : fmt::format("another fingerprint ({}, and this one has {}): give the "
                                        "changed definition a new version number",
                                        taken.fingerprint, definition.fingerprint));
}

}  // namespace

absl::Status Registry::Add(Definition definition) {
  std::vector<Definition> one;
  one.push_back(std::move(definition));
  return Add(std::move(one));
}

absl::Status Registry::Add(std::vector<Definition> definitions) {
  Findings findings;
  DefinitionTable table;
  for (const auto& [name, versions] : definitions_) {
    for (const auto& [version, definition] : versions) table[name][version] = &definition;
  }
  std::vector<const Definition*> good;
  for (Definition& definition : definitions) {
    Settle(definition);
    const std::vector<std::string> own = Validate(definition);
    findings.Add(own);
    if (own.empty()) good.push_back(&definition);
    table[definition.name].emplace(definition.version, own.empty() ? &definition : nullptr);
  }
  Findings taken;
  std::vector<Definition> linked;
  for (const Definition* definition : good) {
    Definition copy = *definition;
    const std::vector<std::string> mistakes = Link(copy, table);
    findings.Add(mistakes.empty() ? ValidateLinked(copy) : mistakes);
    if (!mistakes.empty()) continue;
    const auto same = [&](const Definition& other) {
      return other.name == copy.name && other.version == copy.version;
    };
    const Definition* twin = Find(copy.name, copy.version);
    const auto before = std::find_if(linked.begin(), linked.end(), same);
    if (twin == nullptr && before != linked.end()) twin = &*before;
    if (twin != nullptr) taken.Add(TakenText(*twin, copy));
    linked.push_back(std::move(copy));
  }
  if (!findings.empty()) {
    if (!taken.empty()) findings.Add(taken.Text());
    return InvalidArgument("{}", findings.Text());
  }
  if (!taken.empty()) return Error(StatusCode::kAlreadyExists, "{}", taken.Text());
  for (Definition& definition : linked) {
    std::map<int, Definition>& versions = definitions_[definition.name];
    const int version = definition.version;
    versions.emplace(version, std::move(definition));
  }
  return absl::OkStatus();
}

const Definition* Registry::Find(const std::string& name, int version) const {
  const auto versions = definitions_.find(name);
  if (versions == definitions_.end()) return nullptr;
  if (version == 0) return &versions->second.rbegin()->second;
  const auto found = versions->second.find(version);
  return found == versions->second.end() ? nullptr : &found->second;
}

std::vector<int> Registry::Versions(const std::string& name) const {
  std::vector<int> numbers;
  if (const auto versions = definitions_.find(name); versions != definitions_.end()) {
    for (const auto& [number, definition] : versions->second) numbers.push_back(number);
  }
  return numbers;
}

std::vector<const Definition*> Registry::All() const {
  std::vector<const Definition*> all;
  for (const auto& [name, versions] : definitions_) {
    for (const auto& [number, definition] : versions) all.push_back(&definition);
  }
  return all;
}

}  // namespace skald
