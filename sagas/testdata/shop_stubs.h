// The methods of shop.proto's generated stubs, declared by hand: a Flow looks only at their types,
// so tests that include this instead of shop.grpc.pb.h compile in a second and need no gRPC.
// sagas/rpc_test.cc includes the generated ones.
#ifndef SKALD_SAGAS_TESTDATA_SHOP_STUBS_H_
#define SKALD_SAGAS_TESTDATA_SHOP_STUBS_H_

#include <memory>

#include "sagas/testdata/shop.pb.h"

namespace grpc {
class ClientContext;
class Status;
template <typename Response>
class ClientReader;
}  // namespace grpc

namespace skald::testdata::shop::v1 {

struct Inventory {
  struct Stub {
    grpc::Status Reserve(grpc::ClientContext*, const ReserveRequest&, ReserveResponse*);
    grpc::Status Release(grpc::ClientContext*, const ReleaseRequest&, ReleaseResponse*);
    std::unique_ptr<grpc::ClientReader<ReserveResponse>> Watch(grpc::ClientContext*,
                                                               const ReserveRequest&);
  };
};
struct RiskCheck {
  struct Stub {
    grpc::Status Check(grpc::ClientContext*, const CheckRequest&, CheckResponse*);
  };
};
struct Payments {
  struct Stub {
    grpc::Status Charge(grpc::ClientContext*, const ChargeRequest&, ChargeResponse*);
    grpc::Status Refund(grpc::ClientContext*, const RefundRequest&, RefundResponse*);
  };
};
struct Shipping {
  struct Stub {
    grpc::Status BookCourier(grpc::ClientContext*, const BookRequest&, BookResponse*);
    grpc::Status BookPost(grpc::ClientContext*, const BookRequest&, BookResponse*);
    grpc::Status Cancel(grpc::ClientContext*, const BookRequest&, BookResponse*);
  };
};

struct Orders {
  struct Stub {
    grpc::Status Reject(grpc::ClientContext*, const RejectRequest&, RejectResponse*);
  };
};

}  // namespace skald::testdata::shop::v1

#endif  // SKALD_SAGAS_TESTDATA_SHOP_STUBS_H_
