// From a definition, or what the store remembers of one, to what clients see. Pure functions.
#ifndef SKALD_ENGINE_SERVER_DEFINITION_INFO_H_
#define SKALD_ENGINE_SERVER_DEFINITION_INFO_H_

#include "engine/server/translate.h"
#include "sagas/definition.h"
#include "skald/v1/admin.pb.h"
#include "skald/v1/record.pb.h"

namespace skald::server {

// Without pictures, outline, advice and descriptors if kRow.
v1::DefinitionInfo ToDefinitionInfo(const Definition& definition, Detail detail);

// Of a definition that this server lacks. Without outline and descriptors if kRow.
v1::DefinitionInfo ToDefinitionInfo(const v1::DefinitionRecord& record, Detail detail);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_DEFINITION_INFO_H_
