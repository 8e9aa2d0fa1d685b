#include "engine/server/saga_commands.h"

#include <functional>
#include <utility>

#include "engine/server/read_command.h"
#include "engine/server/requests.h"
#include "engine/server/translate.h"

namespace skald::server {
namespace {

using MakeCommand = std::function<absl::StatusOr<runtime::Command>(const Definition&)>;
using Done = runtime::Engine::OrderDone;

// Gives the saga what `make` makes for its definition. `done` is called once, from any thread.
void GiveToSaga(const ServiceContext& context, const std::string& saga_id, MakeCommand make,
                Done done) {
  const absl::StatusOr<Backend> backend = context.backend.Get();
  if (!backend.ok()) return done(backend.status());
  const auto prepare = [&registry = context.registry, store = backend->store, saga_id,
                        make = std::move(make)]() -> absl::StatusOr<runtime::Command> {
    SKALD_ASSIGN_OR_RETURN(const v1::SagaRecord record, LoadSaga(*store, saga_id));
    SKALD_ASSIGN_OR_RETURN(const Definition* definition, DefinitionOf(registry, record));
    return make(*definition);
  };
  const bool runs = context.readers.Run([prepare, engine = backend->engine, saga_id, done] {
    absl::StatusOr<runtime::Command> command = prepare();
    if (!command.ok()) return done(std::move(command).status());
    engine->Give(saga_id, *std::move(command), [done, saga_id](auto saga) {
      // What is exhausted is not the backlog: the message says what.
      if (saga.ok() || absl::IsResourceExhausted(saga.status())) return done(std::move(saga));
      done(Explain(std::move(saga).status(), saga_id));
    });
  });
  if (!runs) done(ReadersFull());
}

}  // namespace

void AnswerSignal(const ServiceContext& context, const v1::SignalSagaRequest& request,
                  const std::string& peer, const std::shared_ptr<UnaryCall<v1::Saga>>& call) {
  if (const absl::Status status = CheckSignal(request); !status.ok()) return call->Answer(status);
  GiveToSaga(
      context, request.saga_id(),
      [&context, request, peer](const Definition& definition) -> absl::StatusOr<runtime::Command> {
        return ReadSignal(request, definition, context.limits, peer, context.clock.Now());
      },
      [call, &registry = context.registry](absl::StatusOr<v1::SagaRecord> saga) {
        if (!saga.ok()) return call->Answer(saga.status());
        call->Answer(ToSaga(*saga, registry, Detail::kWhole));
      });
}

void AnswerCompletion(const ServiceContext& context, const v1::CompleteStepRequest& request,
                      const std::shared_ptr<UnaryCall<v1::CompleteStepResponse>>& call) {
  const absl::StatusOr<CallName> name = ParseIdempotencyKey(request.idempotency_key());
  if (!name.ok()) return call->Answer(name.status());
  GiveToSaga(
      context, name->saga_id,
      [request, name = *name](const Definition& definition) -> absl::StatusOr<runtime::Command> {
        return ReadCompletion(request, name, definition);
      },
      [call](const absl::StatusOr<v1::SagaRecord>& saga) {
        if (!saga.ok()) return call->Answer(saga.status());
        call->Answer(v1::CompleteStepResponse());
      });
}

}  // namespace skald::server
