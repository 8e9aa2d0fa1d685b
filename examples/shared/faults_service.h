// The gRPC service through which faults are set. Locked: may be used from any thread.
#ifndef SKALD_EXAMPLES_SHARED_FAULTS_SERVICE_H_
#define SKALD_EXAMPLES_SHARED_FAULTS_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "examples/shared/faults.h"

namespace demo {

// `faults` must outlive the service.
std::unique_ptr<grpc::Service> MakeFaultsService(Faults& faults);

}  // namespace demo

#endif  // SKALD_EXAMPLES_SHARED_FAULTS_SERVICE_H_
