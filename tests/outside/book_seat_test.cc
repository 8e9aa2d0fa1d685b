// Tests the saga of this project with Skald::tester, without any test framework: what fails throws.
#include <iostream>

#include "book_seat.h"
#include "cinema/v1/cinema.grpc.pb.h"
#include "tester/saga_tester.h"
#include "tester/sweep.h"

namespace {

using cinema::v1::Booking;
using cinema::v1::Cards;
using cinema::v1::Seats;

Booking Solaris() {
  Booking booking;
  booking.set_film("Solaris");
  booking.set_card("4711");
  return booking;
}

void GivesTheSeatBackWhenTheCardIsRefused() {
  skald::SagaTester<Booking> saga(cinema::BookSeat());
  saga.Start(Solaris());
  cinema::v1::ReserveResponse reserved;
  reserved.set_seat(7);
  saga.Expect<&Seats::Stub::Reserve>("reserve_seat").Replies(reserved);
  saga.Expect<&Cards::Stub::Charge>(
          "charge_card",
          [](const cinema::v1::ChargeRequest& request) { return request.cents() == 1250; })
      .Rejects(absl::StatusCode::kFailedPrecondition, "no money");
  cinema::v1::ReleaseRequest release;
  release.set_seat(7);
  saga.ExpectCompensation<&Seats::Stub::Release>("reserve_seat", release).Replies();
  saga.ExpectCompensated(skald::v1::Cause::REJECTED, "charge_card");
}

}  // namespace

int main() {
  try {
    GivesTheSeatBackWhenTheCardIsRefused();
    const skald::SweepResult swept = skald::Sweep(cinema::BookSeat(), Solaris());
    std::cout << swept.runs << " runs\n";
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << "\n";
    return 1;
  }
  return 0;
}
