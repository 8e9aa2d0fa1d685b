// The definitions that a server can run, several versions of each.
//
//   Registry registry;
//   SKALD_RETURN_IF_ERROR(registry.Add({PlaceOrder(), ShipParcel()}));
//   const Definition* definition = registry.Find("place_order", 3);
//
// Filled at start-up, immutable (and so usable from any thread) afterwards.
#ifndef SKALD_SAGAS_REGISTRY_H_
#define SKALD_SAGAS_REGISTRY_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "sagas/definition.h"

namespace skald {

class Registry final {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // All of them or none, in any order: a definition's children may be among them or registered
  // already. What is registered is linked (sagas/link.h): it holds the nodes of its children.
  // Paths, policies that the author did not give, and fingerprints are computed anew.
  //
  // INVALID_ARGUMENT: Validate or Link found something; the message holds every finding, one in a
  // line. ALREADY_EXISTS: nothing but names and versions that are taken; the message says whether
  // the fingerprints agree.
  absl::Status Add(std::vector<Definition> definitions);
  absl::Status Add(Definition definition);

  // Null if there is none. `version` 0: the newest. The pointer lives as long as the registry.
  const Definition* Find(const std::string& name, int version) const;

  // Versions of `name`, rising; empty if there is none.
  std::vector<int> Versions(const std::string& name) const;

  // All of them, by name, then version.
  std::vector<const Definition*> All() const;

 private:
  std::map<std::string, std::map<int, Definition>> definitions_;
};

}  // namespace skald

#endif  // SKALD_SAGAS_REGISTRY_H_
