#include "examples/trip_booking/trip_booking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "examples/trip_booking/trip_booking.grpc.pb.h"
#include "sagas/lint.h"
#include "sagas/picture.h"
#include "sagas/validate.h"
#include "tester/orders.h"
#include "tester/saga_tester.h"
#include "tester/sweep.h"
#include "tests/golden.h"

namespace trip {
namespace {

using skald::v1::Cause;
using v1::Cars;
using v1::Flights;
using v1::Hotels;
using v1::TravelDesk;
using v1::TripState;

TEST(BookTripTest, IsAGoodDefinition) {
  EXPECT_THAT(skald::Validate(BookTrip()), testing::IsEmpty());
  EXPECT_THAT(skald::Lint(BookTrip()), testing::IsEmpty());
}

TEST(BookTripTest, LooksLikeItsPicture) {
  skald::ExpectGolden("examples/trip_booking/book_trip.mmd", skald::ToMermaid(BookTrip()));
}

// [test]
class TripTest : public testing::Test {
 protected:
  void Start(bool insured) {
    TripState trip;
    trip.set_trip_id("t-1");
    trip.set_destination("Lisbon");
    trip.set_insured(insured);
    saga_.Start(trip);
  }

  void FlightIsBooked() {
    v1::BookFlightResponse flight;
    flight.set_flight_id("LX 2084");
    saga_.Expect<&Flights::Stub::BookFlight>("bookings/flight/book_flight").Replies(flight);
    saga_
        .Expect<&Flights::Stub::ChooseSeat>(
            "bookings/flight/choose_seat",
            [](const v1::ChooseSeatRequest& request) { return request.flight_id() == "LX 2084"; })
        .Replies();
  }

  void AllIsBooked() {
    FlightIsBooked();
    saga_.Expect("bookings/hotel").Replies();
    saga_.Expect("bookings/car").Replies();
  }

  skald::SagaTester<TripState> saga_{BookTrip()};
};

TEST_F(TripTest, BooksAllAtOnceAndThenCharges) {
  Start(/*insured=*/false);
  AllIsBooked();
  v1::ChargeResponse receipt;
  receipt.set_receipt_id("r-1");
  saga_.Expect<&TravelDesk::Stub::Charge>("pay").Replies(receipt);
  saga_.Expect("send_documents").Replies();
  saga_.ExpectCompleted();
  EXPECT_EQ(saga_.state().receipt_id(), "r-1");
}

TEST_F(TripTest, CancelsFlightAndCarIndependentlyWhenThereIsNoRoom) {
  Start(/*insured=*/false);
  auto car = saga_.Expect<&Cars::Stub::RentCar>("bookings/car");
  FlightIsBooked();
  saga_.Expect("bookings/hotel").Rejects(absl::StatusCode::kFailedPrecondition, "fully booked");
  // The flight need not wait for the car: nobody knows yet whether that was rented.
  saga_.ExpectCompensation<&Flights::Stub::CancelFlight>("bookings/flight/book_flight").Replies();
  car.Replies();
  saga_.ExpectCompensation<&Cars::Stub::ReturnCar>("bookings/car").Replies();
  // Last of all, the traveller is told.
  saga_.ExpectCompensation<&TravelDesk::Stub::MarkFailed>("request").Replies();
  saga_.ExpectCompensated(Cause::REJECTED, "bookings/hotel");
}
// [/test]

TEST_F(TripTest, UndoesTheInsuranceFirstWhenTheCardIsDeclined) {
  Start(/*insured=*/true);
  AllIsBooked();
  saga_.Expect("insurance/wanted/insure").Replies();
  saga_.Expect("pay").Rejects();
  saga_.ExpectCompensation("insurance/wanted/insure").Replies();
  saga_.ExpectCompensation("bookings/flight/book_flight").Replies();
  saga_.ExpectCompensation("bookings/hotel").Replies();
  saga_.ExpectCompensation("bookings/car").Replies();
  saga_.ExpectCompensation("request").Replies();
  saga_.ExpectCompensated(Cause::REJECTED, "pay");
}

TEST_F(TripTest, CancelsAlsoABookingThatNobodyKnowsOf) {
  Start(/*insured=*/false);
  FlightIsBooked();
  saga_.Expect("bookings/car").Replies();
  saga_.Expect("bookings/hotel").Exhausts();
  saga_.ExpectCompensation<&Hotels::Stub::CancelRoom>("bookings/hotel").Replies();
  saga_.ExpectCompensation("bookings/flight/book_flight").Replies();
  saga_.ExpectCompensation("bookings/car").Replies();
  saga_.ExpectCompensation("request").Replies();
  saga_.ExpectCompensated(Cause::EXHAUSTED, "bookings/hotel");
}

TEST_F(TripTest, AsksAgainWhetherItWasPaidAndNeverTurnsBackFromThere) {
  Start(/*insured=*/false);
  AllIsBooked();
  saga_.Expect("pay").Loses();
  saga_.ExpectCancelRefused();
  saga_.AdvanceToNext();
  saga_.Expect("pay").Replies();
  saga_.Expect("send_documents").Replies();
  saga_.ExpectCompleted();
}

TEST(BookTripOrders, ComesToTheSameWhoeverAnswersFirst) {
  skald::TryOrders<TripState>(BookTrip(), [](skald::SagaTester<TripState>& saga) {
    saga.Start(TripState());
    v1::RentCarResponse car;
    car.set_car_id("c-1");
    v1::BookRoomResponse room;
    room.set_room_id("r-1");
    saga.Expect("bookings/car").Replies(car);
    saga.Expect("bookings/hotel").Replies(room);
    saga.Expect("bookings/flight/book_flight").Replies();
    saga.Expect("bookings/flight/choose_seat").Replies();
    saga.Expect("pay").Replies();
    saga.Expect("send_documents").Replies();
    saga.ExpectCompleted();
  });
}

TEST(BookTripSweep, SurvivesTroubleInEveryPlace) {
  TripState trip;
  trip.set_insured(true);
  skald::Sweep(BookTrip(), trip);
}

}  // namespace
}  // namespace trip
