#include "sagas/rpc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

#include "sagas/flow.h"
#include "sagas/testdata/shop.grpc.pb.h"
#include "sagas/testdata/shop_functions.h"
#include "sagas/validate.h"

// What generated code looks like in no package at all, and where everything is called Stub.
class Bare {
 public:
  class Stub {
   public:
    grpc::Status Ping(grpc::ClientContext*, const skald::testdata::shop::v1::BookRequest&,
                      skald::testdata::shop::v1::BookResponse*) {
      return {};
    }
  };
};
namespace stub::v1 {
class Stub {
 public:
  class StubInterface {
   public:
    grpc::Status Reserve(grpc::ClientContext*, const skald::testdata::shop::v1::BookRequest&,
                         skald::testdata::shop::v1::BookResponse*) {
      return {};
    }
  };
};
}  // namespace stub::v1

namespace skald {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace testdata::shop::v1;  // NOLINT: as an author would.

class Local {
 public:
  class Stub {
   public:
    grpc::Status Ping(grpc::ClientContext*, const BookRequest&, BookResponse*) { return {}; }
  };
};

TEST(RpcTest, ReadsMessagesOfAGeneratedMethod) {
  using Reserve = Rpc<&Inventory::Stub::Reserve>;
  static_assert(Reserve::kIsUnary);
  static_assert(std::is_same_v<Reserve::Request, ReserveRequest>);
  static_assert(std::is_same_v<Reserve::Response, ReserveResponse>);
  EXPECT_EQ(Reserve::Name(), "/skald.testdata.shop.v1.Inventory/Reserve");
}

TEST(RpcTest, TellsStreamingMethodsFromUnaryOnes) {
  static_assert(!Rpc<&Inventory::Stub::Watch>::kIsUnary);
  static_assert(!Rpc<&BookRequest::order_id>::kIsUnary);
}

TEST(RpcTest, TakesTheStubThroughAnAliasOrItsInterface) {
  using Alias = Inventory::Stub;
  EXPECT_EQ(Rpc<&Alias::Reserve>::Name(), "/skald.testdata.shop.v1.Inventory/Reserve");
  EXPECT_EQ(Rpc<&Inventory::StubInterface::Reserve>::Name(),
            "/skald.testdata.shop.v1.Inventory/Reserve");
}

TEST(RpcTest, NamesAServiceWithoutAPackage) {
  EXPECT_EQ(Rpc<&Bare::Stub::Ping>::Name(), "/Bare/Ping");
}

TEST(RpcTest, IsNotConfusedByPackagesAndServicesCalledStub) {
  EXPECT_EQ(Rpc<&stub::v1::Stub::StubInterface::Reserve>::Name(), "/stub.v1.Stub/Reserve");
  EXPECT_EQ(internal::MethodNameFrom("[k = &a::Stub::Stub::Go]"), "/a.Stub/Go");
}

TEST(RpcTest, DropsAnonymousNamespaces) {
  EXPECT_EQ(Rpc<&Local::Stub::Ping>::Name(), "/skald.Local/Ping");
  EXPECT_EQ(internal::MethodNameFrom("[with auto k = &{anonymous}::Local::Stub::M]"), "/Local/M");
  EXPECT_EQ(internal::MethodNameFrom("[k = &(anonymous namespace)::Local::Stub::M]"), "/Local/M");
}

TEST(RpcTest, GivesNoNameToWhatIsNoMethodOfAStub) {
  EXPECT_EQ(internal::MethodNameFrom("[k = &shop::Free]"), "");
  EXPECT_EQ(internal::MethodNameFrom(""), "");
}

TEST(RpcTest, NamesParticipantsInSnakeCase) {
  EXPECT_EQ(DefaultParticipant("/shop.v1.Inventory/Reserve"), "inventory");
  EXPECT_EQ(DefaultParticipant("/shop.v1.RiskCheck/Check"), "risk_check");
  EXPECT_EQ(DefaultParticipant("/Bare/Ping"), "bare");
  EXPECT_EQ(DefaultParticipant("/a.HTTPGateway/Get"), "http_gateway");
  EXPECT_EQ(DefaultParticipant("/a.LedgerV2/Get"), "ledger_v2");
  EXPECT_EQ(DefaultParticipant("/a.Snake_Case/Get"), "snake_case");
}

TEST(RpcTest, GeneratedStubsMakeAGoodDefinition) {
  Flow<OrderState> flow("place_order", 1);
  flow.Step("reserve_stock")
      .Call<&Inventory::Stub::Reserve>(StockToReserve, KeepReservation)
      .Compensate<&Inventory::Stub::Release>(StockToRelease);
  flow.Step("charge").Call<&Payments::Stub::Charge>(AmountToCharge).Pivot();
  const Definition definition = std::move(flow).Build();
  EXPECT_THAT(Validate(definition), IsEmpty());
  EXPECT_THAT(ParticipantsOf(definition), ElementsAre("inventory", "payments"));
}

}  // namespace
}  // namespace skald
