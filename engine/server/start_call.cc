#include "engine/server/start_call.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "engine/server/errors.h"
#include "engine/server/read_start.h"
#include "engine/server/requests.h"
#include "engine/server/settled_answer.h"
#include "engine/server/translate.h"

namespace skald::server {
namespace {

using Call = std::shared_ptr<UnaryCall<v1::StartSagaResponse>>;
using Kind = runtime::StartResult::Kind;

v1::StartSagaResponse ToResponse(const v1::SagaRecord& saga, const Registry& registry, Kind kind) {
  v1::StartSagaResponse response;
  *response.mutable_saga() = ToSaga(saga, registry, Detail::kWhole);
  response.set_already_started(kind == Kind::kAlreadyStarted);
  response.set_joined(kind == Kind::kKeyTaken);
  return response;
}

// What the start was about, for when its key is taken.
struct Asked {
  const Definition* definition = nullptr;
  std::string saga_id;
  std::string key;
};

absl::Status KeyJustFreed(const std::string& key) {
  return WithReason(
      Error(StatusCode::kAborted,
            "the saga that held the exclusive key '{}' has just ended: try again", key),
      "EXCLUSIVE_KEY_FREED", {{"exclusive_key", key}});
}

// The saga that stands in the way, if the definition says to join it. ALREADY_EXISTS: it does not,
// or that is a saga of another definition. ABORTED: nothing stands in the way any more.
absl::StatusOr<v1::SagaRecord> FindSagaToJoin(Store& store, const Asked& asked) {
  SKALD_ASSIGN_OR_RETURN(const KeyHolder key, store.FindKey(asked.key));
  const std::string& holder = key.holder.empty() ? key.next : key.holder;
  if (holder.empty() || holder == asked.saga_id) return KeyJustFreed(asked.key);
  absl::StatusOr<v1::SagaRecord> saga = LoadSaga(store, holder);
  if (absl::IsNotFound(saga.status())) return KeyJustFreed(asked.key);
  SKALD_RETURN_IF_ERROR(saga.status());
  if (HasEnded(saga->status())) return KeyJustFreed(asked.key);
  const bool joins = asked.definition->exclusive->when_taken == ExclusiveKey::WhenTaken::kJoin &&
                     saga->definition() == asked.definition->name;
  if (joins) return saga;
  return WithReason(Error(StatusCode::kAlreadyExists,
                          "saga '{}' of {} holds the exclusive key '{}' and has not ended", holder,
                          saga->definition(), asked.key),
                    "EXCLUSIVE_KEY_TAKEN", {{"saga_id", holder}, {"exclusive_key", asked.key}});
}

void AnswerAtOnce(const ServiceContext& context, const Backend& backend,
                  runtime::StartRequest start, const Call& call) {
  const Asked asked{start.definition, start.saga_id, start.exclusive_key};
  backend.engine->Start(
      std::move(start), [&context, asked, call](absl::StatusOr<runtime::StartResult> result) {
        if (!result.ok()) return call->Answer(Explain(std::move(result).status(), asked.saga_id));
        if (result->kind != Kind::kKeyTaken) {
          return call->Answer(ToResponse(result->saga, context.registry, result->kind));
        }
        AnswerFromStore(
            context, call,
            [asked,
             &registry = context.registry](Store& store) -> absl::StatusOr<v1::StartSagaResponse> {
              SKALD_ASSIGN_OR_RETURN(const v1::SagaRecord saga, FindSagaToJoin(store, asked));
              return ToResponse(saga, registry, Kind::kKeyTaken);
            });
      });
}

// A start that is answered when its saga has settled, or the one that it joins.
class Waiting final : public std::enable_shared_from_this<Waiting> {
 public:
  Waiting(const ServiceContext& context, const Backend& backend, absl::Duration most, Call call)
      : context_(context),
        backend_(backend),
        until_(std::chrono::steady_clock::now() +
               absl::ToChronoNanoseconds(std::min(most, absl::Hours(24 * 365)))),
        call_(std::move(call)),
        watches_(CallWatches::Of(context.watches, *call_)) {}

  absl::Status Begin(runtime::StartRequest start) {
    asked_ = {start.definition, start.saga_id, start.exclusive_key};
    SKALD_ASSIGN_OR_RETURN(const uint64_t watch, Follow(asked_.saga_id));
    backend_.engine->Start(std::move(start), [self = shared_from_this(),
                                              watch](absl::StatusOr<runtime::StartResult> result) {
      self->Started(watch, std::move(result));
    });
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<uint64_t> Follow(const std::string& saga_id) {
    const absl::Duration left = absl::FromChrono(until_ - std::chrono::steady_clock::now());
    return AnswerWhenSettled(context_, backend_, saga_id, std::max(left, absl::ZeroDuration()),
                             call_, *watches_,
                             [self = shared_from_this()](const v1::SagaRecord& saga) {
                               return ToResponse(saga, self->context_.registry, self->kind_);
                             });
  }

  void Started(uint64_t watch, absl::StatusOr<runtime::StartResult> result) {
    if (!result.ok()) {
      return context_.watches.Begin(watch, Explain(std::move(result).status(), asked_.saga_id));
    }
    kind_ = result->kind;
    if (kind_ != Kind::kKeyTaken) {
      return context_.watches.Begin(watch, std::move(result->saga));
    }
    context_.watches.Remove(watch);
    if (!context_.readers.Run([self = shared_from_this()] { self->Join(); })) {
      call_->Answer(ReadersFull());
    }
  }

  void Join() {
    const absl::StatusOr<v1::SagaRecord> found = FindSagaToJoin(*backend_.store, asked_);
    if (!found.ok()) return call_->Answer(found.status());
    const absl::StatusOr<uint64_t> watch = Follow(found->id());
    if (!watch.ok()) return call_->Answer(watch.status());
    // It may have changed before it was watched.
    context_.watches.Begin(*watch, LoadSaga(*backend_.store, found->id()));
  }

  const ServiceContext& context_;
  const Backend backend_;
  const std::chrono::steady_clock::time_point until_;
  const Call call_;
  const std::shared_ptr<CallWatches> watches_;
  Asked asked_;
  // Written before a watch begins, read by its listener after that.
  Kind kind_ = Kind::kStarted;
};

absl::Status Start(const ServiceContext& context, const v1::StartSagaRequest& request,
                   const Call& call) {
  SKALD_ASSIGN_OR_RETURN(const auto wait,
                         ReadWait(request.has_wait() ? &request.wait() : nullptr, "wait"));
  SKALD_ASSIGN_OR_RETURN(runtime::StartRequest start,
                         ReadStart(request, context.registry, context.limits, context.clock.Now()));
  SKALD_ASSIGN_OR_RETURN(const Backend backend, context.backend.Get());
  if (wait.has_value()) {
    return std::make_shared<Waiting>(context, backend, *wait, call)->Begin(std::move(start));
  }
  AnswerAtOnce(context, backend, std::move(start), call);
  return absl::OkStatus();
}

}  // namespace

void AnswerStart(const ServiceContext& context, const v1::StartSagaRequest& request,
                 const Call& call) {
  if (const absl::Status status = Start(context, request, call); !status.ok()) {
    call->Answer(status);
  }
}

}  // namespace skald::server
