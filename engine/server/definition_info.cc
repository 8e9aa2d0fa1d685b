#include "engine/server/definition_info.h"

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>
#include <string_view>

#include "sagas/fingerprint.h"
#include "sagas/lint.h"
#include "sagas/picture.h"

namespace skald::server {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorSet;

void SetDuration(absl::Duration value, google::protobuf::Duration& duration) {
  duration.set_seconds(absl::IDivDuration(value, absl::Seconds(1), &value));
  duration.set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(value)));
}

v1::DefinitionInfo::WhenKeyTaken ToWhenKeyTaken(const Definition& definition) {
  if (!definition.exclusive.has_value()) return v1::DefinitionInfo::WHEN_KEY_TAKEN_UNSPECIFIED;
  switch (definition.exclusive->when_taken) {
    case ExclusiveKey::WhenTaken::kReject: return v1::DefinitionInfo::REJECT;
    case ExclusiveKey::WhenTaken::kJoin: return v1::DefinitionInfo::JOIN;
    case ExclusiveKey::WhenTaken::kQueue: return v1::DefinitionInfo::QUEUE;
  }
  return v1::DefinitionInfo::WHEN_KEY_TAKEN_UNSPECIFIED;
}

void AddNode(const Node& node, v1::DefinitionInfo& info) {
  if (node.await.has_value()) {
    v1::AwaitedSignal& signal = *info.add_signals();
    signal.set_name(node.name);
    signal.set_path(node.path);
    signal.set_message_type(node.await->message_type);
    if (node.await->within != absl::InfiniteDuration()) {
      SetDuration(node.await->within, *signal.mutable_within());
    }
    if (node.await->Ends()) signal.set_otherwise(ToOtherwise(node.await->otherwise));
  }
  if (node.child.has_value()) {
    v1::ChildDefinition& child = *info.add_children();
    child.set_path(node.path);
    child.set_definition(node.child->definition);
    child.set_version(node.child->version);
  }
}

// The file and all that it imports, imports first.
void AddFile(const FileDescriptor& file, std::set<std::string>& seen, FileDescriptorSet& files) {
  if (!seen.insert(file.name()).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) AddFile(*file.dependency(i), seen, files);
  file.CopyTo(files.add_file());
}

void AddDescriptors(v1::DefinitionInfo& info) {
  std::set<std::string> types = {info.state_type()};
  for (const v1::AwaitedSignal& signal : info.signals()) types.insert(signal.message_type());
  std::set<std::string> seen;
  const auto& pool = *google::protobuf::DescriptorPool::generated_pool();
  for (const std::string& type : types) {
    const auto* descriptor = pool.FindMessageTypeByName(type);
    if (descriptor != nullptr)
      AddFile(*descriptor->file(), seen, *info.mutable_state_descriptors());
  }
}

// The outline's second line: "state shop.v1.OrderState".
std::string StateTypeOf(const std::string& outline) {
  constexpr std::string_view kStart = "\nstate ";
  const size_t found = outline.find(kStart);
  if (found == std::string::npos) return "";
  const size_t start = found + kStart.size();
  return outline.substr(start, outline.find('\n', start) - start);
}

}  // namespace

v1::DefinitionInfo ToDefinitionInfo(const Definition& definition, Detail detail) {
  v1::DefinitionInfo info;
  info.set_name(definition.name);
  info.set_version(definition.version);
  info.set_state_type(definition.state_type);
  info.set_fingerprint(definition.fingerprint);
  for (const std::string& participant : ParticipantsOf(definition)) {
    info.add_participants(participant);
  }
  if (definition.deadline != absl::InfiniteDuration()) {
    SetDuration(definition.deadline, *info.mutable_deadline());
  }
  info.set_when_key_taken(ToWhenKeyTaken(definition));
  ForEachNode(definition.root, [&](const Node& node) { AddNode(node, info); });
  if (detail == Detail::kRow) return info;
  info.set_mermaid(ToMermaid(definition));
  info.set_graphviz(ToGraphviz(definition));
  info.set_outline(CanonicalText(definition));
  for (const std::string& advice : Lint(definition)) info.add_advice(advice);
  AddDescriptors(info);
  return info;
}

v1::DefinitionInfo ToDefinitionInfo(const v1::DefinitionRecord& record, Detail detail) {
  v1::DefinitionInfo info;
  info.set_missing(true);
  info.set_name(record.name());
  info.set_version(record.version());
  info.set_fingerprint(record.fingerprint());
  info.set_state_type(StateTypeOf(record.outline()));
  if (detail == Detail::kRow) return info;
  info.set_outline(record.outline());
  // Bytes that do not parse are left out, like all that cannot be shown.
  if (!info.mutable_state_descriptors()->ParseFromString(record.descriptors())) {
    info.clear_state_descriptors();
  }
  return info;
}

}  // namespace skald::server
