// GrpcCaller against a participant in this process, over a real socket.
#include "engine/runtime/grpc_caller.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "google/rpc/error_details.pb.h"

namespace skald::runtime {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;

using Metadata = std::map<std::string, std::string>;

struct Request {
  std::string method;
  std::string body;
  Metadata metadata;
  std::chrono::system_clock::time_point deadline;
};

struct Answer {
  grpc::Status status;
  std::string body;
  Metadata headers;
  Metadata trailers;
  // Never answers: the call ends when the client has had enough.
  bool silent = false;
  // Ends with its status, but sends no message.
  bool empty_handed = false;
  // Where there is one, answers only then.
  std::shared_future<void> after;
};

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.DumpToSingleSlice(&slice).ok()) return {};
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

// A participant with every method there is; answers as told, or OK and empty. Locked.
class FakeParticipant final {
 public:
  ~FakeParticipant() { Shutdown(); }

  // Port 0: any.
  void Listen(int port = 0) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials(),
                             &port_);
    // A service can be registered once only.
    service_ = std::make_unique<Service>(*this);
    builder.RegisterCallbackGenericService(service_.get());
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  void Shutdown() {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }
  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  void Next(Answer answer) {
    MutexLock lock(mutex_);
    answers_.push_back(std::move(answer));
  }
  // Waits for the next request that was not taken yet.
  Request TakeRequest() {
    MutexLock lock(mutex_);
    while (requests_.empty()) arrived_.Wait(lock);
    Request request = std::move(requests_.front());
    requests_.pop_front();
    return request;
  }
  size_t requests() const {
    MutexLock lock(mutex_);
    return requests_.size();
  }

 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor(FakeParticipant& participant, grpc::GenericCallbackServerContext& context)
        : participant_(participant), context_(context) {
      StartRead(&request_);
    }
    void OnReadDone(bool ok) override {
      const Answer answer = ok ? participant_.TakeIn(context_, BytesOf(request_)) : Answer();
      if (answer.after.valid()) answer.after.wait();
      if (answer.silent || finished_.exchange(true)) return;
      for (const auto& [key, value] : answer.headers) context_.AddInitialMetadata(key, value);
      for (const auto& [key, value] : answer.trailers) context_.AddTrailingMetadata(key, value);
      if (!answer.status.ok() || answer.empty_handed) return Finish(answer.status);
      const grpc::Slice slice(answer.body);
      reply_ = grpc::ByteBuffer(&slice, 1);
      StartWriteAndFinish(&reply_, grpc::WriteOptions(), answer.status);
    }
    void OnCancel() override {
      if (!finished_.exchange(true)) Finish(grpc::Status::CANCELLED);
    }
    void OnDone() override { delete this; }

   private:
    FakeParticipant& participant_;
    grpc::GenericCallbackServerContext& context_;
    grpc::ByteBuffer request_;
    grpc::ByteBuffer reply_;
    // Either OnReadDone or OnCancel ends the call.
    std::atomic<bool> finished_{false};
  };

  class Service final : public grpc::CallbackGenericService {
   public:
    explicit Service(FakeParticipant& participant) : participant_(participant) {}
    grpc::ServerGenericBidiReactor* CreateReactor(
        grpc::GenericCallbackServerContext* context) override {
      return new Reactor(participant_, *context);
    }

   private:
    FakeParticipant& participant_;
  };

  Answer TakeIn(grpc::GenericCallbackServerContext& context, std::string body) {
    Request request{
        .method = context.method(), .body = std::move(body), .deadline = context.deadline()};
    for (const auto& [key, value] : context.client_metadata()) {
      request.metadata[std::string(key.data(), key.size())] =
          std::string(value.data(), value.size());
    }
    MutexLock lock(mutex_);
    requests_.push_back(std::move(request));
    arrived_.NotifyAll();
    Answer answer;
    if (!answers_.empty()) {
      answer = std::move(answers_.front());
      answers_.pop_front();
    }
    return answer;
  }

  mutable Mutex mutex_;
  CondVar arrived_;
  std::deque<Answer> answers_ SKALD_GUARDED_BY(mutex_);
  std::deque<Request> requests_ SKALD_GUARDED_BY(mutex_);
  int port_ = 0;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
};

OutgoingCall CallOf(const std::string& step, std::string request = "request") {
  return {.saga_id = "s1",
          .definition = "trip@1",
          .epoch = 7,
          .attempt = {.step = step,
                      .phase = v1::ACTION,
                      .attempt = 3,
                      .participant = "inventory",
                      .method = "/shop.v1.Inventory/Reserve",
                      .request = std::move(request),
                      .timeout = absl::Seconds(60)}};
}

class GrpcCallerTest : public ::testing::Test {
 protected:
  void SetUp() override { participant.Listen(); }

  std::unique_ptr<GrpcCaller> MakeCaller(Gate::Options gate = {.failures = 0}) const {
    GrpcParticipant inventory{.address = participant.address(), .gate = gate, .max_reply = 1'000};
    return std::make_unique<GrpcCaller>(
        GrpcCallerOptions{.participants = {{"inventory", inventory}}});
  }
  static std::future<core::AttemptEnded> Send(GrpcCaller& caller, OutgoingCall call) {
    auto promise = std::make_shared<std::promise<core::AttemptEnded>>();
    caller.Call(std::move(call),
                [promise](core::AttemptEnded ended) { promise->set_value(std::move(ended)); });
    return promise->get_future();
  }

  FakeParticipant participant;
};

TEST_F(GrpcCallerTest, CallsTheParticipantsOwnMethodWithTheBytesOfTheRequest) {
  participant.Next({.body = std::string("re\0ply", 6)});
  auto caller = MakeCaller();
  const core::AttemptEnded ended = Send(*caller, CallOf("a", std::string("re\0q", 4))).get();
  EXPECT_EQ(ended.code, StatusCode::kOk);
  EXPECT_EQ(ended.reply, std::string("re\0ply", 6));
  EXPECT_EQ(ended.step, "a");
  EXPECT_EQ(ended.phase, v1::ACTION);
  EXPECT_EQ(ended.attempt, 3);
  EXPECT_GT(ended.elapsed, absl::ZeroDuration());
  const Request request = participant.TakeRequest();
  EXPECT_EQ(request.method, "/shop.v1.Inventory/Reserve");
  EXPECT_EQ(request.body, std::string("re\0q", 4));
}

TEST_F(GrpcCallerTest, SendsTheMetadataOfTheContract) {
  auto caller = MakeCaller();
  Send(*caller, CallOf("a")).get();
  Metadata metadata = participant.TakeRequest().metadata;
  EXPECT_EQ(metadata["idempotency-key"], "s1/a/action");
  EXPECT_EQ(metadata["skald-attempt"], "3");
  EXPECT_EQ(metadata["skald-epoch"], "7");
  EXPECT_EQ(metadata["skald-definition"], "trip@1");
  EXPECT_THAT(metadata["traceparent"], testing::StartsWith("00-"));
}

TEST_F(GrpcCallerTest, TellsTheParticipantTheDeadline) {
  auto caller = MakeCaller();
  const auto before = std::chrono::system_clock::now();
  Send(*caller, CallOf("a")).get();
  const auto deadline = participant.TakeRequest().deadline;
  EXPECT_GT(deadline, before);
  EXPECT_LT(deadline, before + std::chrono::hours(1));
}

TEST_F(GrpcCallerTest, EndsACallThatIsNotAnsweredInTime) {
  participant.Next({.silent = true});
  auto caller = MakeCaller();
  OutgoingCall call = CallOf("a");
  call.attempt.timeout = absl::Milliseconds(50);
  EXPECT_EQ(Send(*caller, std::move(call)).get().code, StatusCode::kDeadlineExceeded);
}

TEST_F(GrpcCallerTest, PassesOnTheParticipantsNo) {
  participant.Next({.status = {grpc::StatusCode::FAILED_PRECONDITION, "sold out"}});
  auto caller = MakeCaller();
  const core::AttemptEnded ended = Send(*caller, CallOf("a")).get();
  EXPECT_EQ(ended.code, StatusCode::kFailedPrecondition);
  EXPECT_EQ(ended.message, "sold out");
}

TEST_F(GrpcCallerTest, TakesAnEmptyReplyForAMessageWithoutFields) {
  auto caller = MakeCaller();
  const core::AttemptEnded ended = Send(*caller, CallOf("a", "")).get();
  EXPECT_EQ(ended.code, StatusCode::kOk);
  EXPECT_EQ(ended.reply, "");
}

TEST_F(GrpcCallerTest, CountsAnOkWithoutAMessageAsUncertain) {
  participant.Next({.empty_handed = true});
  auto caller = MakeCaller();
  EXPECT_EQ(Send(*caller, CallOf("a")).get().code, StatusCode::kInternal);
}

TEST_F(GrpcCallerTest, CountsAReplyOverTheLimitAsUncertain) {
  participant.Next({.body = std::string(1'001, 'x')});
  auto caller = MakeCaller();
  EXPECT_EQ(Send(*caller, CallOf("a")).get().code, StatusCode::kResourceExhausted);
}

TEST_F(GrpcCallerTest, HonoursRetryInfo) {
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(3);
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  participant.Next(
      {.status = {grpc::StatusCode::UNAVAILABLE, "busy", details.SerializeAsString()}});
  auto caller = MakeCaller();
  EXPECT_EQ(Send(*caller, CallOf("a")).get().pushback, absl::Seconds(3));
}

TEST_F(GrpcCallerTest, HonoursGrpcsOwnPushback) {
  participant.Next({.status = {grpc::StatusCode::UNAVAILABLE, "busy"},
                    .trailers = {{"grpc-retry-pushback-ms", "1500"}}});
  participant.Next({.status = {grpc::StatusCode::UNAVAILABLE, "busy"},
                    .trailers = {{"grpc-retry-pushback-ms", "-1"}}});
  auto caller = MakeCaller();
  EXPECT_EQ(Send(*caller, CallOf("a")).get().pushback, absl::Milliseconds(1'500));
  EXPECT_LT(Send(*caller, CallOf("a")).get().pushback, absl::ZeroDuration());
}

TEST_F(GrpcCallerTest, UnderstandsAParticipantThatWillFinishLater) {
  participant.Next({.headers = {{"skald-outcome", "pending"}, {"skald-poll-after", "30s"}}});
  participant.Next({.trailers = {{"skald-outcome", "pending"}, {"skald-poll-after", "500ms"}}});
  participant.Next({.headers = {{"skald-outcome", "pending"}}});
  auto caller = MakeCaller();
  for (const absl::Duration poll_after :
       {absl::Seconds(30), absl::Milliseconds(500), absl::ZeroDuration()}) {
    const core::AttemptEnded ended = Send(*caller, CallOf("a")).get();
    EXPECT_EQ(ended.code, StatusCode::kOk);
    EXPECT_TRUE(ended.pending);
    EXPECT_EQ(ended.poll_after, poll_after);
  }
}

TEST_F(GrpcCallerTest, WaitsForAPendingParticipantWhosePollAfterMakesNoSense) {
  participant.Next({.headers = {{"skald-outcome", "pending"}, {"skald-poll-after", "soon"}}});
  auto caller = MakeCaller();
  const core::AttemptEnded ended = Send(*caller, CallOf("a")).get();
  EXPECT_TRUE(ended.pending);
  EXPECT_EQ(ended.poll_after, absl::ZeroDuration());
}

TEST_F(GrpcCallerTest, TakesARefusalForARefusalWhateverItsHeadersSay) {
  participant.Next({.status = {grpc::StatusCode::NOT_FOUND, "no such thing"},
                    .trailers = {{"skald-outcome", "pending"}}});
  auto caller = MakeCaller();
  const core::AttemptEnded ended = Send(*caller, CallOf("a")).get();
  EXPECT_EQ(ended.code, StatusCode::kNotFound);
  EXPECT_FALSE(ended.pending);
}

TEST_F(GrpcCallerTest, SeesAParticipantThatComesBack) {
  auto caller = MakeCaller();
  ASSERT_EQ(Send(*caller, CallOf("a")).get().code, StatusCode::kOk);
  const int port = participant.port();
  participant.Shutdown();
  EXPECT_EQ(Send(*caller, CallOf("a")).get().code, StatusCode::kUnavailable);
  participant.Listen(port);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  StatusCode code = StatusCode::kUnavailable;
  while (code != StatusCode::kOk && std::chrono::steady_clock::now() < end) {
    code = Send(*caller, CallOf("a")).get().code;
  }
  EXPECT_EQ(code, StatusCode::kOk);
}

TEST_F(GrpcCallerTest, HoldsCallsBackThatAreTooManyAtOnce) {
  participant.Next({.silent = true});
  auto caller = MakeCaller({.concurrency = 1, .failures = 0});
  OutgoingCall slow = CallOf("slow");
  slow.attempt.timeout = absl::Milliseconds(50);
  auto first = Send(*caller, std::move(slow));
  auto second = Send(*caller, CallOf("held_back"));
  EXPECT_EQ(participant.TakeRequest().metadata["skald-step"], "slow");
  EXPECT_EQ(second.get().code, StatusCode::kOk);
  // It was sent when the first had ended, not before.
  EXPECT_EQ(first.wait_for(std::chrono::seconds(0)), std::future_status::ready);
}

TEST_F(GrpcCallerTest, SendsTheLowerTierFirstOfWhatItHoldsBack) {
  std::promise<void> all_wait;
  participant.Next({.after = all_wait.get_future().share()});
  auto caller = MakeCaller({.concurrency = 1, .failures = 0});
  auto first = Send(*caller, CallOf("slow"));
  std::vector<std::future<core::AttemptEnded>> held_back;
  for (const int tier : {2, 1, 0, 2, 1, 0}) {
    OutgoingCall call = CallOf("tier" + std::to_string(tier));
    call.attempt.tier = tier;
    held_back.push_back(Send(*caller, std::move(call)));
  }
  all_wait.set_value();
  for (auto& call : held_back) call.get();
  EXPECT_EQ(participant.TakeRequest().metadata["skald-step"], "slow");
  for (const char* step : {"tier0", "tier0", "tier1", "tier1", "tier2", "tier2"}) {
    EXPECT_EQ(participant.TakeRequest().metadata["skald-step"], step);
  }
}

TEST_F(GrpcCallerTest, HoldsCallsBackWhileTheBreakerIsOpenAndSendsThemAfterwards) {
  participant.Next({.status = {grpc::StatusCode::UNAVAILABLE, "down"}});
  auto caller = MakeCaller({.failures = 1, .open_for = absl::Milliseconds(50)});
  EXPECT_EQ(Send(*caller, CallOf("a")).get().code, StatusCode::kUnavailable);
  auto probe = Send(*caller, CallOf("b"));
  auto behind = Send(*caller, CallOf("c"));
  EXPECT_EQ(probe.get().code, StatusCode::kOk);
  EXPECT_EQ(behind.get().code, StatusCode::kOk);
  EXPECT_EQ(caller->BreakerOf("inventory"), Gate::State::kClosed);
  EXPECT_EQ(participant.requests(), 3u);
}

TEST_F(GrpcCallerTest, RefusesParticipantsThatItDoesNotKnow) {
  auto caller = MakeCaller();
  OutgoingCall call = CallOf("a");
  call.attempt.participant = "nobody";
  const core::AttemptEnded ended = Send(*caller, std::move(call)).get();
  EXPECT_EQ(ended.code, StatusCode::kUnavailable);
  EXPECT_THAT(ended.message, HasSubstr("nobody"));
  EXPECT_EQ(ended.step, "a");
}

TEST_F(GrpcCallerTest, EndsEverythingWhenItIsDestroyed) {
  participant.Next({.silent = true});
  auto caller = MakeCaller({.concurrency = 1});
  auto under_way = Send(*caller, CallOf("a"));
  auto held_back = Send(*caller, CallOf("b"));
  participant.TakeRequest();
  caller.reset();
  EXPECT_EQ(under_way.get().code, StatusCode::kCancelled);
  EXPECT_EQ(held_back.get().code, StatusCode::kUnavailable);
}

TEST_F(GrpcCallerTest, CarriesManyCallsAtOnce) {
  auto caller = MakeCaller({.concurrency = 8});
  std::vector<std::future<core::AttemptEnded>> calls;
  for (int i = 0; i < 500; ++i) calls.push_back(Send(*caller, CallOf("a")));
  for (auto& call : calls) EXPECT_EQ(call.get().code, StatusCode::kOk);
  EXPECT_EQ(participant.requests(), 500u);
}

}  // namespace
}  // namespace skald::runtime
