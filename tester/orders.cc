#include "tester/orders.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tester/choices.h"
#include "tester/conversation.h"
#include "tester/messages.h"

namespace skald::internal {
namespace {

struct Request {
  std::string type;
  std::string bytes;
};

// All of a run that another order must not change.
struct Run {
  std::vector<std::string> order;
  // By the call's name.
  std::map<std::string, Request> requests;
  std::vector<Conversation::Moment> moments;
};

Run RunOf(Conversation& conversation) {
  (void)conversation.Settled();
  conversation.Remember();
  Run run{.order = conversation.order(), .moments = conversation.moments()};
  const Driver& driver = conversation.driver();
  for (const core::SendAttempt* sent : driver.Sent()) {
    const Call* const call = CallOf(driver.definition(), sent->step, sent->phase);
    // What is repeated is the same again.
    run.requests.emplace(NameOf(sent->step, sent->phase),
                         Request{call->request_type, sent->request});
  }
  return run;
}

std::string StateType(const Definition& definition, const std::string& path) {
  return path.empty() ? definition.state_type : FindNode(definition, path)->child->state_type;
}

// The first thing that differs, or nothing.
std::optional<std::string> Compare(const Definition& definition, const Run& first,
                                   const Run& other) {
  for (const auto& [name, request] : first.requests) {
    const auto found = other.requests.find(name);
    if (found == other.requests.end()) continue;
    const std::string differs = Differences(request.type, request.bytes, found->second.bytes);
    if (!differs.empty()) return fmt::format("the request of {} differs:\n{}", name, differs);
  }
  const size_t moments = std::min(first.moments.size(), other.moments.size());
  for (size_t i = 0; i < moments; ++i) {
    const Conversation::Moment& a = first.moments[i];
    const Conversation::Moment& b = other.moments[i];
    for (const auto& [path, state] : a.states) {
      const auto found = b.states.find(path);
      if (found == b.states.end()) continue;
      const std::string differs = Differences(StateType(definition, path), state, found->second);
      if (differs.empty()) continue;
      return fmt::format("the state{} differs:\n{}",
                         path.empty() ? "" : fmt::format(" of child '{}'", path), differs);
    }
    if (a.status != b.status) {
      return fmt::format("the saga is {} in the one and {} in the other",
                         v1::Saga::Status_Name(a.status), v1::Saga::Status_Name(b.status));
    }
  }
  return std::nullopt;
}

}  // namespace

struct OrdersRunner::Impl {
  Choices choices;
  std::optional<Run> first;
  std::string first_transcript;
};

OrdersRunner::OrdersRunner(const OrdersOptions& options)
    : impl_(new Impl{.choices = Choices(std::max(1, options.most), options.seed)}) {}

OrdersRunner::~OrdersRunner() = default;

Choices& OrdersRunner::choices() { return impl_->choices; }

bool OrdersRunner::GoOn() { return impl_->choices.GoOn(); }

OrdersTried OrdersRunner::tried() const { return {impl_->choices.runs(), impl_->choices.all()}; }

void OrdersRunner::Look(Conversation& conversation) {
  Run run = RunOf(conversation);
  if (!impl_->first) {
    impl_->first = std::move(run);
    impl_->first_transcript = conversation.driver().Transcript();
    return;
  }
  const Run& first = *impl_->first;
  const std::optional<std::string> differs =
      Compare(conversation.driver().definition(), first, run);
  if (!differs) return;
  throw TestFailure(
      fmt::format("the order of replies makes a difference: {}\n  (first order -> second order)\n"
                  "  first order:  {}\n  second order: {}",
                  *differs, fmt::join(first.order, ", "), fmt::join(run.order, ", ")),
      fmt::format("first order:\n{}\nsecond order:\n{}", impl_->first_transcript,
                  conversation.driver().Transcript()));
}

void OrdersRunner::Fail(Conversation& conversation, const TestFailure& failure) const {
  if (!impl_->first) throw failure;
  throw TestFailure(fmt::format("with the replies in another order than the test's: {}\n{}",
                                fmt::join(conversation.order(), ", "), failure.message()),
                    failure.transcript());
}

}  // namespace skald::internal
