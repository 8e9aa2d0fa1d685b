// What the services' tests stand on: a server on a free port, with a store in memory and
// participants that answer as told, and a client of it.
//
// Threading: confined.
#ifndef SKALD_ENGINE_SERVER_SERVICE_HARNESS_H_
#define SKALD_ENGINE_SERVER_SERVICE_HARNESS_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/runtime/engine_harness.h"
#include "engine/server/server.h"
#include "google/rpc/error_details.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "skald/v1/admin.grpc.pb.h"
#include "skald/v1/saga.grpc.pb.h"

namespace skald::server {

class ServiceTest : public testing::Test {
 protected:
  // The definitions trip@1 (a, b, c) and charge@1 (a, b!, c: no way back after b).
  ServiceTest();

  // A server that opens what `open_store` gives; without one: a new store in memory.
  void Serve(std::function<absl::StatusOr<std::unique_ptr<Store>>()> open_store = {});

  v1::StartSagaRequest Trip(const std::string& id, const std::string& definition = "trip");
  // Starts it and waits until it has settled.
  v1::Saga Run(const std::string& id, const std::string& definition = "trip");
  // Parks a saga: "b" says no, and then the compensation of "a" says no, too.
  v1::Saga Park(const std::string& id);
  grpc::Status Get(const std::string& id, v1::Saga& saga);
  grpc::health::v1::HealthCheckResponse::ServingStatus Health(const std::string& service = "");

  static std::string Reason(const grpc::Status& status);
  static google::rpc::Status Details(const grpc::Status& status);

  Config config;
  Registry registry;
  runtime::FakeCaller caller;
  RealClock clock;
  std::unique_ptr<Server> server;
  std::string address;
  std::unique_ptr<v1::SagaService::Stub> sagas;
  std::unique_ptr<v1::AdminService::Stub> admin;
  std::unique_ptr<grpc::health::v1::Health::Stub> health;
};

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_SERVICE_HARNESS_H_
