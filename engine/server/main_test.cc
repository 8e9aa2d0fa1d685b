// The server as a process: what it prints, how it ends.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <future>
#include <map>
#include <sstream>

#include "engine/runtime/engine_harness.h"
#include "engine/server/main_harness.h"
#include "skald/v1/saga.grpc.pb.h"
#include "tests/support/temp_folder.h"

namespace skald::server {
namespace {

using runtime::Eventually;
using testing::HasSubstr;

class MainTest : public testing::Test {
 protected:
  // Nobody listens on the participant's port 1.
  const std::vector<std::string> serve_ = {"--listen=127.0.0.1:0",
                                           "--participant=test=127.0.0.1:1"};

  testing_support::TempFolder folder_;
};

TEST_F(MainTest, WrongArgumentsAndSettingsEndWithTwo) {
  Process flag(folder_.path(), {"--lisen=x"});
  EXPECT_EQ(flag.Wait(), 2);
  EXPECT_EQ(flag.Error(), "skaldd: unknown argument '--lisen': did you mean '--listen'?\n");
  std::ofstream(folder_.path() + "/skaldd.yaml") << "listn: x\n";
  Process key(folder_.path(), {});
  EXPECT_EQ(key.Wait(), 2);
  EXPECT_EQ(key.Error(), "skaldd: skaldd.yaml:1: unknown key 'listn': did you mean 'listen'?\n");
}

TEST_F(MainTest, AStoreThatIsNoneEndsWithTwo) {
  Process process(folder_.path(), {"--store=mysql://u:geheim@h/d"});
  EXPECT_EQ(process.Wait(), 2);
  EXPECT_THAT(process.Error(), HasSubstr("'mysql://u:***@h/d' names no store"));
}

TEST_F(MainTest, OffLoopbackItEndsWithTwo) {
  Process process(folder_.path(), {"--listen=0.0.0.0:0"});
  EXPECT_EQ(process.Wait(), 2);
  EXPECT_THAT(process.Error(), HasSubstr("insecure_listen: true"));
}

TEST_F(MainTest, AMissingParticipantEndsWithTwoAndIsNamed) {
  Process process(folder_.path(), {"serve"});
  EXPECT_EQ(process.Wait(), 2);
  EXPECT_THAT(process.Error(),
              HasSubstr("participant 'test', which trip@1 calls, is not configured"));
}

TEST_F(MainTest, ABadDefinitionEndsWithTwo) {
  Process process(folder_.path(), serve_, {"TEST_BAD_DEFINITION=1"});
  EXPECT_EQ(process.Wait(), 2);
  EXPECT_THAT(process.Error(), HasSubstr("skaldd: "));
}

TEST_F(MainTest, CommandsPrintToStdout) {
  Process config(folder_.path(), {"config", "--sources"}, {"SKALD_STORE=postgres://u:geheim@h/d"});
  EXPECT_EQ(config.Wait(), 0);
  EXPECT_THAT(config.Out(), HasSubstr("store: postgres://u:***@h/d"));
  EXPECT_THAT(config.Out(), HasSubstr("# environment SKALD_STORE"));
  Process list(folder_.path(), {"definitions"});
  EXPECT_EQ(list.Wait(), 0);
  EXPECT_THAT(list.Out(), HasSubstr("trip@1"));
  Process picture(folder_.path(), {"definitions", "--mermaid", "trip"});
  EXPECT_EQ(picture.Wait(), 0);
  EXPECT_THAT(picture.Out(), HasSubstr("flowchart"));
  Process version(folder_.path(), {"version"});
  EXPECT_EQ(version.Wait(), 0);
  EXPECT_THAT(version.Out(), testing::StartsWith("skaldd "));
}

TEST_F(MainTest, AServerThatIsStoppedWhileIdleEndsWithZero) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Process process(folder_.path(), serve_);
    process.Address();
    process.Signal(signal);
    EXPECT_EQ(process.Wait(), 0) << process.Error();
  }
}

TEST_F(MainTest, ASecondServerOnTheSameFileEndsWithOne) {
  Process first(folder_.path(), serve_);
  first.Address();
  testing_support::TempFolder other;
  std::vector<std::string> arguments = serve_;
  arguments.push_back("--store=sqlite:" + folder_.path() + "/skald.db");
  Process second(other.path(), arguments);
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.Error(), HasSubstr("skald.db"));
}

TEST_F(MainTest, AFileThatIsNoneOfOursEndsWithOne) {
  std::ofstream(folder_.path() + "/skald.db") << std::string(8192, 'x');
  Process process(folder_.path(), serve_);
  EXPECT_EQ(process.Wait(), 1);
}

TEST_F(MainTest, APortInUseEndsWithOne) {
  Process first(folder_.path(), serve_);
  const std::string address = first.Address();
  testing_support::TempFolder other;
  Process second(other.path(), {"--listen=" + address, "--participant=test=127.0.0.1:1"});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.Error(), HasSubstr("cannot listen on " + address));
}

TEST_F(MainTest, AWaitingCallIsAnsweredWhenTheServerIsStopped) {
  Process process(folder_.path(), serve_);
  const auto channel = grpc::CreateChannel(process.Address(), grpc::InsecureChannelCredentials());
  const auto sagas = v1::SagaService::NewStub(channel);
  auto waiting = std::async(std::launch::async, [&] {
    v1::StartSagaRequest start;
    start.set_definition("trip");
    start.set_saga_id("s1");
    start.set_input_json("\"paris\"");
    start.mutable_wait()->set_seconds(600);
    v1::StartSagaResponse response;
    grpc::ClientContext context;
    const grpc::Status status = sagas->StartSaga(&context, start, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.saga().status();
  });
  // Once the saga is there, the call that started it waits for it.
  ASSERT_TRUE(Eventually([&] {
    v1::GetSagaRequest get;
    get.set_saga_id("s1");
    v1::Saga saga;
    grpc::ClientContext context;
    return sagas->GetSaga(&context, get, &saga).ok();
  }));
  v1::WatchSagaRequest watch;
  watch.set_saga_id("s1");
  grpc::ClientContext context;
  const auto stream = sagas->WatchSaga(&context, watch);
  v1::Saga saga;
  ASSERT_TRUE(stream->Read(&saga));
  process.Signal(SIGTERM);
  EXPECT_EQ(waiting.get(), v1::Saga::RUNNING);
  while (stream->Read(&saga)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(process.Wait(), 0) << process.Error();
}

TEST_F(MainTest, ASecondSignalEndsItAtOnce) {
  std::vector<std::string> arguments = serve_;
  arguments.push_back("--grace=1h");
  Process process(folder_.path(), arguments);
  grpc::GenericStub stub(
      grpc::CreateChannel(process.Address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  // A stream that the server does not end by itself, so that it waits out its grace.
  const auto stream = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  stream->StartCall(nullptr);
  const grpc::Slice bytes("\x3a\x01*");
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  stream->Write(grpc::ByteBuffer(&bytes, 1), nullptr);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::ByteBuffer reply;
  stream->Read(&reply, nullptr);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  process.Signal(SIGTERM);
  ASSERT_TRUE(Eventually([&] { return process.Error().find("stopping") != std::string::npos; }));
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 128 + SIGTERM);
  context.TryCancel();
}

TEST_F(MainTest, ALogInJsonIsJsonInEveryLine) {
  std::vector<std::string> arguments = serve_;
  arguments.insert(arguments.end(), {"--log-format=json", "--store=sqlite:a\"b\\c.db"});
  Process process(folder_.path(), arguments);
  process.Address();
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 0);
  std::istringstream lines(process.Error());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    google::protobuf::Struct object;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(line, &object).ok()) << line;
    EXPECT_TRUE(object.fields().contains("message")) << line;
  }
  EXPECT_GE(count, 3);
}

}  // namespace
}  // namespace skald::server
