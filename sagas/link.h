// Makes a definition complete: what follows from where its nodes stand (Settle), and the nodes of
// the definitions that it contains (Link).
//
//   Settle(definition);                                          // as Flow::Build() does
//   for (const std::string& finding : Link(definition, others))  // as the registry does
//
// Pure functions, usable from any thread.
#ifndef SKALD_SAGAS_LINK_H_
#define SKALD_SAGAS_LINK_H_

#include <map>
#include <string>
#include <vector>

#include "sagas/definition.h"
#include "sagas/validate.h"

namespace skald {

// Computes the paths, which steps are retriable, the retry policies that the author did not give,
// and the fingerprint. Repeated, it changes nothing. A tree deeper than kDeepest is left as it is:
// Validate refuses it.
void Settle(Definition& definition);

// Definitions by name and version. Null: there is one, but it has findings of its own.
using DefinitionTable = std::map<std::string, std::map<int, const Definition*>>;

// Puts a copy of the other definition's nodes under every kChild of `definition`, children of
// children included, and settles it again. What was under a kChild before is dropped.
//
// A child after the pivot of `definition` only goes forward: its copy has no compensations, and
// its own pivot is a step like the others. Before it, a pivot in the child counts as one of
// `definition`.
//
// Returns one message per mistake, each naming definition, node and what to do: a child that is not
// in `others`, one whose state is of another type, definitions that contain one another, children
// nested deeper than `limits.nesting`, more than `limits.nodes` nodes. Empty: it is linked.
// Otherwise `definition` is of no use.
[[nodiscard]] std::vector<std::string> Link(Definition& definition, const DefinitionTable& others,
                                            const ValidationLimits& limits = {});

}  // namespace skald

#endif  // SKALD_SAGAS_LINK_H_
