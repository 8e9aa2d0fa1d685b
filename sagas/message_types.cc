#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "sagas/evolution.h"

namespace skald {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorSet;

void AddFile(const FileDescriptor& file, std::set<std::string>& seen, FileDescriptorSet& files) {
  if (!seen.insert(file.name()).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) AddFile(*file.dependency(i), seen, files);
  file.CopyTo(files.add_file());
}

}  // namespace

std::vector<std::string> MessageTypesOf(const Definition& definition) {
  std::set<std::string> types = {definition.state_type};
  ForEachNode(definition.root, [&](const Node& node) {
    if (node.child.has_value()) types.insert(node.child->state_type);
    if (node.await.has_value()) types.insert(node.await->message_type);
  });
  return {types.begin(), types.end()};
}

absl::StatusOr<FileDescriptorSet> DescribeTypes(const std::vector<std::string>& types,
                                                const DescriptorPool& pool) {
  FileDescriptorSet files;
  std::set<std::string> seen;
  for (const std::string& type : std::set<std::string>(types.begin(), types.end())) {
    const Descriptor* descriptor = pool.FindMessageTypeByName(type);
    if (descriptor == nullptr) {
      return NotFound(
          "the message type '{}' is not linked into this program: link its generated "
          ".pb.cc",
          type);
    }
    AddFile(*descriptor->file(), seen, files);
  }
  return files;
}

}  // namespace skald
