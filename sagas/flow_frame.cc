#include "sagas/flow_frame.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>

#include <cstddef>
#include <limits>
#include <utility>

#include "base/status.h"

namespace skald::internal {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void AddElement(Message& owner, const FieldDescriptor* field) {
  const Reflection& reflection = *owner.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return reflection.AddInt32(&owner, field, 0);
    case FieldDescriptor::CPPTYPE_INT64: return reflection.AddInt64(&owner, field, 0);
    case FieldDescriptor::CPPTYPE_UINT32: return reflection.AddUInt32(&owner, field, 0);
    case FieldDescriptor::CPPTYPE_UINT64: return reflection.AddUInt64(&owner, field, 0);
    case FieldDescriptor::CPPTYPE_DOUBLE: return reflection.AddDouble(&owner, field, 0);
    case FieldDescriptor::CPPTYPE_FLOAT: return reflection.AddFloat(&owner, field, 0);
    case FieldDescriptor::CPPTYPE_BOOL: return reflection.AddBool(&owner, field, false);
    case FieldDescriptor::CPPTYPE_STRING: return reflection.AddString(&owner, field, "");
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.AddEnum(&owner, field, field->enum_type()->value(0));
    case FieldDescriptor::CPPTYPE_MESSAGE: reflection.AddMessage(&owner, field);
  }
}

int SizeOf(const Message& owner, const FieldDescriptor* field) {
  return owner.GetReflection()->FieldSize(owner, field);
}

Message* MutableElement(Message& owner, const FieldDescriptor* field, int index) {
  return owner.GetReflection()->MutableRepeatedMessage(&owner, field, index);
}

bool IsMessage(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

}  // namespace

bool Parse(std::string_view bytes, Message& message) {
  return bytes.size() <= static_cast<size_t>(std::numeric_limits<int>::max()) &&
         message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

StatusOr<std::string> Serialize(const Message& message, std::string_view what) {
  if (!message.IsInitialized()) {
    return Internal("{} lacks required fields: {}", what, message.InitializationErrorString());
  }
  std::string bytes;
  bool written = false;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    // Equal messages must give equal bytes on every node, maps included: a repeated attempt repeats
    // its request, a replay repeats its state.
    coded.SetSerializationDeterministic(true);
    written = message.SerializePartialToCodedStream(&coded);
  }
  if (!written) return Internal("{} is too large to be serialized", what);
  return bytes;
}

OpenScope::OpenScope(const Surroundings& surroundings, const Scope& scope)
    : surroundings_(&surroundings), elements_(scope.elements), state_(surroundings.state->New()) {}

StatusOr<OpenScope> OpenScope::Open(const Surroundings& surroundings, const Scope& scope,
                                    std::string_view what) {
  OpenScope open(surroundings, scope);
  if (!Parse(scope.state, *open.state_)) {
    return Internal("{}: the saga's state does not parse as {}", what,
                    open.state_->GetDescriptor()->full_name());
  }
  if (scope.elements.size() != surroundings.loops.size()) {
    return Internal("{}: it stands in {} for-each loops, and {} elements were given", what,
                    surroundings.loops.size(), scope.elements.size());
  }
  Message* owner = open.state_.get();
  for (size_t i = 0; i < scope.elements.size(); ++i) {
    const Repeated& loop = surroundings.loops[i];
    const FieldDescriptor* const field = loop.field;
    const int index = scope.elements[i];
    const int size = SizeOf(*owner, field);
    if (index < 0 || index >= size) {
      return Internal(
          "{}: it is for element {} of '{}', which has {} (was the state changed "
          "while a ForEach goes over it?)",
          what, index + 1, field->name(), size);
    }
    open.sizes_.push_back(size);
    if (IsMessage(field)) {
      owner = MutableElement(*owner, field, index);
      open.message_ = owner;
    } else {
      open.message_ = nullptr;
      open.value_ = loop.value(*owner, index);
    }
  }
  return open;
}

Status OpenScope::CheckElements(std::string_view what) const {
  const Message* owner = state_.get();
  for (size_t i = 0; i < sizes_.size(); ++i) {
    const FieldDescriptor* const field = surroundings_->loops[i].field;
    if (SizeOf(*owner, field) != sizes_[i]) {
      return Internal("{} changed how many elements '{}' has, while a ForEach goes over it", what,
                      field->name());
    }
    if (IsMessage(field)) {
      owner = &owner->GetReflection()->GetRepeatedMessage(*owner, field, elements_[i]);
    }
  }
  return absl::OkStatus();
}

StatusOr<std::string> OpenScope::Close(std::string_view what) const {
  return Serialize(*state_, what);
}

const FieldDescriptor* FindField(const Repeated& repeated) {
  const auto& descriptor = *repeated.owner->GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor* const field = descriptor.field(i);
    // Maps are repeated, too, and no getter of one comes here.
    if (!field->is_repeated() || field->is_map()) continue;
    const std::unique_ptr<Message> probe(repeated.owner->New());
    AddElement(*probe, field);
    if (repeated.size(*probe) == 1) return field;
  }
  return nullptr;
}

StatusOr<int> CountElements(const Surroundings& surroundings, const FieldDescriptor* field,
                            const Scope& scope, std::string_view what) {
  SKALD_ASSIGN_OR_RETURN(const OpenScope open, OpenScope::Open(surroundings, scope, what));
  const Frame frame = open.Look();
  return SizeOf(frame.message == nullptr ? frame.state : *frame.message, field);
}

}  // namespace skald::internal
