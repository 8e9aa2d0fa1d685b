#include "examples/shared/understudy.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <map>
#include <set>

#include "base/check.h"
#include "base/mutex.h"
#include "base/status.h"
#include "examples/shared/journal.h"
#include "participant/metadata.h"
#include "participant/sqlite_guard.h"
#include "participant/sqlite_statement.h"
#include "tests/support/temp_folder.h"

namespace demo {
namespace {

using Answered = skald::participant::Answer;
using skald::participant::CallInfo;
using skald::participant::SqliteGuard;

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::unique_ptr<SqliteGuard> OpenGuard(const std::string& path) {
  auto guard = SqliteGuard::Open(path);
  SKALD_CHECK(guard.ok(), "{}", skald::Message(guard.status()));
  const absl::Status created = (*guard)->InTransaction(CreateJournal);
  SKALD_CHECK(created.ok(), "{}", skald::Message(created));
  return *std::move(guard);
}

}  // namespace

class Understudy::Impl final : public grpc::CallbackGenericService {
 public:
  Impl() : guard_(OpenGuard(folder_.path() + "/book.db")) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    SKALD_CHECK(server_ != nullptr && port_ != 0, "no free port");
  }
  ~Impl() override { server_->Shutdown(std::chrono::system_clock::now()); }

  void Set(const std::string& method, Answer answer) SKALD_EXCLUDES(mutex_) {
    skald::MutexLock lock(mutex_);
    answers_[method] = std::move(answer);
  }
  void SetPending(const std::string& method) SKALD_EXCLUDES(mutex_) {
    skald::MutexLock lock(mutex_);
    pending_.insert(method);
  }

  std::vector<std::string> Effects() const {
    std::vector<std::string> effects;
    const absl::Status read = guard_->InTransaction([&](sqlite3* db) -> absl::Status {
      skald::participant::SqliteStatement select(db, "SELECT effect FROM journal ORDER BY entry");
      while (true) {
        SKALD_ASSIGN_OR_RETURN(const bool found, select.Step());
        if (!found) return absl::OkStatus();
        effects.push_back(select.Text(0));
      }
    });
    SKALD_CHECK(read.ok(), "{}", skald::Message(read));
    return effects;
  }

  int port() const { return port_; }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Delivery(*this, *context);
  }

 private:
  // One delivery of a call. Deletes itself.
  class Delivery final : public grpc::ServerGenericBidiReactor {
   public:
    Delivery(Impl& impl, grpc::GenericCallbackServerContext& context)
        : impl_(impl), context_(context) {
      StartRead(&request_);
    }
    void OnReadDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::CANCELLED);
      const Answered answered = impl_.Serve(context_, ToString(request_));
      grpc::Status status = skald::participant::ToGrpcStatus(answered.status());
      if (answered.pending().has_value()) {
        status = skald::participant::AnswerPending(context_, *answered.pending());
      }
      if (!status.ok()) return Finish(status);
      response_ = ToBuffer(answered.reply());
      StartWriteAndFinish(&response_, {}, grpc::Status::OK);
    }
    void OnDone() override { delete this; }

   private:
    Impl& impl_;
    grpc::GenericCallbackServerContext& context_;
    grpc::ByteBuffer request_;
    grpc::ByteBuffer response_;
  };

  Answered Serve(grpc::GenericCallbackServerContext& context, const std::string& request)
      SKALD_EXCLUDES(mutex_) {
    const std::string& method = context.method();
    Answer answer;
    bool pends = false;
    {
      skald::MutexLock lock(mutex_);
      if (const auto found = answers_.find(method); found != answers_.end()) answer = found->second;
      pends = pending_.contains(method);
    }
    SKALD_ASSIGN_OR_RETURN(const CallInfo call, skald::participant::ReadCallInfo(context));
    return guard_->RunUntyped({.info = call, .request_digest = method + request},
                              [&](sqlite3* db) -> Answered {
                                if (pends) return skald::participant::Pending();
                                const std::string effect = method.substr(method.rfind('/') + 1);
                                SKALD_RETURN_IF_ERROR(WriteJournal(db, call, effect, call.step, 1));
                                return answer ? answer(request) : std::string();
                              });
  }

  const skald::testing_support::TempFolder folder_;
  const std::unique_ptr<SqliteGuard> guard_;
  skald::Mutex mutex_;
  std::map<std::string, Answer> answers_ SKALD_GUARDED_BY(mutex_);
  std::set<std::string> pending_ SKALD_GUARDED_BY(mutex_);
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

Understudy::Understudy() : impl_(std::make_unique<Impl>()) {}
Understudy::~Understudy() = default;

void Understudy::Set(const std::string& method, Answer answer) {
  impl_->Set(method, std::move(answer));
}
void Understudy::SetPending(const std::string& method) { impl_->SetPending(method); }
std::vector<std::string> Understudy::Effects() const { return impl_->Effects(); }
std::string Understudy::address() const { return "127.0.0.1:" + std::to_string(impl_->port()); }

}  // namespace demo
