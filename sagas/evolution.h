// Whether today's program still reads what yesterday's wrote: messages are stored while sagas run,
// and may change by protobuf's rules only.
//
//   const std::vector<std::string> types = MessageTypesOf(definition);
//   // With the definition's first saga:
//   SKALD_ASSIGN_OR_RETURN(FileDescriptorSet stored, DescribeTypes(types, *generated_pool));
//   // Whenever a server starts:
//   for (const EvolutionFinding& finding : CheckEvolution(stored, types, *generated_pool)) ...
//
// Pure functions, usable from any thread.
#ifndef SKALD_SAGAS_EVOLUTION_H_
#define SKALD_SAGAS_EVOLUTION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sagas/definition.h"

namespace google::protobuf {
class DescriptorPool;
class FileDescriptorSet;
}  // namespace google::protobuf

namespace skald {

struct EvolutionFinding {
  enum class Level {
    // What is stored would be lost, or read as something else.
    kError,
    // What is stored is read well, but people, JSON or a later change may be surprised.
    kWarning,
  };
  Level level = Level::kError;
  // "shop.v1.OrderState.total (number 3) was int64 and is string: what is stored cannot be read;
  //  give the new field a number of its own and write 'reserved 3'"
  std::string message;

  bool operator==(const EvolutionFinding&) const = default;
};

// The message types that are stored while sagas of `definition` run: its state, its children's, and
// the signals that it takes. Sorted, each once.
std::vector<std::string> MessageTypesOf(const Definition& definition);

// The files that declare `types`, and those that they import, each after what it imports. Equal
// input gives equal bytes. NOT_FOUND: `pool` lacks a type; the message names it.
absl::StatusOr<google::protobuf::FileDescriptorSet> DescribeTypes(
    const std::vector<std::string>& types, const google::protobuf::DescriptorPool& pool);

// Compares `types` and all messages and enums in them: as they were when `stored` was made, and as
// `current` has them. A type that is not in `stored` is new, and good. Errors first. Empty: all
// that is stored is read as it was written.
std::vector<EvolutionFinding> CheckEvolution(const google::protobuf::FileDescriptorSet& stored,
                                             const std::vector<std::string>& types,
                                             const google::protobuf::DescriptorPool& current);

}  // namespace skald

#endif  // SKALD_SAGAS_EVOLUTION_H_
