// A definition that can be tested: validated, and linked with its children, as a server would.
//
//   const skald::Testable order(PlaceOrder());
//   const skald::Testable order({PlaceOrder(), ShipOrder()}, "place_order");
//
// The constructors throw TestFailure with every finding if a server would not start with these
// definitions. Immutable: copies are cheap, and may be used from any thread.
#ifndef SKALD_TESTER_TESTABLE_H_
#define SKALD_TESTER_TESTABLE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sagas/definition.h"

namespace skald {

class Testable final {
 public:
  // One that has no children.
  Testable(Definition definition);  // NOLINT: authors write SagaTester<State> saga(PlaceOrder()).

  // `definitions`: the one that is tested and those that it contains, in any order. `version` 0:
  // the newest.
  Testable(std::vector<Definition> definitions, const std::string& name, int version = 0);

  [[nodiscard]] const Definition& definition() const { return *definition_; }

  // Throws TestFailure unless its sagas have this type of state.
  void CheckStateType(std::string_view type) const;

 private:
  std::shared_ptr<const Definition> definition_;
};

}  // namespace skald

#endif  // SKALD_TESTER_TESTABLE_H_
