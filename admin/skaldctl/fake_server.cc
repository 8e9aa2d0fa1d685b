#include "admin/skaldctl/fake_server.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "skald/v1/admin.grpc.pb.h"
#include "skald/v1/saga.grpc.pb.h"

namespace skald::ctl {
namespace {

// Small, so that a handful of sagas fills several pages.
constexpr int kLargestPage = 2;

bool IsOver(const v1::Saga& saga) {
  return saga.status() == v1::Saga::COMPLETED || saga.status() == v1::Saga::COMPENSATED ||
         saga.status() == v1::Saga::DEAD_LETTERED || saga.status() == v1::Saga::RESOLVED;
}

grpc::Status NoSuch(const std::string& what, const std::string& id) {
  return {grpc::StatusCode::NOT_FOUND, fmt::format("no {} '{}'", what, id)};
}

// Copies one page of `all` into `out`; the token of the next.
template <typename T>
std::string TakePage(const std::vector<T>& all, int size, const std::string& token,
                     google::protobuf::RepeatedPtrField<T>* out) {
  const size_t start = token.empty() ? 0 : std::stoul(token);
  const size_t end =
      std::min(all.size(), start + static_cast<size_t>(std::min(size, kLargestPage)));
  for (size_t i = start; i < end; ++i) *out->Add() = all[i];
  return end < all.size() ? std::to_string(end) : "";
}

}  // namespace

struct FakeServer::Books {
  mutable Mutex mutex;
  CondVar changed;
  std::map<std::string, v1::Saga> sagas SKALD_GUARDED_BY(mutex);
  std::map<std::string, v1::DeadLetter> letters SKALD_GUARDED_BY(mutex);
  std::vector<v1::HistoryEntry> history SKALD_GUARDED_BY(mutex);
  std::vector<v1::AuditEntry> audit SKALD_GUARDED_BY(mutex);
  std::vector<v1::DefinitionInfo> definitions SKALD_GUARDED_BY(mutex);
  std::vector<v1::RunningCount> counts SKALD_GUARDED_BY(mutex);
  std::string to_join SKALD_GUARDED_BY(mutex);
  int serving SKALD_GUARDED_BY(mutex) = grpc::health::v1::HealthCheckResponse::SERVING;
  google::rpc::Status failure SKALD_GUARDED_BY(mutex);
  int failures SKALD_GUARDED_BY(mutex) = 0;
  int watches_to_break SKALD_GUARDED_BY(mutex) = 0;
  int watches SKALD_GUARDED_BY(mutex) = 0;
  int waits SKALD_GUARDED_BY(mutex) = 0;
  bool closing SKALD_GUARDED_BY(mutex) = false;
  v1::StartSagaRequest last_start SKALD_GUARDED_BY(mutex);
  v1::CancelSagaRequest last_cancel SKALD_GUARDED_BY(mutex);
  v1::SignalSagaRequest last_signal SKALD_GUARDED_BY(mutex);
  v1::CompleteStepRequest last_completion SKALD_GUARDED_BY(mutex);
  std::vector<std::string> orders SKALD_GUARDED_BY(mutex);
  std::vector<std::string> filters SKALD_GUARDED_BY(mutex);

  v1::Saga& Store(v1::Saga saga) SKALD_REQUIRES(mutex) {
    v1::Saga& kept = sagas[saga.id()];
    saga.set_revision(kept.revision() + 1);
    kept = std::move(saga);
    changed.NotifyAll();
    return kept;
  }

  // The failure that the test asked for, or OK.
  grpc::Status NextFailure() SKALD_REQUIRES(mutex) {
    if (failures == 0) return grpc::Status::OK;
    --failures;
    const std::string details = failure.details_size() > 0 ? failure.SerializeAsString() : "";
    return {static_cast<grpc::StatusCode>(failure.code()), failure.message(), details};
  }

  // What every method that answers with a saga does.
  grpc::Status Find(const std::string& id, v1::Saga* response) SKALD_REQUIRES(mutex) {
    if (grpc::Status status = NextFailure(); !status.ok()) return status;
    const auto found = sagas.find(id);
    if (found == sagas.end()) return NoSuch("saga", id);
    *response = found->second;
    return grpc::Status::OK;
  }
};

class FakeServer::Sagas final : public v1::SagaService::Service {
 public:
  explicit Sagas(Books& books) : books_(books) {}

  grpc::Status StartSaga(grpc::ServerContext*, const v1::StartSagaRequest* request,
                         v1::StartSagaResponse* response) override {
    MutexLock lock(books_.mutex);
    if (grpc::Status status = books_.NextFailure(); !status.ok()) return status;
    books_.last_start = *request;
    if (!books_.to_join.empty()) {
      response->set_joined(true);
      *response->mutable_saga() = books_.sagas[books_.to_join];
      return grpc::Status::OK;
    }
    const std::string id = request->saga_id().empty() ? "made-by-server" : request->saga_id();
    response->set_already_started(books_.sagas.count(id) > 0);
    if (!response->already_started()) {
      v1::Saga saga;
      saga.set_id(id);
      saga.set_definition(request->definition());
      saga.set_definition_version(std::max(request->version(), 1));
      saga.set_status(v1::Saga::RUNNING);
      saga.set_state_json(request->input_json());
      books_.Store(std::move(saga));
    }
    *response->mutable_saga() = books_.sagas[id];
    return grpc::Status::OK;
  }

  grpc::Status GetSaga(grpc::ServerContext*, const v1::GetSagaRequest* request,
                       v1::Saga* response) override {
    MutexLock lock(books_.mutex);
    return books_.Find(request->saga_id(), response);
  }

  grpc::Status ListSagas(grpc::ServerContext*, const v1::ListSagasRequest* request,
                         v1::ListSagasResponse* response) override {
    MutexLock lock(books_.mutex);
    if (grpc::Status status = books_.NextFailure(); !status.ok()) return status;
    books_.filters.push_back(request->filter());
    std::vector<v1::Saga> all;
    for (const auto& [id, saga] : books_.sagas) all.push_back(saga);
    response->set_next_page_token(
        TakePage(all, request->page_size(), request->page_token(), response->mutable_sagas()));
    return grpc::Status::OK;
  }

  grpc::Status WatchSaga(grpc::ServerContext* context, const v1::WatchSagaRequest* request,
                         grpc::ServerWriter<v1::Saga>* writer) override {
    bool breaks = false;
    {
      MutexLock lock(books_.mutex);
      ++books_.watches;
      breaks = books_.watches_to_break > 0;
      if (breaks) --books_.watches_to_break;
      books_.changed.NotifyAll();
    }
    v1::Saga saga;
    do {
      if (grpc::Status status = Next(*context, request->saga_id(), saga); !status.ok()) {
        return status;
      }
      writer->Write(saga);
      if (breaks) return {grpc::StatusCode::UNAVAILABLE, "shutting down"};
    } while (!IsOver(saga));
    return grpc::Status::OK;
  }

  grpc::Status WaitSaga(grpc::ServerContext* context, const v1::WaitSagaRequest* request,
                        v1::Saga* response) override {
    const absl::Time until = absl::Now() + absl::Seconds(request->timeout().seconds()) +
                             absl::Nanoseconds(request->timeout().nanos());
    MutexLock lock(books_.mutex);
    ++books_.waits;
    books_.changed.NotifyAll();
    while (true) {
      if (grpc::Status status = books_.Find(request->saga_id(), response); !status.ok()) {
        return status;
      }
      const absl::Duration left = until - absl::Now();
      if (IsOver(*response) || left <= absl::ZeroDuration() || books_.closing) break;
      if (context->IsCancelled()) break;
      books_.changed.WaitFor(lock, std::min(left, kLookAgain));
    }
    return grpc::Status::OK;
  }

  grpc::Status CancelSaga(grpc::ServerContext*, const v1::CancelSagaRequest* request,
                          v1::Saga* response) override {
    MutexLock lock(books_.mutex);
    if (grpc::Status status = books_.Find(request->saga_id(), response); !status.ok()) {
      return status;
    }
    books_.last_cancel = *request;
    response->set_status(v1::Saga::COMPENSATING);
    *response = books_.Store(*response);
    return grpc::Status::OK;
  }

  grpc::Status SignalSaga(grpc::ServerContext*, const v1::SignalSagaRequest* request,
                          v1::Saga* response) override {
    MutexLock lock(books_.mutex);
    books_.last_signal = *request;
    return books_.Find(request->saga_id(), response);
  }

  grpc::Status CompleteStep(grpc::ServerContext*, const v1::CompleteStepRequest* request,
                            v1::CompleteStepResponse*) override {
    MutexLock lock(books_.mutex);
    books_.last_completion = *request;
    return books_.NextFailure();
  }

  grpc::Status ListHistory(grpc::ServerContext*, const v1::ListHistoryRequest* request,
                           v1::ListHistoryResponse* response) override {
    MutexLock lock(books_.mutex);
    if (grpc::Status status = books_.NextFailure(); !status.ok()) return status;
    response->set_next_page_token(TakePage(books_.history, request->page_size(),
                                           request->page_token(), response->mutable_entries()));
    return grpc::Status::OK;
  }

 private:
  // A cancelled call does not wake the condition.
  static constexpr absl::Duration kLookAgain = absl::Milliseconds(50);

  // Waits until the saga has another revision than `saga`.
  grpc::Status Next(const grpc::ServerContext& context, const std::string& id, v1::Saga& saga) {
    MutexLock lock(books_.mutex);
    const int64_t known = saga.revision();
    while (true) {
      if (grpc::Status status = books_.Find(id, &saga); !status.ok()) return status;
      if (saga.revision() != known) return grpc::Status::OK;
      if (context.IsCancelled() || books_.closing) return grpc::Status::CANCELLED;
      books_.changed.WaitFor(lock, kLookAgain);
    }
  }

  Books& books_;
};

class FakeServer::Admin final : public v1::AdminService::Service {
 public:
  explicit Admin(Books& books) : books_(books) {}

  grpc::Status ListDeadLetters(grpc::ServerContext*, const v1::ListDeadLettersRequest* request,
                               v1::ListDeadLettersResponse* response) override {
    MutexLock lock(books_.mutex);
    if (grpc::Status status = books_.NextFailure(); !status.ok()) return status;
    books_.filters.push_back(request->filter());
    std::vector<v1::DeadLetter> all;
    for (const auto& [id, letter] : books_.letters) all.push_back(letter);
    response->set_next_page_token(TakePage(all, request->page_size(), request->page_token(),
                                           response->mutable_dead_letters()));
    return grpc::Status::OK;
  }

  grpc::Status GetDeadLetter(grpc::ServerContext*, const v1::GetDeadLetterRequest* request,
                             v1::DeadLetter* response) override {
    MutexLock lock(books_.mutex);
    const auto found = books_.letters.find(request->id());
    if (found == books_.letters.end()) return NoSuch("dead letter", request->id());
    *response = found->second;
    return grpc::Status::OK;
  }

  grpc::Status RetryDeadLetter(grpc::ServerContext*, const v1::DeadLetterOrder* order,
                               v1::DeadLetterOrderResponse* response) override {
    return Carry("retry", *order, v1::Saga::COMPENSATING, response);
  }
  grpc::Status SkipDeadLetter(grpc::ServerContext*, const v1::DeadLetterOrder* order,
                              v1::DeadLetterOrderResponse* response) override {
    return Carry("skip", *order, v1::Saga::COMPENSATING, response);
  }
  grpc::Status ResolveDeadLetter(grpc::ServerContext*, const v1::DeadLetterOrder* order,
                                 v1::DeadLetterOrderResponse* response) override {
    return Carry("resolve", *order, v1::Saga::RESOLVED, response);
  }

  grpc::Status PauseSaga(grpc::ServerContext*, const v1::SagaOrder* order,
                         v1::Saga* response) override {
    return SetPaused(*order, true, response);
  }
  grpc::Status ResumeSaga(grpc::ServerContext*, const v1::SagaOrder* order,
                          v1::Saga* response) override {
    return SetPaused(*order, false, response);
  }

  grpc::Status ListAudit(grpc::ServerContext*, const v1::ListAuditRequest* request,
                         v1::ListAuditResponse* response) override {
    MutexLock lock(books_.mutex);
    response->set_next_page_token(TakePage(books_.audit, request->page_size(),
                                           request->page_token(), response->mutable_entries()));
    return grpc::Status::OK;
  }

  grpc::Status ListDefinitions(grpc::ServerContext*, const v1::ListDefinitionsRequest* request,
                               v1::ListDefinitionsResponse* response) override {
    MutexLock lock(books_.mutex);
    for (const auto& definition : books_.definitions) {
      if (definition.missing() && !request->include_missing()) continue;
      *response->add_definitions() = definition;
    }
    return grpc::Status::OK;
  }

  grpc::Status DiffDefinitions(grpc::ServerContext*, const v1::DiffDefinitionsRequest* request,
                               v1::DiffDefinitionsResponse* response) override {
    if (request->from_version() == request->to_version()) return grpc::Status::OK;
    response->add_changes(fmt::format("from {} {} to {} {}", request->name(),
                                      request->from_version(), request->to_name(),
                                      request->to_version()));
    return grpc::Status::OK;
  }

  grpc::Status CountRunning(grpc::ServerContext*, const v1::CountRunningRequest*,
                            v1::CountRunningResponse* response) override {
    MutexLock lock(books_.mutex);
    for (const auto& count : books_.counts) *response->add_counts() = count;
    return grpc::Status::OK;
  }

  grpc::Status DrawSaga(grpc::ServerContext*, const v1::DrawSagaRequest* request,
                        v1::DrawSagaResponse* response) override {
    response->set_picture(fmt::format(
        "{} of {}", v1::DrawSagaRequest::Format_Name(request->format()), request->saga_id()));
    return grpc::Status::OK;
  }

  grpc::Status GetDefinition(grpc::ServerContext*, const v1::GetDefinitionRequest* request,
                             v1::DefinitionInfo* response) override {
    MutexLock lock(books_.mutex);
    for (const auto& definition : books_.definitions) {
      const bool same_version =
          request->version() == 0 || request->version() == definition.version();
      if (definition.name() == request->name() && same_version) *response = definition;
    }
    return response->name().empty() ? NoSuch("definition", request->name()) : grpc::Status::OK;
  }

 private:
  grpc::Status Carry(const std::string& verb, const v1::DeadLetterOrder& order,
                     v1::Saga::Status status, v1::DeadLetterOrderResponse* response) {
    MutexLock lock(books_.mutex);
    if (grpc::Status failure = books_.NextFailure(); !failure.ok()) return failure;
    const auto found = books_.letters.find(order.id());
    if (found == books_.letters.end()) return NoSuch("dead letter", order.id());
    if (found->second.has_close_time()) {
      return {grpc::StatusCode::FAILED_PRECONDITION, "it is closed"};
    }
    books_.orders.push_back(
        fmt::format("{} {} by {}: {}", verb, order.id(), order.actor(), order.reason()));
    found->second.mutable_close_time()->set_seconds(1);
    found->second.set_closed_by(verb);
    *response->mutable_dead_letter() = found->second;
    response->mutable_saga()->set_id(found->second.saga_id());
    response->mutable_saga()->set_status(status);
    return grpc::Status::OK;
  }

  grpc::Status SetPaused(const v1::SagaOrder& order, bool paused, v1::Saga* response) {
    MutexLock lock(books_.mutex);
    if (grpc::Status status = books_.Find(order.saga_id(), response); !status.ok()) return status;
    books_.orders.push_back(fmt::format("{} {} by {}: {}", paused ? "pause" : "resume",
                                        order.saga_id(), order.actor(), order.reason()));
    response->set_paused(paused);
    *response = books_.Store(*response);
    return grpc::Status::OK;
  }

  Books& books_;
};

class FakeServer::Health final : public grpc::health::v1::Health::Service {
 public:
  explicit Health(Books& books) : books_(books) {}

  grpc::Status Check(grpc::ServerContext*, const grpc::health::v1::HealthCheckRequest*,
                     grpc::health::v1::HealthCheckResponse* response) override {
    MutexLock lock(books_.mutex);
    response->set_status(
        static_cast<grpc::health::v1::HealthCheckResponse::ServingStatus>(books_.serving));
    return grpc::Status::OK;
  }

 private:
  Books& books_;
};

struct FakeServer::Running {
  explicit Running(Books& books) : sagas(books), admin(books), health(books) {
    grpc::EnableDefaultHealthCheckService(false);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&sagas);
    builder.RegisterService(&admin);
    builder.RegisterService(&health);
    server = builder.BuildAndStart();
    SKALD_CHECK(server != nullptr, "the fake server does not start");
  }

  Sagas sagas;
  Admin admin;
  Health health;
  int port = 0;
  std::unique_ptr<grpc::Server> server;
};

FakeServer::FakeServer()
    : books_(std::make_unique<Books>()), running_(std::make_unique<Running>(*books_)) {}

FakeServer::~FakeServer() {
  {
    MutexLock lock(books_->mutex);
    books_->closing = true;
    books_->changed.NotifyAll();
  }
  running_->server->Shutdown();
  running_->server->Wait();
}

std::string FakeServer::address() const { return fmt::format("127.0.0.1:{}", running_->port); }

void FakeServer::Put(v1::Saga saga) {
  MutexLock lock(books_->mutex);
  books_->Store(std::move(saga));
}

void FakeServer::Put(const v1::DeadLetter& letter) {
  MutexLock lock(books_->mutex);
  books_->letters[letter.id()] = letter;
}

void FakeServer::Put(const v1::HistoryEntry& entry) {
  MutexLock lock(books_->mutex);
  books_->history.push_back(entry);
}

void FakeServer::Put(const v1::AuditEntry& entry) {
  MutexLock lock(books_->mutex);
  books_->audit.push_back(entry);
}

void FakeServer::Put(const v1::DefinitionInfo& definition) {
  MutexLock lock(books_->mutex);
  books_->definitions.push_back(definition);
}

void FakeServer::Put(const v1::RunningCount& count) {
  MutexLock lock(books_->mutex);
  books_->counts.push_back(count);
}

void FakeServer::Join(const std::string& saga_id) {
  MutexLock lock(books_->mutex);
  books_->to_join = saga_id;
}

void FakeServer::SetServing(int serving_status) {
  MutexLock lock(books_->mutex);
  books_->serving = serving_status;
}

void FakeServer::Fail(const google::rpc::Status& status, int calls) {
  MutexLock lock(books_->mutex);
  books_->failure = status;
  books_->failures = calls;
}

void FakeServer::BreakWatches(int streams) {
  MutexLock lock(books_->mutex);
  books_->watches_to_break = streams;
}

void FakeServer::AwaitWait() {
  MutexLock lock(books_->mutex);
  while (books_->waits == 0) books_->changed.Wait(lock);
}

void FakeServer::AwaitWatches(int count) {
  MutexLock lock(books_->mutex);
  while (books_->watches < count) books_->changed.Wait(lock);
}

v1::StartSagaRequest FakeServer::last_start() const {
  MutexLock lock(books_->mutex);
  return books_->last_start;
}

v1::CancelSagaRequest FakeServer::last_cancel() const {
  MutexLock lock(books_->mutex);
  return books_->last_cancel;
}

v1::SignalSagaRequest FakeServer::last_signal() const {
  MutexLock lock(books_->mutex);
  return books_->last_signal;
}

v1::CompleteStepRequest FakeServer::last_completion() const {
  MutexLock lock(books_->mutex);
  return books_->last_completion;
}

std::vector<std::string> FakeServer::orders() const {
  MutexLock lock(books_->mutex);
  return books_->orders;
}

std::vector<std::string> FakeServer::filters() const {
  MutexLock lock(books_->mutex);
  return books_->filters;
}

}  // namespace skald::ctl
