// What is stored of a saga, as marks on the picture of its definition:
//
//   ToMermaid(definition, MarksOf(record, definition))
//
// Pure function.
#ifndef SKALD_ENGINE_SERVER_SAGA_PICTURE_H_
#define SKALD_ENGINE_SERVER_SAGA_PICTURE_H_

#include "sagas/definition.h"
#include "sagas/picture_saga.h"
#include "skald/v1/record.pb.h"

namespace skald::server {

// `definition` is the saga's. What it does not have is left out.
SagaMarks MarksOf(const v1::SagaRecord& record, const Definition& definition);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_SAGA_PICTURE_H_
