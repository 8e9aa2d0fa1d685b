// Compiles: what the other snippets would look like without their mistake.
#include "tests/compile_fail/author.h"

namespace author {

skald::Definition Author() {
  Flow flow("good", 1);
  flow.Step("reserve")
      .Call<&Inventory::Stub::Reserve>(StockToReserve, KeepReservation)
      .Compensate<&Inventory::Stub::Release>(StockToRelease);
  flow.Step("charge").Call<&Payments::Stub::Charge>(AmountToCharge, KeepReceipt).Pivot();
  flow.Choose("delivery").When("express", IsExpress, [](Flow& then) {
    then.Step("book_courier").Call<&Shipping::Stub::BookCourier>(Parcel);
  });
  return std::move(flow).Build();
}

}  // namespace author
