// Definitions that come along for trying: a server offers those whose participants it can reach.
//
// Threading: plain functions.
#ifndef SKALD_ENGINE_SERVER_EXAMPLES_H_
#define SKALD_ENGINE_SERVER_EXAMPLES_H_

#include <string>
#include <vector>

#include "engine/server/config.h"
#include "sagas/definition.h"

namespace skald::server {

struct ExampleChoice {
  std::vector<Definition> offered;
  // One sentence for each that is left out: which, and what it lacks.
  std::vector<std::string> left_out;
};

// Leaves out those that call a participant without an address, and those with a child that is left
// out.
ExampleChoice ChooseExamples(std::vector<Definition> examples, const Config& config);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_EXAMPLES_H_
