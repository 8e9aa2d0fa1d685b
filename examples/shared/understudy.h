// Plays all the participants of an example at once, over gRPC: any method, answered by a function
// of the test or with an empty message. The guard stands before it as it stands before the real
// ones, and each effect is written into a journal.
//
//   Understudy understudy;
//   understudy.On<&Flights::Stub::BookFlight>([](const BookFlightRequest&) { return flight; });
//   understudy.On<&Hotels::Stub::BookRoom>([](const BookRoomRequest&) {
//     return skald::FailedPrecondition("fully booked");
//   });
//   ... sagas that call understudy.address() ...
//   EXPECT_THAT(understudy.Effects(), ElementsAre("BookFlight", "CancelFlight"));
//
// Locked: may be used from any thread. The functions run on gRPC's threads.
#ifndef SKALD_EXAMPLES_SHARED_UNDERSTUDY_H_
#define SKALD_EXAMPLES_SHARED_UNDERSTUDY_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sagas/rpc.h"

namespace demo {

class Understudy final {
 public:
  // On a free port, with a book in a temporary folder.
  Understudy();
  ~Understudy();
  Understudy(const Understudy&) = delete;
  Understudy& operator=(const Understudy&) = delete;

  // `answer`: a Response, an error, or StatusOr<Response> of (const Request&).
  template <auto kMethod, typename Answer>
  void On(Answer answer) {
    using Method = skald::Rpc<kMethod>;
    Set(Method::Name(),
        [answer = std::move(answer)](const std::string& bytes) -> absl::StatusOr<std::string> {
          typename Method::Request request;
          if (!request.ParseFromString(bytes)) return absl::InternalError("no such request");
          const absl::StatusOr<typename Method::Response> response = answer(request);
          if (!response.ok()) return response.status();
          return response->SerializeAsString();
        });
  }

  // The method's calls are accepted, and finished by nobody: the test does, with CompleteStep.
  template <auto kMethod>
  void Pend() {
    SetPending(skald::Rpc<kMethod>::Name());
  }

  // The methods that took effect, in order: "BookFlight". A repeated key takes none.
  [[nodiscard]] std::vector<std::string> Effects() const;

  [[nodiscard]] std::string address() const;

 private:
  using Answer = std::function<absl::StatusOr<std::string>(const std::string& request)>;
  class Impl;

  void Set(const std::string& method, Answer answer);
  void SetPending(const std::string& method);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace demo

#endif  // SKALD_EXAMPLES_SHARED_UNDERSTUDY_H_
