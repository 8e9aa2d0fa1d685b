#include "engine/server/saga_service.h"

#include <fmt/core.h>
#include <grpcpp/server_context.h>

#include <charconv>
#include <optional>

#include "engine/server/requests.h"
#include "engine/server/translate.h"
#include "engine/server/unary_call.h"
#include "engine/server/watch_call.h"
#include "skald/v1/saga.grpc.pb.h"

namespace skald::server {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

// Answers `call` with make(saga) once the saga has settled, `timeout` has passed or the server
// stops. Nothing is answered before Begin was called for the watch that is returned.
template <typename Response, typename Make>
absl::StatusOr<uint64_t> AnswerWhenSettled(const ServiceContext& context, const Backend& backend,
                                           const std::string& saga_id,
                                           std::optional<absl::Duration> timeout,
                                           const std::shared_ptr<UnaryCall<Response>>& call,
                                           Make make) {
  const auto last = std::make_shared<v1::SagaRecord>();
  SKALD_ASSIGN_OR_RETURN(
      const uint64_t watch,
      context.watches.Add(*backend.engine, saga_id, timeout, [call, last, make](const News& news) {
        if (!news.failed.ok()) return call->Answer(news.failed);
        if (news.saga.has_value()) *last = *news.saga;
        if (IsSettled(last->status()) || news.timed_out || news.closing) call->Answer(make(*last));
      }));
  call->WhenDone([&watches = context.watches, watch] { watches.Remove(watch); });
  return watch;
}

// Reads the saga for a watch that has been added.
bool BeginFromStore(const ServiceContext& context, Store& store, const std::string& saga_id,
                    uint64_t watch) {
  return context.readers.Run([&store, &watches = context.watches, saga_id, watch] {
    watches.Begin(watch, LoadSaga(store, saga_id));
  });
}

absl::Status ReadersFull() {
  return WithReason(
      Error(StatusCode::kResourceExhausted, "too many reads wait for the store already"),
      "READERS_FULL");
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
    if (const absl::Status status = Start(*request, call); !status.ok()) call->Answer(status);
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
                    [&registry = context_.registry,
                     id = request->saga_id()](Store& store) -> absl::StatusOr<v1::Saga> {
                      SKALD_ASSIGN_OR_RETURN(const v1::SagaRecord record, LoadSaga(store, id));
                      return ToSaga(record, registry, Detail::kWhole);
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

 private:
  using StartCall = std::shared_ptr<UnaryCall<v1::StartSagaResponse>>;

  absl::Status Start(const v1::StartSagaRequest& request, const StartCall& call) {
    SKALD_ASSIGN_OR_RETURN(const auto wait,
                           ReadWait(request.has_wait() ? &request.wait() : nullptr, "wait"));
    SKALD_ASSIGN_OR_RETURN(
        runtime::StartRequest start,
        ReadStart(request, context_.registry, context_.limits, context_.clock.Now()));
    SKALD_ASSIGN_OR_RETURN(const Backend backend, context_.backend.Get());
    const std::string saga_id = start.saga_id;
    if (!wait.has_value()) {
      backend.engine->Start(std::move(start), [call, saga_id, &registry = context_.registry](
                                                  absl::StatusOr<runtime::StartResult> result) {
        if (!result.ok()) return call->Answer(Explain(std::move(result).status(), saga_id));
        v1::StartSagaResponse response;
        *response.mutable_saga() = ToSaga(result->saga, registry, Detail::kWhole);
        response.set_already_started(result->kind == runtime::StartResult::Kind::kAlreadyStarted);
        call->Answer(std::move(response));
      });
      return absl::OkStatus();
    }
    // Written before Begin, read by the listener after it.
    const auto already_started = std::make_shared<bool>(false);
    SKALD_ASSIGN_OR_RETURN(
        const uint64_t watch,
        AnswerWhenSettled(
            context_, backend, saga_id, wait, call,
            [already_started, &registry = context_.registry](const v1::SagaRecord& saga) {
              v1::StartSagaResponse response;
              *response.mutable_saga() = ToSaga(saga, registry, Detail::kWhole);
              response.set_already_started(*already_started);
              return response;
            }));
    backend.engine->Start(
        std::move(start), [watch, already_started, saga_id, &watches = context_.watches](
                              absl::StatusOr<runtime::StartResult> result) {
          if (!result.ok())
            return watches.Begin(watch, Explain(std::move(result).status(), saga_id));
          *already_started = result->kind == runtime::StartResult::Kind::kAlreadyStarted;
          watches.Begin(watch, std::move(result->saga));
        });
    return absl::OkStatus();
  }

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
