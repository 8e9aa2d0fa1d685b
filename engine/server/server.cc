#include "engine/server/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <map>

#include "base/status.h"
#include "engine/server/admin_service.h"
#include "engine/server/errors.h"
#include "engine/server/saga_service.h"
#include "engine/server/service_context.h"
#include "engine/server/values.h"

namespace skald::server {
namespace {

// How long the start waits for a store that does not answer before it goes on in the background.
constexpr absl::Duration kFirstTry = absl::Seconds(5);
constexpr absl::Duration kKeepaliveEvery = absl::Seconds(60);
constexpr absl::Duration kLeastBetweenPings = absl::Seconds(10);

absl::Status StoreAway(const absl::Status& why) {
  return WithReason(Unavailable("the store is not open yet: {}", Message(why)),
                    "STORE_UNAVAILABLE");
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

void AddLimits(const Config& config, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(config.engine.limits.message));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(config.limits.metadata));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, config.limits.streams);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                             Milliseconds(config.limits.connection_idle));
  // A client that is gone without a word is found out; one that pings too often is sent away.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(kKeepaliveEvery));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(kLeastBetweenPings));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Two servers on one port would share the clients between them.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

// "127.0.0.1:7600" -> "127.0.0.1", "[::1]:7600" -> "[::1]".
std::string Host(const std::string& listen) { return listen.substr(0, listen.rfind(':')); }

}  // namespace

class Server::Impl {
 public:
  Impl(const Config& config, const Registry& registry, Parts parts)
      : config_(config),
        parts_(std::move(parts)),
        backend_(StoreAway(Unavailable("it is being opened"))),
        context_{registry, *parts_.clock, backend_,
                 readers_, watches_,      {config.limits, config.engine.limits.state}},
        keeper_(parts_.keeper,
                {.open_store = parts_.open_store,
                 .make_engine =
                     [this, &registry](Store& store) {
                       return std::make_unique<runtime::Engine>(config_.engine, registry, store,
                                                                *parts_.caller, *parts_.clock);
                     },
                 .on_change = [this](StoreKeeper::State state,
                                     const absl::Status& status) { StoreChanged(state, status); }},
                backend_),
        watches_(config.limits.watches),
        readers_(config.readers.threads, config.readers.queue),
        saga_service_(MakeSagaService(context_)),
        admin_service_(MakeAdminService(context_)) {}

  ~Impl() { Stop(); }

  absl::StatusOr<std::string> Start();
  void Stop();
  bool Serving() const { return serving_; }

 private:
  void StoreChanged(StoreKeeper::State state, const absl::Status& status);
  void SetHealth(bool serving);

  const Config config_;
  const Parts parts_;
  BackendHolder backend_;
  ServiceContext context_;
  // They go in reverse: reads that clients gave up on need the store, the hub needs the engine.
  StoreKeeper keeper_;
  WatchHub watches_;
  ReaderPool readers_;
  std::unique_ptr<grpc::Service> saga_service_;
  std::unique_ptr<grpc::Service> admin_service_;
  std::unique_ptr<grpc::Server> grpc_;
  std::atomic<bool> serving_{false};
  // The keeper's thread's own; `refused_` may be read once the keeper's state is kRefused.
  std::string last_failure_;
  absl::Status refused_;
  bool stopped_ = false;
};

absl::StatusOr<std::string> Server::Impl::Start() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  AddLimits(config_, builder);
  int port = 0;
  builder.AddListeningPort(config_.listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(saga_service_.get());
  builder.RegisterService(admin_service_.get());
  grpc_ = builder.BuildAndStart();
  if (grpc_ == nullptr || port == 0) {
    return Unavailable(
        "cannot listen on {}: is the address right, and does no other server use the port?",
        config_.listen);
  }
  SetHealth(false);
  keeper_.Start();
  if (keeper_.WaitForFirstTry(kFirstTry) == StoreKeeper::State::kRefused) {
    Stop();
    return refused_;
  }
  return fmt::format("{}:{}", Host(config_.listen), port);
}

void Server::Impl::StoreChanged(StoreKeeper::State state, const absl::Status& status) {
  const std::string name = MaskSecrets(config_.store);
  switch (state) {
    case StoreKeeper::State::kServing:
      spdlog::info("store {} is open", name);
      last_failure_.clear();
      break;
    case StoreKeeper::State::kAway:
      spdlog::warn("store {} takes no writes: {}", name, Message(status));
      break;
    case StoreKeeper::State::kOpening:
      backend_.Shut(StoreAway(status));
      // Once for each new reason, not for each try.
      if (last_failure_ != Message(status)) {
        spdlog::warn("store {} is away, trying again: {}", name, Message(status));
        last_failure_ = std::string(Message(status));
      }
      break;
    case StoreKeeper::State::kRefused:
      backend_.Shut(StoreAway(status));
      spdlog::error("store {} cannot be used: {}", name, Message(status));
      refused_ = status;
      if (parts_.on_refused) parts_.on_refused(status);
      break;
  }
  SetHealth(state == StoreKeeper::State::kServing);
}

void Server::Impl::SetHealth(bool serving) {
  serving_ = serving;
  grpc::HealthCheckServiceInterface& health = *grpc_->GetHealthCheckService();
  for (const char* service : {"", "skald.v1.SagaService", "skald.v1.AdminService"}) {
    health.SetServingStatus(service, serving);
  }
}

void Server::Impl::Stop() {
  if (std::exchange(stopped_, true)) return;
  serving_ = false;
  if (grpc_ != nullptr) {
    grpc_->GetHealthCheckService()->Shutdown();
    watches_.Close();
    grpc_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(config_.grace));
    grpc_->Wait();
  }
  keeper_.Stop();
}

Server::Server(const Config& config, const Registry& registry, Parts parts)
    : impl_(std::make_unique<Impl>(config, registry, std::move(parts))) {}
Server::~Server() = default;

absl::StatusOr<std::string> Server::Start() { return impl_->Start(); }
bool Server::Serving() const { return impl_->Serving(); }
void Server::Stop() { impl_->Stop(); }

absl::Status CheckListen(const Config& config) {
  const std::string host = Host(config.listen);
  const bool loopback = host == "localhost" || host == "[::1]" || host.compare(0, 4, "127.") == 0 ||
                        host.compare(0, 4, "unix") == 0;
  if (config.listen.find(':') == std::string::npos) {
    return InvalidArgument("listen: '{}' is no address: expected host:port, such as 127.0.0.1:7600",
                           config.listen);
  }
  if (loopback || config.insecure_listen) return absl::OkStatus();
  return InvalidArgument(
      "listen: {} is off loopback, where anybody could give orders: listen on 127.0.0.1 with a "
      "proxy that adds "
      "TLS in front, or set insecure_listen: true if the network is closed",
      config.listen);
}

std::vector<std::string> MissingParticipants(const Config& config, const Registry& registry) {
  std::map<std::string, std::string> callers;
  for (const Definition* definition : registry.All()) {
    for (const std::string& name : ParticipantsOf(*definition)) {
      if (config.participants.count(name) == 0) callers.emplace(name, Label(*definition));
    }
  }
  std::vector<std::string> messages;
  for (const auto& [name, label] : callers) {
    messages.push_back(
        fmt::format("participant '{0}', which {1} calls, is not configured: write "
                    "participants.{0}.address in the "
                    "file, or --participant {0}=dns:///host:port",
                    name, label));
  }
  return messages;
}

}  // namespace skald::server
