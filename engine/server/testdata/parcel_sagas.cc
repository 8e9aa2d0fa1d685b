// A library of sagas as it should be: send_parcel@1, on a message that no program of ours holds.
// Skald's lint has something to say about it.
#include "engine/runtime/nodes_harness.h"
#include "engine/server/testdata/parcel.pb.h"
#include "sagas/plugin.h"

namespace {

skald::Definition SendParcel() {
  namespace nodes = skald::runtime::nodes;
  const std::string type = skald::server::testdata::Parcel().GetTypeName();
  skald::Node await{.kind = skald::Node::Kind::kAwait, .name = "delivered"};
  await.await = skald::AwaitPart{.message_type = type, .keep = nodes::Unchanged};
  skald::Definition definition =
      nodes::Tree("send_parcel", /*version=*/1, {nodes::Step("pack"), std::move(await)});
  definition.state_type = type;
  return definition;
}

}  // namespace

SKALD_SAGAS(SendParcel())
