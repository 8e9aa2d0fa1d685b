#include "sagas/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "sagas/flow.h"
#include "sagas/testdata/shop_functions.h"
#include "sagas/testdata/shop_stubs.h"
#include "tests/golden.h"

namespace skald {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace testdata::shop::v1;  // NOLINT: as an author would.
using Flow = Flow<OrderState>;

TEST(PictureTest, DrawsForwardStepsSolidAndCompensationsDottedNewestFirst) {
  Flow flow("place_order", 3);
  flow.Step("reserve_stock")
      .Call<&Inventory::Stub::Reserve>(StockToReserve, KeepReservation)
      .Compensate<&Inventory::Stub::Release>(StockToRelease);
  flow.Step("check_risk").Call<&RiskCheck::Stub::Check>(OrderToCheck).NothingToCompensate();
  flow.Step("book_courier")
      .Call<&Shipping::Stub::BookCourier>(Parcel)
      .Compensate<&Shipping::Stub::Cancel>(Parcel);
  flow.Step("charge").Call<&Payments::Stub::Charge>(AmountToCharge, KeepReceipt).Pivot();
  flow.Step("tell_warehouse").Call<&Shipping::Stub::BookPost>(Parcel);
  ExpectGolden("sagas/testdata/straight.mmd", ToMermaid(std::move(flow).Build()));
}

TEST(PictureTest, DrawsAChooseAsADiamondAndItsArmsInBothLanes) {
  Flow flow("deliver", 1);
  flow.Step("reserve_stock")
      .Call<&Inventory::Stub::Reserve>(StockToReserve)
      .Compensate<&Inventory::Stub::Release>(StockToRelease);
  flow.Choose("delivery")
      .When("express", IsExpress,
            [](Flow& then) {
              then.Step("book_courier")
                  .Call<&Shipping::Stub::BookCourier>(Parcel)
                  .Compensate<&Shipping::Stub::Cancel>(Parcel);
            })
      .When("collected", IsExpress, [](Flow&) {})
      .Otherwise([](Flow& then) {
        then.Step("book_post").Call<&Shipping::Stub::BookPost>(Parcel).NothingToCompensate();
      });
  flow.Step("reserve_again")
      .Call<&Inventory::Stub::Reserve>(StockToReserve)
      .Compensate<&Inventory::Stub::Release>(StockToRelease);
  ExpectGolden("sagas/testdata/choose.mmd", ToMermaid(std::move(flow).Build()));
}

TEST(PictureTest, DrawsTheWayPastAChooseWithoutOtherwise) {
  Flow flow("maybe", 1);
  flow.Choose("delivery").When("express", IsExpress, [](Flow& then) {
    then.Step("book_courier").Call<&Shipping::Stub::BookCourier>(Parcel).NothingToCompensate();
  });
  const std::string picture = ToMermaid(std::move(flow).Build());
  EXPECT_THAT(picture, HasSubstr("n1 -->|\"no guard holds\"| completed"));
  EXPECT_THAT(picture, Not(HasSubstr("compensated")));
}

TEST(PictureTest, SurvivesStepsThatAreNamedLikeKeywords) {
  Flow flow("graph", 1);
  for (const char* keyword : {"end", "subgraph", "class", "style", "click"}) {
    flow.Step(keyword).Call<&RiskCheck::Stub::Check>(OrderToCheck).NothingToCompensate();
  }
  ExpectGolden("sagas/testdata/keywords.mmd", ToMermaid(std::move(flow).Build()));
}

TEST(PictureTest, EscapesWhatWouldEndALabel) {
  Definition definition;
  definition.name = "bad\"]; end";
  EXPECT_THAT(ToMermaid(definition), HasSubstr("begins([\"bad#34;#93;#59; end@0\"])"));
}

}  // namespace
}  // namespace skald
