// What a generated stub tells about one of its unary methods: its messages and its full name.
//
//   using Reserve = Rpc<&shop::v1::Inventory::Stub::Reserve>;
//   Reserve::Request                     // shop::v1::ReserveRequest
//   Reserve::Name()                      // "/shop.v1.Inventory/Reserve"
//   DefaultParticipant(Reserve::Name())  // "inventory"
//
// Includes no gRPC header: whoever can name a stub's method has included the generated one already.
// Pure functions, usable from any thread.
#ifndef SKALD_SAGAS_RPC_H_
#define SKALD_SAGAS_RPC_H_

#include <string>
#include <string_view>

namespace grpc {
class ClientContext;
class Status;
}  // namespace grpc

namespace skald {

// Of anything that is no unary method of a stub: a streaming one, a function of another class.
template <typename Method>
struct UnaryMethod {
  static constexpr bool kIsUnary = false;
};

template <typename Stub, typename RequestMessage, typename ResponseMessage>
struct UnaryMethod<grpc::Status (Stub::*)(grpc::ClientContext*, const RequestMessage&,
                                          ResponseMessage*)> {
  static constexpr bool kIsUnary = true;
  using Request = RequestMessage;
  using Response = ResponseMessage;
};

namespace internal {

// The compiler's own words for `kMethod`: the one place where a C++ program learns a method's name
// from a pointer to it.
template <auto kMethod>
const char* PrettyMethod() {
  return __PRETTY_FUNCTION__;
}

// "...&shop::v1::Inventory::Stub::Reserve]" -> "/shop.v1.Inventory/Reserve". Takes what g++ and
// clang print; drops anonymous namespaces. Empty: no method of a stub in it.
std::string MethodNameFrom(std::string_view pretty);

}  // namespace internal

template <auto kMethod>
struct Rpc : UnaryMethod<decltype(kMethod)> {
  // As the C++ namespaces spell it. clang leaves inline namespaces out: the builder, which knows
  // the descriptors, puts that right.
  static std::string Name() { return internal::MethodNameFrom(internal::PrettyMethod<kMethod>()); }
};

// The service's last name in snake case: "/shop.v1.RiskCheck/Check" -> "risk_check",
// "/HTTPGateway/Get" -> "http_gateway".
std::string DefaultParticipant(std::string_view method);

}  // namespace skald

#endif  // SKALD_SAGAS_RPC_H_
