#include "sagas/plugin.h"

#include <google/protobuf/descriptor.h>

#include <exception>
#include <iterator>
#include <utility>

namespace skald::internal {

const char* SkaldVersion() { return SKALD_VERSION; }

const void* DescriptorPoolInUse() { return google::protobuf::DescriptorPool::generated_pool(); }

bool AppendDefinitions(std::vector<Definition> (*make)(), std::vector<Definition>& definitions,
                       std::string& error) {
  try {
    std::vector<Definition> made = make();
    definitions.insert(definitions.end(), std::make_move_iterator(made.begin()),
                       std::make_move_iterator(made.end()));
    return true;
  } catch (const std::exception& exception) {
    error = exception.what();
  } catch (...) {
    error = "something that is no std::exception";
  }
  return false;
}

}  // namespace skald::internal
