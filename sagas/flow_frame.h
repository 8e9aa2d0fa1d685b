// What an author's function is given, between bytes and types: a parsed state, and the element of
// the for-each that the function is in. Part of sagas/flow.h; authors never name it.
//
// Pure functions and plain values; a Frame is confined to the call it is made for.
#ifndef SKALD_SAGAS_FLOW_FRAME_H_
#define SKALD_SAGAS_FLOW_FRAME_H_

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sagas/definition.h"

namespace google::protobuf {
class EnumDescriptor;
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace skald::internal {

// A generated getter of a repeated field, with its types erased.
struct Repeated {
  // A default instance of the message that has the field.
  const google::protobuf::Message* owner = nullptr;
  std::function<int(const google::protobuf::Message& owner)> size;
  // Where an element is, if it is no message: see Frame::value.
  std::function<const void*(const google::protobuf::Message& owner, int index)> value;
  // Not null: the elements are to be looked at as values of this enum.
  const google::protobuf::EnumDescriptor* as_enum = nullptr;
  // What FindField found.
  const google::protobuf::FieldDescriptor* field = nullptr;
};

// Where a node stands.
struct Surroundings {
  // The default instance of the definition's state.
  const google::protobuf::Message* state = nullptr;
  // What the for-each loops around the node go over, outermost first. The first is a field of the
  // state, each other one of the elements of the one before.
  std::vector<Repeated> loops;
};

// The element is that of the innermost for-each; outside of one, there is none.
struct Frame {
  google::protobuf::Message& state;
  // The element, if it is a message.
  google::protobuf::Message* message = nullptr;
  // The element, if it is none: what the repeated field holds, such as a std::string, an int64_t,
  // and for an enum an int.
  const void* value = nullptr;
};

// A Scope, parsed.
class OpenScope final {
 public:
  // `what` opens it, for errors: "the guard of 'express'". INTERNAL: the state does not parse, or
  // has no such element.
  static absl::StatusOr<OpenScope> Open(const Surroundings& surroundings, const Scope& scope,
                                        std::string_view what);

  // Good until the state is changed.
  Frame Look() const { return {*state_, message_, value_}; }

  // INTERNAL: since Open, a field that a for-each goes over has got more elements, or fewer.
  absl::Status CheckElements(std::string_view what) const;

  // The state as it is now, in bytes. INTERNAL: it cannot be serialized.
  absl::StatusOr<std::string> Close(std::string_view what) const;

 private:
  OpenScope(const Surroundings& surroundings, const Scope& scope);

  const Surroundings* surroundings_;
  std::span<const int> elements_;
  std::unique_ptr<google::protobuf::Message> state_;
  // Of each loop, how many elements there were.
  std::vector<int> sizes_;
  google::protobuf::Message* message_ = nullptr;
  const void* value_ = nullptr;
};

// False: `bytes` are no such message.
bool Parse(std::string_view bytes, google::protobuf::Message& message);

// Equal messages give equal bytes, maps included. `what` as in "the request of '/shop.v1...'".
absl::StatusOr<std::string> Serialize(const google::protobuf::Message& message,
                                      std::string_view what);

// The field that the getter is of, or null: it is tried on a message with one element in one field.
const google::protobuf::FieldDescriptor* FindField(const Repeated& repeated);

// How many elements `field`, one of the message at the scope, has. INTERNAL as in Open.
absl::StatusOr<int> CountElements(const Surroundings& surroundings,
                                  const google::protobuf::FieldDescriptor* field,
                                  const Scope& scope, std::string_view what);

}  // namespace skald::internal

#endif  // SKALD_SAGAS_FLOW_FRAME_H_
