#include "engine/server/admin_service.h"

#include <grpcpp/server_context.h>

#include "base/text.h"
#include "engine/server/definition_info.h"
#include "engine/server/definition_queries.h"
#include "engine/server/errors.h"
#include "engine/server/requests.h"
#include "engine/server/translate.h"
#include "engine/server/unary_call.h"
#include "skald/v1/admin.grpc.pb.h"

namespace skald::server {
namespace {

using core::Order;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

// Open ones only, unless the filter itself says which.
Filter OpenUnlessNamed(Filter filter) {
  if (filter.Names(FilterField::kOpen)) return filter;
  Filter open;
  open.kind = Filter::Kind::kComparison;
  open.comparison.field = FilterField::kOpen;
  open.comparison.value = true;
  if (filter.kind == Filter::Kind::kEverything) return open;
  Filter both;
  both.kind = Filter::Kind::kAnd;
  both.operands = {std::move(filter), std::move(open)};
  return both;
}

absl::Status NoDeadLetter(const std::string& id) {
  return WithReason(NotFound("there is no dead letter '{}'", CleanText(id, kLongestId)),
                    "DEAD_LETTER_NOT_FOUND", {{"dead_letter_id", id}});
}

struct DeadLetterName {
  std::string saga_id;
  int number = 0;
};

absl::StatusOr<DeadLetterName> ReadDeadLetterId(const std::string& id) {
  const auto parts = ParseDeadLetterId(id);
  if (!parts.has_value() || !CheckSagaId(parts->first, kLongestId).ok()) {
    return WithField(WithReason(InvalidArgument("id: expected '<saga id>/<number>' or a saga's id"),
                                "INVALID_ID"),
                     "id");
  }
  return DeadLetterName{parts->first, parts->second};
}

absl::StatusOr<v1::DeadLetterRecord> LoadDeadLetter(Store& store, const DeadLetterName& name) {
  absl::StatusOr<v1::DeadLetterRecord> record = store.GetDeadLetter(name.saga_id, name.number);
  if (!absl::IsNotFound(record.status())) return record;
  return NoDeadLetter(name.number == 0 ? name.saga_id : DeadLetterId(name.saga_id, name.number));
}

// The answer to an order that was carried out: both rows as they are now.
absl::StatusOr<v1::DeadLetterOrderResponse> AfterOrder(Store& store, const Registry& registry,
                                                       const DeadLetterName& name,
                                                       const v1::SagaRecord& saga) {
  // The one that the order closed, even if the saga is parked anew by now.
  const int number = name.number == 0 ? saga.dead_letters() : name.number;
  SKALD_ASSIGN_OR_RETURN(const v1::DeadLetterRecord letter,
                         LoadDeadLetter(store, {name.saga_id, number}));
  v1::DeadLetterOrderResponse response;
  *response.mutable_dead_letter() = ToDeadLetter(letter);
  *response.mutable_saga() = ToSaga(saga, registry, Detail::kWhole);
  return response;
}

// The engine refused the order. A saga knows only its newest dead letter: an older one that the
// same verb has closed makes it a repeated order, which is answered as the first was.
absl::StatusOr<v1::DeadLetterOrderResponse> IfRepeated(Store& store, const Registry& registry,
                                                       const DeadLetterName& name, Order::Verb verb,
                                                       const absl::Status& refusal) {
  const absl::StatusOr<v1::DeadLetterRecord> letter = LoadDeadLetter(store, name);
  if (absl::IsNotFound(letter.status())) return letter.status();
  if (name.number == 0 || !letter.ok() || letter->closed_by() != core::VerbName(verb))
    return refusal;
  SKALD_ASSIGN_OR_RETURN(const v1::SagaRecord saga, LoadSaga(store, name.saga_id));
  return AfterOrder(store, registry, name, saga);
}

class AdminService final : public v1::AdminService::CallbackService {
 public:
  explicit AdminService(const ServiceContext& context) : context_(context) {}

  ServerUnaryReactor* ListDeadLetters(CallbackServerContext*,
                                      const v1::ListDeadLettersRequest* request,
                                      v1::ListDeadLettersResponse* response) override {
    auto call = UnaryCall<v1::ListDeadLettersResponse>::Make(response);
    auto page = ReadPage({"ListDeadLetters", request->filter()}, request->page_size(),
                         request->page_token(), context_.limits.request.page);
    auto filter = ReadFilter(request->filter(), FilterSubject::kDeadLetters, context_.clock.Now());
    if (!filter.ok() || !page.ok()) {
      call->Answer(filter.ok() ? page.status() : filter.status());
      return call->reactor();
    }
    AnswerFromStore(
        context_, call,
        [filter = OpenUnlessNamed(*std::move(filter)), page = *std::move(page),
         text = request->filter()](Store& store) -> absl::StatusOr<v1::ListDeadLettersResponse> {
          SKALD_ASSIGN_OR_RETURN(const auto found, store.ListDeadLetters(filter, page));
          v1::ListDeadLettersResponse result;
          for (const auto& record : found.items) *result.add_dead_letters() = ToDeadLetter(record);
          result.set_next_page_token(MakePageToken({"ListDeadLetters", text}, found.next));
          return result;
        });
    return call->reactor();
  }

  ServerUnaryReactor* GetDeadLetter(CallbackServerContext*, const v1::GetDeadLetterRequest* request,
                                    v1::DeadLetter* response) override {
    auto call = UnaryCall<v1::DeadLetter>::Make(response);
    auto name = ReadDeadLetterId(request->id());
    if (!name.ok()) {
      call->Answer(name.status());
      return call->reactor();
    }
    AnswerFromStore(
        context_, call, [name = *std::move(name)](Store& store) -> absl::StatusOr<v1::DeadLetter> {
          SKALD_ASSIGN_OR_RETURN(const v1::DeadLetterRecord record, LoadDeadLetter(store, name));
          return ToDeadLetter(record);
        });
    return call->reactor();
  }

  ServerUnaryReactor* RetryDeadLetter(CallbackServerContext* context,
                                      const v1::DeadLetterOrder* request,
                                      v1::DeadLetterOrderResponse* response) override {
    return OrderDeadLetter(Order::Verb::kRetry, *context, *request, response);
  }
  ServerUnaryReactor* SkipDeadLetter(CallbackServerContext* context,
                                     const v1::DeadLetterOrder* request,
                                     v1::DeadLetterOrderResponse* response) override {
    return OrderDeadLetter(Order::Verb::kSkip, *context, *request, response);
  }
  ServerUnaryReactor* ResolveDeadLetter(CallbackServerContext* context,
                                        const v1::DeadLetterOrder* request,
                                        v1::DeadLetterOrderResponse* response) override {
    return OrderDeadLetter(Order::Verb::kResolve, *context, *request, response);
  }

  ServerUnaryReactor* PauseSaga(CallbackServerContext* context, const v1::SagaOrder* request,
                                v1::Saga* response) override {
    return OrderSaga(Order::Verb::kPause, *context, *request, response);
  }
  ServerUnaryReactor* ResumeSaga(CallbackServerContext* context, const v1::SagaOrder* request,
                                 v1::Saga* response) override {
    return OrderSaga(Order::Verb::kResume, *context, *request, response);
  }

  ServerUnaryReactor* ListAudit(CallbackServerContext*, const v1::ListAuditRequest* request,
                                v1::ListAuditResponse* response) override {
    auto call = UnaryCall<v1::ListAuditResponse>::Make(response);
    const std::string& id = request->saga_id();
    const absl::Status id_status = id.empty() ? absl::OkStatus() : CheckSagaId(id, kLongestId);
    auto page = ReadPage({"ListAudit", id}, request->page_size(), request->page_token(),
                         context_.limits.request.page);
    if (!id_status.ok() || !page.ok()) {
      call->Answer(id_status.ok() ? page.status() : id_status);
      return call->reactor();
    }
    AnswerFromStore(
        context_, call,
        [id, page = *std::move(page)](Store& store) -> absl::StatusOr<v1::ListAuditResponse> {
          SKALD_ASSIGN_OR_RETURN(const auto found, store.ListAudit(id, page));
          v1::ListAuditResponse result;
          for (const auto& record : found.items) *result.add_entries() = ToAuditEntry(record);
          result.set_next_page_token(MakePageToken({"ListAudit", id}, found.next));
          return result;
        });
    return call->reactor();
  }

  ServerUnaryReactor* ListDefinitions(CallbackServerContext*,
                                      const v1::ListDefinitionsRequest* request,
                                      v1::ListDefinitionsResponse* response) override {
    auto call = UnaryCall<v1::ListDefinitionsResponse>::Make(response);
    if (!request->include_missing()) {
      call->Answer(server::ListDefinitions(context_.registry));
      return call->reactor();
    }
    AnswerFromStore(context_, call, [&registry = context_.registry](Store& store) {
      return ListAllDefinitions(store, registry);
    });
    return call->reactor();
  }

  ServerUnaryReactor* GetDefinition(CallbackServerContext*, const v1::GetDefinitionRequest* request,
                                    v1::DefinitionInfo* response) override {
    auto call = UnaryCall<v1::DefinitionInfo>::Make(response);
    const auto definition = FindDefinition(context_.registry, request->name(), request->version());
    if (definition.ok()) {
      call->Answer(ToDefinitionInfo(**definition, Detail::kWhole));
      return call->reactor();
    }
    AnswerFromStore(
        context_, call, [&registry = context_.registry, request = *request](Store& store) {
          return GetStoredDefinition(store, registry, request.name(), request.version());
        });
    return call->reactor();
  }

  ServerUnaryReactor* DiffDefinitions(CallbackServerContext*,
                                      const v1::DiffDefinitionsRequest* request,
                                      v1::DiffDefinitionsResponse* response) override {
    auto call = UnaryCall<v1::DiffDefinitionsResponse>::Make(response);
    AnswerFromStore(context_, call,
                    [&registry = context_.registry, request = *request](Store& store) {
                      return server::DiffDefinitions(store, registry, request);
                    });
    return call->reactor();
  }

  ServerUnaryReactor* CountRunning(CallbackServerContext*, const v1::CountRunningRequest*,
                                   v1::CountRunningResponse* response) override {
    auto call = UnaryCall<v1::CountRunningResponse>::Make(response);
    AnswerFromStore(context_, call, [&registry = context_.registry](Store& store) {
      return server::CountRunning(store, registry);
    });
    return call->reactor();
  }

  ServerUnaryReactor* DrawSaga(CallbackServerContext*, const v1::DrawSagaRequest* request,
                               v1::DrawSagaResponse* response) override {
    auto call = UnaryCall<v1::DrawSagaResponse>::Make(response);
    if (const absl::Status id = CheckSagaId(request->saga_id(), kLongestId); !id.ok()) {
      call->Answer(id);
      return call->reactor();
    }
    AnswerFromStore(context_, call,
                    [&registry = context_.registry, request = *request](Store& store) {
                      return server::DrawSaga(store, registry, request);
                    });
    return call->reactor();
  }

 private:
  ServerUnaryReactor* OrderSaga(Order::Verb verb, CallbackServerContext& context,
                                const v1::SagaOrder& request, v1::Saga* response) {
    auto call = UnaryCall<v1::Saga>::Make(response);
    const absl::StatusOr<Backend> backend = context_.backend.Get();
    const absl::Status id = CheckSagaId(request.saga_id(), kLongestId);
    if (!id.ok() || !backend.ok()) {
      call->Answer(id.ok() ? backend.status() : id);
      return call->reactor();
    }
    backend->engine->Give(request.saga_id(),
                          MakeOrder(verb, request.actor(), context.peer(), request.reason()),
                          [call, &registry = context_.registry,
                           id = request.saga_id()](absl::StatusOr<v1::SagaRecord> saga) {
                            if (!saga.ok())
                              return call->Answer(Explain(std::move(saga).status(), id));
                            call->Answer(ToSaga(*saga, registry, Detail::kWhole));
                          });
    return call->reactor();
  }

  ServerUnaryReactor* OrderDeadLetter(Order::Verb verb, CallbackServerContext& context,
                                      const v1::DeadLetterOrder& request,
                                      v1::DeadLetterOrderResponse* response) {
    auto call = UnaryCall<v1::DeadLetterOrderResponse>::Make(response);
    const absl::Status status = GiveToDeadLetter(verb, context.peer(), request, call);
    if (!status.ok()) call->Answer(status);
    return call->reactor();
  }

  absl::Status GiveToDeadLetter(
      Order::Verb verb, const std::string& peer, const v1::DeadLetterOrder& request,
      const std::shared_ptr<UnaryCall<v1::DeadLetterOrderResponse>>& call) {
    SKALD_ASSIGN_OR_RETURN(const DeadLetterName name, ReadDeadLetterId(request.id()));
    if (verb != Order::Verb::kRetry && request.reason().empty()) {
      return WithField(
          WithReason(InvalidArgument("reason: it is required, for the audit"), "REASON_REQUIRED"),
          "reason");
    }
    SKALD_ASSIGN_OR_RETURN(const Backend backend, context_.backend.Get());
    Order order = MakeOrder(verb, request.actor(), peer, request.reason());
    order.dead_letter = name.number;
    backend.engine->Give(
        name.saga_id, std::move(order),
        [this, call, name, verb](absl::StatusOr<v1::SagaRecord> saga) {
          if (saga.ok()) {
            AnswerFromStore(context_, call,
                            [&registry = context_.registry, name, saga = *std::move(saga)](
                                Store& store) { return AfterOrder(store, registry, name, saga); });
          } else if (absl::IsFailedPrecondition(saga.status()) || absl::IsNotFound(saga.status())) {
            AnswerFromStore(
                context_, call,
                [&registry = context_.registry, name, verb,
                 refusal = Explain(std::move(saga).status(), name.saga_id)](Store& store) {
                  return IfRepeated(store, registry, name, verb, refusal);
                });
          } else {
            call->Answer(Explain(std::move(saga).status(), name.saga_id));
          }
        });
    return absl::OkStatus();
  }

  const ServiceContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAdminService(const ServiceContext& context) {
  return std::make_unique<AdminService>(context);
}

}  // namespace skald::server
