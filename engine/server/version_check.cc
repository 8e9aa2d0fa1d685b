#include "engine/server/version_check.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "sagas/definition_diff.h"
#include "sagas/evolution.h"
#include "sagas/fingerprint.h"

namespace skald::server {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptorSet;

// The newest version of each definition, in the registry or in the store.
std::map<std::string, int> NewestVersions(const Registry& registry,
                                          const std::vector<v1::DefinitionRecord>& records) {
  std::map<std::string, int> newest;
  for (const Definition* definition : registry.All()) {
    int& version = newest[definition->name];
    version = std::max(version, definition->version);
  }
  for (const v1::DefinitionRecord& record : records) {
    int& version = newest[record.name()];
    version = std::max(version, record.version());
  }
  return newest;
}

std::string ChangeText(const Definition& definition, const v1::DefinitionRecord& record,
                       int newest) {
  const std::vector<std::string> changes =
      DescribeChanges(record.outline(), CanonicalText(definition));
  return fmt::format(
      "{} has changed since its first saga: {}: make it version {}, and give version {} back its "
      "old form",
      Label(definition), fmt::join(changes, "; "), newest + 1, definition.version);
}

// A message type may be in several definitions: what is the matter with it is said once.
class MessageFindings {
 public:
  explicit MessageFindings(VersionFindings& findings) : findings_(findings) {}

  void Compare(const Definition& definition, const v1::DefinitionRecord& record) {
    FileDescriptorSet stored;
    if (!stored.ParseFromString(record.descriptors())) {
      findings_.errors.push_back(
          fmt::format("{}: the stored form of its message types does not parse: the store is "
                      "damaged",
                      Label(definition)));
      return;
    }
    for (EvolutionFinding& finding :
         CheckEvolution(stored, MessageTypesOf(definition), *DescriptorPool::generated_pool())) {
      if (!seen_.insert(finding.message).second) continue;
      const bool is_error = finding.level == EvolutionFinding::Level::kError;
      std::vector<std::string>& list = is_error ? findings_.errors : findings_.warnings;
      list.push_back(fmt::format("{}: {}", Label(definition), finding.message));
    }
  }

 private:
  VersionFindings& findings_;
  std::set<std::string> seen_;
};

}  // namespace

absl::StatusOr<std::map<std::string, v1::DefinitionRecord>> DefinitionRecords(
    const Registry& registry) {
  std::map<std::string, v1::DefinitionRecord> records;
  for (const Definition* definition : registry.All()) {
    const std::vector<std::string> types = MessageTypesOf(*definition);
    const auto files = DescribeTypes(types, *DescriptorPool::generated_pool());
    if (!files.ok()) {
      return InvalidArgument("{}: {}", Label(*definition), Message(files.status()));
    }
    v1::DefinitionRecord& record = records[Label(*definition)];
    record.set_name(definition->name);
    record.set_version(definition->version);
    record.set_fingerprint(definition->fingerprint);
    record.set_outline(CanonicalText(*definition));
    record.set_descriptors(files->SerializeAsString());
    record.mutable_message_types()->Assign(types.begin(), types.end());
  }
  return records;
}

absl::StatusOr<VersionFindings> CompareVersions(const Registry& registry, Store& store) {
  SKALD_ASSIGN_OR_RETURN(const std::vector<v1::DefinitionRecord> records, store.ListDefinitions());
  const std::map<std::string, int> newest = NewestVersions(registry, records);
  VersionFindings findings;
  MessageFindings messages(findings);
  for (const v1::DefinitionRecord& record : records) {
    const Definition* definition = registry.Find(record.name(), record.version());
    if (record.version() == 0 || definition == nullptr) continue;
    if (definition->fingerprint != record.fingerprint()) {
      findings.errors.push_back(ChangeText(*definition, record, newest.at(record.name())));
    }
    messages.Compare(*definition, record);
  }
  return findings;
}

}  // namespace skald::server
