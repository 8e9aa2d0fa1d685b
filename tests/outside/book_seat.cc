#include "book_seat.h"

#include <utility>

#include "cinema/v1/cinema.grpc.pb.h"
#include "sagas/flow.h"

namespace cinema {
namespace {

v1::ReserveRequest SeatToReserve(const v1::Booking& booking) {
  v1::ReserveRequest request;
  request.set_film(booking.film());
  return request;
}

void KeepSeat(const v1::ReserveResponse& response, v1::Booking& booking) {
  booking.set_seat(response.seat());
}

v1::ReleaseRequest SeatToRelease(const v1::Booking& booking) {
  v1::ReleaseRequest request;
  request.set_seat(booking.seat());
  return request;
}

v1::ChargeRequest CardToCharge(const v1::Booking& booking) {
  v1::ChargeRequest request;
  request.set_card(booking.card());
  request.set_cents(1250);
  return request;
}

void KeepReceipt(const v1::ChargeResponse& response, v1::Booking& booking) {
  booking.set_receipt(response.receipt());
}

}  // namespace

skald::Definition BookSeat() {
  skald::Flow<v1::Booking> flow("book_seat", /*version=*/1);
  flow.Step("reserve_seat")
      .Call<&v1::Seats::Stub::Reserve>(SeatToReserve, KeepSeat)
      .Compensate<&v1::Seats::Stub::Release>(SeatToRelease);
  flow.Step("charge_card").Call<&v1::Cards::Stub::Charge>(CardToCharge, KeepReceipt).Pivot();
  return std::move(flow).Build();
}

}  // namespace cinema
