// What becomes of a value of a field whose type has changed. Part of sagas/evolution.h. Pure.
// The rules: https://protobuf.dev/programming-guides/proto3/#updating
#ifndef SKALD_SAGAS_EVOLUTION_TYPES_H_
#define SKALD_SAGAS_EVOLUTION_TYPES_H_

#include <string>

namespace google::protobuf {
class FieldDescriptor;
}  // namespace google::protobuf

namespace skald {

enum class Reading {
  // Every value is read as it was written.
  kAsWritten,
  // Some values are read as others: large or negative ones, bytes that are no UTF-8.
  kSomeOtherwise,
  // Not at all, or as something else.
  kNot,
};

// Of the scalar types alone: neither labels nor the names of messages and enums are looked at.
Reading ReadAs(const google::protobuf::FieldDescriptor& before,
               const google::protobuf::FieldDescriptor& after);

// "int64", "repeated shop.v1.Line", "map<string, int32>"
std::string TypeText(const google::protobuf::FieldDescriptor& field);

}  // namespace skald

#endif  // SKALD_SAGAS_EVOLUTION_TYPES_H_
