// The one walk over a definition that pictures are made by. Pure.
#ifndef SKALD_SAGAS_PICTURE_DRAW_H_
#define SKALD_SAGAS_PICTURE_DRAW_H_

#include "sagas/definition.h"
#include "sagas/picture_saga.h"
#include "sagas/picture_sketch.h"

namespace skald::picture {

// `saga` null: of the definition alone.
Sketch Draw(const Definition& definition, const SagaMarks* saga);

}  // namespace skald::picture

#endif  // SKALD_SAGAS_PICTURE_DRAW_H_
