#include "engine/server/saga_service.h"

#include <fmt/core.h>
#include <grpcpp/server_context.h>

#include <charconv>
#include <optional>

#include "engine/server/requests.h"
#include "engine/server/saga_commands.h"
#include "engine/server/settled_answer.h"
#include "engine/server/start_call.h"
#include "engine/server/translate.h"
#include "engine/server/unary_call.h"
#include "engine/server/watch_call.h"
#include "skald/v1/saga.grpc.pb.h"

namespace skald::server {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

// Reads the saga for a watch that has been added.
bool BeginFromStore(const ServiceContext& context, Store& store, const std::string& saga_id,
                    uint64_t watch) {
  return context.readers.Run([&store, &watches = context.watches, saga_id, watch] {
    watches.Begin(watch, LoadSaga(store, saga_id));
  });
}

// Also says who is in the way of a queued saga.
absl::StatusOr<v1::Saga> GetSaga(Store& store, const Registry& registry, const std::string& id) {
  SKALD_ASSIGN_OR_RETURN(const v1::SagaRecord record, LoadSaga(store, id));
  v1::Saga saga = ToSaga(record, registry, Detail::kWhole);
  if (!record.queued()) return saga;
  SKALD_ASSIGN_OR_RETURN(const KeyHolder key, store.FindKey(record.exclusive_key()));
  const std::string& holder = key.holder.empty() ? key.next : key.holder;
  if (holder != id) saga.set_key_holder(holder);
  return saga;
}

absl::StatusOr<v1::ListSagasResponse> ListSagas(Store& store, const Registry& registry,
                                                const Filter& filter, const PageRequest& page,
                                                const ListScope& scope) {
  SKALD_ASSIGN_OR_RETURN(const Page<v1::SagaRecord> found, store.ListSagas(filter, page));
  v1::ListSagasResponse response;
  for (const v1::SagaRecord& record : found.items) {
    *response.add_sagas() = ToSaga(record, registry, Detail::kRow);
  }
  response.set_next_page_token(MakePageToken(scope, found.next));
  return response;
}

absl::StatusOr<v1::ListHistoryResponse> ListHistory(Store& store, const std::string& saga_id,
                                                    const PageRequest& page,
                                                    const ListScope& scope) {
  int64_t after = 0;
  std::from_chars(page.after.data(), page.after.data() + page.after.size(), after);
  // One more than the page holds tells whether there is another.
  SKALD_ASSIGN_OR_RETURN(std::vector<v1::HistoryEntry> entries,
                         store.ListHistory(saga_id, after, page.size + 1));
  if (entries.empty()) {
    // A saga has at least one entry: this one may not exist.
    SKALD_RETURN_IF_ERROR(LoadSaga(store, saga_id).status());
  }
  v1::ListHistoryResponse response;
  if (entries.size() > static_cast<size_t>(page.size)) {
    entries.resize(page.size);
    response.set_next_page_token(MakePageToken(scope, fmt::format("{}", entries.back().number())));
  }
  for (v1::HistoryEntry& entry : entries) *response.add_entries() = std::move(entry);
  return response;
}

class SagaService final : public v1::SagaService::CallbackService {
 public:
  explicit SagaService(const ServiceContext& context) : context_(context) {}

  ServerUnaryReactor* StartSaga(CallbackServerContext*, const v1::StartSagaRequest* request,
                                v1::StartSagaResponse* response) override {
    auto call = UnaryCall<v1::StartSagaResponse>::Make(response);
    AnswerStart(context_, *request, call);
    return call->reactor();
  }

  ServerUnaryReactor* GetSaga(CallbackServerContext*, const v1::GetSagaRequest* request,
                              v1::Saga* response) override {
    auto call = UnaryCall<v1::Saga>::Make(response);
    if (const absl::Status status = CheckSagaId(request->saga_id(), kLongestId); !status.ok()) {
      call->Answer(status);
      return call->reactor();
    }
    AnswerFromStore(context_, call,
                    [&registry = context_.registry, id = request->saga_id()](Store& store) {
                      return server::GetSaga(store, registry, id);
                    });
    return call->reactor();
  }

  ServerUnaryReactor* ListSagas(CallbackServerContext*, const v1::ListSagasRequest* request,
                                v1::ListSagasResponse* response) override {
    auto call = UnaryCall<v1::ListSagasResponse>::Make(response);
    const ListScope scope{"ListSagas", request->filter()};
    auto page =
        ReadPage(scope, request->page_size(), request->page_token(), context_.limits.request.page);
    auto filter = ReadFilter(request->filter(), FilterSubject::kSagas, context_.clock.Now());
    if (!filter.ok() || !page.ok()) {
      call->Answer(filter.ok() ? page.status() : filter.status());
      return call->reactor();
    }
    AnswerFromStore(context_, call,
                    [&registry = context_.registry, filter = *std::move(filter),
                     page = *std::move(page), text = request->filter()](Store& store) {
                      return server::ListSagas(store, registry, filter, page, {"ListSagas", text});
                    });
    return call->reactor();
  }

  ServerUnaryReactor* ListHistory(CallbackServerContext*, const v1::ListHistoryRequest* request,
                                  v1::ListHistoryResponse* response) override {
    auto call = UnaryCall<v1::ListHistoryResponse>::Make(response);
    const absl::Status id = CheckSagaId(request->saga_id(), kLongestId);
    auto page = ReadPage({"ListHistory", request->saga_id()}, request->page_size(),
                         request->page_token(), context_.limits.request.page);
    if (!id.ok() || !page.ok()) {
      call->Answer(id.ok() ? page.status() : id);
      return call->reactor();
    }
    AnswerFromStore(context_, call,
                    [id = request->saga_id(), page = *std::move(page)](Store& store) {
                      return server::ListHistory(store, id, page, {"ListHistory", id});
                    });
    return call->reactor();
  }

  ServerUnaryReactor* WaitSaga(CallbackServerContext*, const v1::WaitSagaRequest* request,
                               v1::Saga* response) override {
    auto call = UnaryCall<v1::Saga>::Make(response);
    if (const absl::Status status = Wait(*request, call); !status.ok()) call->Answer(status);
    return call->reactor();
  }

  grpc::ServerWriteReactor<v1::Saga>* WatchSaga(CallbackServerContext*,
                                                const v1::WatchSagaRequest* request) override {
    auto call = WatchCall::Make(context_.registry, context_.watches);
    if (const absl::Status status = Watch(request->saga_id(), call); !status.ok())
      call->End(status);
    return call->reactor();
  }

  ServerUnaryReactor* CancelSaga(CallbackServerContext* context,
                                 const v1::CancelSagaRequest* request,
                                 v1::Saga* response) override {
    auto call = UnaryCall<v1::Saga>::Make(response);
    const absl::StatusOr<Backend> backend = context_.backend.Get();
    const absl::Status id = CheckSagaId(request->saga_id(), kLongestId);
    if (!id.ok() || !backend.ok()) {
      call->Answer(id.ok() ? backend.status() : id);
      return call->reactor();
    }
    backend->engine->Give(
        request->saga_id(),
        MakeOrder(core::Order::Verb::kCancel, request->actor(), context->peer(), request->reason()),
        [call, &registry = context_.registry,
         saga_id = request->saga_id()](absl::StatusOr<v1::SagaRecord> saga) {
          if (!saga.ok()) return call->Answer(Explain(std::move(saga).status(), saga_id));
          call->Answer(ToSaga(*saga, registry, Detail::kWhole));
        });
    return call->reactor();
  }

  ServerUnaryReactor* SignalSaga(CallbackServerContext* context,
                                 const v1::SignalSagaRequest* request,
                                 v1::Saga* response) override {
    auto call = UnaryCall<v1::Saga>::Make(response);
    AnswerSignal(context_, *request, context->peer(), call);
    return call->reactor();
  }

  ServerUnaryReactor* CompleteStep(CallbackServerContext*, const v1::CompleteStepRequest* request,
                                   v1::CompleteStepResponse* response) override {
    auto call = UnaryCall<v1::CompleteStepResponse>::Make(response);
    AnswerCompletion(context_, *request, call);
    return call->reactor();
  }

 private:
  absl::Status Wait(const v1::WaitSagaRequest& request,
                    const std::shared_ptr<UnaryCall<v1::Saga>>& call) {
    SKALD_RETURN_IF_ERROR(CheckSagaId(request.saga_id(), kLongestId));
    SKALD_ASSIGN_OR_RETURN(
        const auto timeout,
        ReadWait(request.has_timeout() ? &request.timeout() : nullptr, "timeout"));
    SKALD_ASSIGN_OR_RETURN(const Backend backend, context_.backend.Get());
    SKALD_ASSIGN_OR_RETURN(
        const uint64_t watch,
        AnswerWhenSettled(context_, backend, request.saga_id(), timeout, call,
                          *CallWatches::Of(context_.watches, *call),
                          [&registry = context_.registry](const v1::SagaRecord& saga) {
                            return ToSaga(saga, registry, Detail::kWhole);
                          }));
    return BeginFromStore(context_, *backend.store, request.saga_id(), watch) ? absl::OkStatus()
                                                                              : ReadersFull();
  }

  absl::Status Watch(const std::string& saga_id, const std::shared_ptr<WatchCall>& call) {
    SKALD_RETURN_IF_ERROR(CheckSagaId(saga_id, kLongestId));
    SKALD_ASSIGN_OR_RETURN(const Backend backend, context_.backend.Get());
    SKALD_ASSIGN_OR_RETURN(const uint64_t watch,
                           context_.watches.Add(*backend.engine, saga_id, std::nullopt,
                                                [call](const News& news) { call->Hear(news); }));
    call->SetWatch(watch);
    return BeginFromStore(context_, *backend.store, saga_id, watch) ? absl::OkStatus()
                                                                    : ReadersFull();
  }

  const ServiceContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSagaService(const ServiceContext& context) {
  return std::make_unique<SagaService>(context);
}

}  // namespace skald::server
