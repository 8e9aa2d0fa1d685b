#include "engine/server/service_harness.h"

#include "storage/memory/memory_store.h"

namespace skald::server {

ServiceTest::ServiceTest() {
  EXPECT_TRUE(registry.Add(runtime::Steps("trip", 1, {"a", "b", "c"})).ok());
  EXPECT_TRUE(registry.Add(runtime::Steps("charge", 1, {"a", "b!", "c"})).ok());
  config.listen = "127.0.0.1:0";
  config.engine.shards = 4;
  config.engine.drain = absl::Milliseconds(10);
}

void ServiceTest::Serve(std::function<absl::StatusOr<std::unique_ptr<Store>>()> open_store) {
  if (!open_store) {
    open_store = []() -> absl::StatusOr<std::unique_ptr<Store>> {
      return std::make_unique<MemoryStore>();
    };
  }
  server =
      std::make_unique<Server>(config, registry,
                               Server::Parts{.open_store = std::move(open_store),
                                             .caller = &caller,
                                             .clock = &clock,
                                             .on_refused = {},
                                             .keeper = {.retry = absl::Milliseconds(10),
                                                        .look = absl::Milliseconds(10),
                                                        .check = absl::Milliseconds(20),
                                                        .check_away = absl::Milliseconds(20)}});
  const absl::StatusOr<std::string> listening = server->Start();
  ASSERT_TRUE(listening.ok()) << listening.status();
  address = *listening;
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  sagas = v1::SagaService::NewStub(channel);
  admin = v1::AdminService::NewStub(channel);
  health = grpc::health::v1::Health::NewStub(channel);
}

v1::StartSagaRequest ServiceTest::Trip(const std::string& id, const std::string& definition) {
  v1::StartSagaRequest request;
  request.set_definition(definition);
  request.set_saga_id(id);
  request.set_input_json("\"paris\"");
  return request;
}

v1::Saga ServiceTest::Run(const std::string& id, const std::string& definition) {
  v1::StartSagaRequest request = Trip(id, definition);
  request.mutable_wait()->set_seconds(30);
  v1::StartSagaResponse response;
  grpc::ClientContext context;
  const grpc::Status status = sagas->StartSaga(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.saga();
}

v1::Saga ServiceTest::Park(const std::string& id) {
  caller.Answer("b", absl::StatusCode::kFailedPrecondition, "no room");
  caller.Answer("undo_a", absl::StatusCode::kFailedPrecondition, "too late");
  return Run(id);
}

grpc::Status ServiceTest::Get(const std::string& id, v1::Saga& saga) {
  v1::GetSagaRequest request;
  request.set_saga_id(id);
  grpc::ClientContext context;
  return sagas->GetSaga(&context, request, &saga);
}

grpc::health::v1::HealthCheckResponse::ServingStatus ServiceTest::Health(
    const std::string& service) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::health::v1::HealthCheckResponse response;
  grpc::ClientContext context;
  const grpc::Status status = health->Check(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.status();
}

std::string ServiceTest::Reason(const grpc::Status& status) {
  const google::rpc::Status details = Details(status);
  for (const google::protobuf::Any& any : details.details()) {
    google::rpc::ErrorInfo info;
    if (any.UnpackTo(&info)) return info.reason();
  }
  return "";
}

google::rpc::Status ServiceTest::Details(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

}  // namespace skald::server
