#include "tester/expected_call.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include "base/status.h"
#include "engine/core/retry.h"
#include "tester/advice.h"
#include "tester/conversation.h"
#include "tester/messages.h"

namespace skald {
namespace {

using internal::CallId;
using internal::Conversation;

const Call& DefinedCall(const Conversation& conversation, const CallId& id) {
  return *internal::CallOf(conversation.driver().definition(), id.step, id.phase);
}

std::string ReplyBytes(const Conversation& conversation, const CallId& id,
                       const google::protobuf::Message& reply) {
  const Call& call = DefinedCall(conversation, id);
  if (reply.GetDescriptor()->full_name() != call.response_type) {
    conversation.Fail(fmt::format("{} answers with a {}, and is given a {}.",
                                  internal::NameOf(id.step, id.phase), call.response_type,
                                  reply.GetDescriptor()->full_name()));
  }
  return reply.SerializeAsString();
}

bool IsRejection(const Call& call, absl::StatusCode code) {
  const auto mapped = call.outcomes.find(code);
  if (mapped != call.outcomes.end()) return mapped->second == Outcome::kRejected;
  return core::OutcomeOf(code) == v1::HistoryEntry::OUTCOME_REJECTED;
}

core::AttemptEnded Ended(absl::StatusCode code, const std::string& message) {
  return {.code = code, .message = message};
}

}  // namespace

void ExpectedCall::Replies(const google::protobuf::Message& reply) {
  conversation_->Answer(id_, {.reply = ReplyBytes(*conversation_, id_, reply)});
}

void ExpectedCall::Replies() { conversation_->Answer(id_, {}); }

void ExpectedCall::Rejects(absl::StatusCode code, const std::string& message) {
  if (!IsRejection(DefinedCall(*conversation_, id_), code)) {
    conversation_->Fail(fmt::format("Rejects({}): that is no clear no of {}; write Fails({}).",
                                    CodeName(code), internal::NameOf(id_.step, id_.phase),
                                    CodeName(code)));
  }
  conversation_->Answer(id_, Ended(code, message));
}

void ExpectedCall::Fails(absl::StatusCode code, const std::string& message,
                         absl::Duration retry_after) {
  core::AttemptEnded ended = Ended(code, message);
  ended.pushback = retry_after;
  conversation_->Answer(id_, std::move(ended));
}

void ExpectedCall::Loses() { Fails(absl::StatusCode::kUnavailable, "the reply was lost"); }

void ExpectedCall::TimesOut() {
  Fails(absl::StatusCode::kDeadlineExceeded, "nobody answered in time");
}

void ExpectedCall::Exhausts() {
  const auto goes_on = [&] {
    const v1::StepState* const step =
        internal::FindStep(conversation_->Settled().record(), id_.step);
    const auto& attempts = id_.phase == v1::ACTION ? step->action() : step->compensation();
    return attempts.in_flight() || attempts.next_us() != 0;
  };
  Loses();
  while (goes_on()) {
    conversation_->AdvanceToNext();
    for (const auto& open : conversation_->driver().calls()) {
      if (open.call.step != id_.step || open.call.phase != id_.phase) continue;
      id_.attempt = open.call.attempt;
      Loses();
      break;
    }
  }
}

void ExpectedCall::Pends(absl::Duration poll_after) {
  conversation_->Answer(id_, {.pending = true, .poll_after = poll_after});
}

ExpectedCall& ExpectedCall::After(absl::Duration delay) {
  conversation_->Advance(delay);
  (void)conversation_->CallAt(id_);
  return *this;
}

std::string ExpectedCall::RequestText() const {
  return internal::TextOf(DefinedCall(*conversation_, id_).request_type, RequestBytes());
}

const std::string& ExpectedCall::RequestBytes() const { return conversation_->CallAt(id_).request; }

void PendingCall::Completes(const google::protobuf::Message& reply) {
  conversation_->Complete(
      {.step = id_.step, .phase = id_.phase, .reply = ReplyBytes(*conversation_, id_, reply)});
}

void PendingCall::Completes() { conversation_->Complete({.step = id_.step, .phase = id_.phase}); }

void PendingCall::CompletesWith(absl::StatusCode code, const std::string& message) {
  conversation_->Complete({.step = id_.step, .phase = id_.phase, .code = code, .message = message});
}

}  // namespace skald
