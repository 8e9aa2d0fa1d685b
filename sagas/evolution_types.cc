#include "sagas/evolution_types.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

namespace skald {
namespace {

using google::protobuf::FieldDescriptor;

// Types of one family are read from each other's bytes.
enum class Family {
  kVarint,
  kZigzag,
  kFixed32,
  kFixed64,
  kFloat,
  kDouble,
  kText,
  kMessage,
  kGroup
};

Family FamilyOf(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_BOOL:
    case FieldDescriptor::TYPE_ENUM: return Family::kVarint;
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SINT64: return Family::kZigzag;
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32: return Family::kFixed32;
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64: return Family::kFixed64;
    case FieldDescriptor::TYPE_FLOAT: return Family::kFloat;
    case FieldDescriptor::TYPE_DOUBLE: return Family::kDouble;
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES: return Family::kText;
    case FieldDescriptor::TYPE_MESSAGE: return Family::kMessage;
    case FieldDescriptor::TYPE_GROUP: break;
  }
  return Family::kGroup;
}

bool Widens(FieldDescriptor::Type before, FieldDescriptor::Type after) {
  switch (before) {
    case FieldDescriptor::TYPE_BOOL: return after != FieldDescriptor::TYPE_ENUM;
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_ENUM:
      return after == FieldDescriptor::TYPE_INT32 || after == FieldDescriptor::TYPE_INT64;
    case FieldDescriptor::TYPE_UINT32:
      return after == FieldDescriptor::TYPE_UINT64 || after == FieldDescriptor::TYPE_INT64;
    case FieldDescriptor::TYPE_SINT32: return after == FieldDescriptor::TYPE_SINT64;
    case FieldDescriptor::TYPE_STRING: return after == FieldDescriptor::TYPE_BYTES;
    default: return false;
  }
}

std::string ElementText(const FieldDescriptor& field) {
  if (field.message_type() != nullptr) return field.message_type()->full_name();
  if (field.enum_type() != nullptr) return field.enum_type()->full_name();
  return field.type_name();
}

}  // namespace

Reading ReadAs(const FieldDescriptor& before, const FieldDescriptor& after) {
  if (before.type() == after.type()) return Reading::kAsWritten;
  if (FamilyOf(before) != FamilyOf(after)) return Reading::kNot;
  return Widens(before.type(), after.type()) ? Reading::kAsWritten : Reading::kSomeOtherwise;
}

std::string TypeText(const FieldDescriptor& field) {
  if (field.is_map()) {
    return fmt::format("map<{}, {}>", ElementText(*field.message_type()->map_key()),
                       ElementText(*field.message_type()->map_value()));
  }
  return (field.is_repeated() ? "repeated " : "") + ElementText(field);
}

}  // namespace skald
