// skald.v1.AdminService over gRPC's callback API: no thread is ever blocked by a call.
#ifndef SKALD_ENGINE_SERVER_ADMIN_SERVICE_H_
#define SKALD_ENGINE_SERVER_ADMIN_SERVICE_H_

#include <memory>

#include "engine/server/service_context.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace skald::server {

// Locked: its calls come from gRPC's threads. `context` must outlive it.
std::unique_ptr<grpc::Service> MakeAdminService(const ServiceContext& context);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_ADMIN_SERVICE_H_
