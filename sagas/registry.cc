#include "sagas/registry.h"

#include <fmt/format.h>

#include <utility>

#include "base/status.h"
#include "sagas/fingerprint.h"
#include "sagas/validate.h"

namespace skald {

absl::Status Registry::Add(Definition definition) {
  if (const std::vector<std::string> findings = Validate(definition); !findings.empty()) {
    return InvalidArgument("{}", fmt::join(findings, "\n"));
  }
  definition.fingerprint = Fingerprint(definition);
  std::map<int, Definition>& versions = definitions_[definition.name];
  if (const auto taken = versions.find(definition.version); taken != versions.end()) {
    const bool same = taken->second.fingerprint == definition.fingerprint;
    return Error(StatusCode::kAlreadyExists, "{} is registered already, with {}", Label(definition),
                 same ? "the same fingerprint: register it once"
                      : fmt::format("another fingerprint ({}, and this one has {}): give the "
                                    "changed definition a new version number",
                                    taken->second.fingerprint, definition.fingerprint));
  }
  const int version = definition.version;
  versions.emplace(version, std::move(definition));
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
