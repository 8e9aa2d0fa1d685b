#include "sagas/picture.h"

#include "sagas/picture_draw.h"
#include "sagas/picture_print.h"
#include "sagas/picture_saga.h"

namespace skald {

std::string ToMermaid(const Definition& definition) {
  return picture::PrintMermaid(picture::Draw(definition, nullptr));
}

std::string ToGraphviz(const Definition& definition) {
  return picture::PrintGraphviz(picture::Draw(definition, nullptr));
}

std::string ToMermaid(const Definition& definition, const SagaMarks& marks) {
  return picture::PrintMermaid(picture::Draw(definition, &marks));
}

std::string ToGraphviz(const Definition& definition, const SagaMarks& marks) {
  return picture::PrintGraphviz(picture::Draw(definition, &marks));
}

}  // namespace skald
