#include "examples/trip_booking/trip_booking.h"

#include <utility>

#include "examples/trip_booking/trip_booking.grpc.pb.h"
#include "sagas/flow.h"

namespace trip {
namespace {

using v1::Cars;
using v1::Flights;
using v1::Hotels;
using v1::Insurance;
using v1::TravelDesk;
using v1::TripState;
using Flow = skald::Flow<TripState>;

// Requests that name the trip and nothing else.
template <typename Request>
Request ForTrip(const TripState& trip) {
  Request request;
  request.set_trip_id(trip.trip_id());
  return request;
}

// Who, and where to.
template <typename Request>
Request Booking(const TripState& trip) {
  auto request = ForTrip<Request>(trip);
  request.set_traveller(trip.traveller());
  request.set_destination(trip.destination());
  return request;
}

// What costs money.
template <typename Request>
Request Priced(const TripState& trip) {
  auto request = ForTrip<Request>(trip);
  request.set_price_cents(trip.price_cents());
  return request;
}

v1::ChooseSeatRequest SeatOnFlight(const TripState& trip) {
  v1::ChooseSeatRequest request;
  request.set_flight_id(trip.flight_id());
  return request;
}

v1::SendDocumentsRequest Documents(const TripState& trip) {
  auto request = ForTrip<v1::SendDocumentsRequest>(trip);
  request.set_flight_id(trip.flight_id());
  request.set_seat(trip.seat());
  request.set_room_id(trip.room_id());
  request.set_car_id(trip.car_id());
  request.set_policy_id(trip.policy_id());
  return request;
}

void KeepFlight(const v1::BookFlightResponse& reply, TripState& trip) {
  trip.set_flight_id(reply.flight_id());
}

void KeepSeat(const v1::ChooseSeatResponse& reply, TripState& trip) { trip.set_seat(reply.seat()); }

void KeepRoom(const v1::BookRoomResponse& reply, TripState& trip) {
  trip.set_room_id(reply.room_id());
}

void KeepCar(const v1::RentCarResponse& reply, TripState& trip) { trip.set_car_id(reply.car_id()); }

void KeepPolicy(const v1::InsureResponse& reply, TripState& trip) {
  trip.set_policy_id(reply.policy_id());
}

void KeepReceipt(const v1::ChargeResponse& reply, TripState& trip) {
  trip.set_receipt_id(reply.receipt_id());
}

// [bookings]
void AddBookings(Flow& bookings) {
  bookings.Sequence("flight", [](Flow& then) {
    then.Step("book_flight")
        .Call<&Flights::Stub::BookFlight>(Booking<v1::BookFlightRequest>, KeepFlight)
        .Compensate<&Flights::Stub::CancelFlight>(ForTrip<v1::CancelFlightRequest>);
    // Whoever cancels the flight gives the seat back with it.
    then.Step("choose_seat")
        .Call<&Flights::Stub::ChooseSeat>(SeatOnFlight, KeepSeat)
        .NothingToCompensate();
  });
  bookings.Step("hotel")
      .Call<&Hotels::Stub::BookRoom>(Booking<v1::BookRoomRequest>, KeepRoom)
      .Compensate<&Hotels::Stub::CancelRoom>(ForTrip<v1::CancelRoomRequest>);
  bookings.Step("car")
      .Call<&Cars::Stub::RentCar>(Booking<v1::RentCarRequest>, KeepCar)
      .Compensate<&Cars::Stub::ReturnCar>(ForTrip<v1::ReturnCarRequest>);
}
// [/bookings]

}  // namespace

// [book_trip]
skald::Definition BookTrip() {
  Flow flow("book_trip", /*version=*/1);
  // First, so that it is undone last: the traveller is told when nothing is booked any more.
  flow.Step("request").Compensate<&TravelDesk::Stub::MarkFailed>(ForTrip<v1::MarkFailedRequest>);
  flow.Parallel("bookings", AddBookings);
  flow.Choose("insurance").When("wanted", &TripState::insured, [](Flow& then) {
    then.Step("insure")
        .Call<&Insurance::Stub::Insure>(Priced<v1::InsureRequest>, KeepPolicy)
        .Compensate<&Insurance::Stub::Withdraw>(ForTrip<v1::WithdrawRequest>);
  });
  flow.Step("pay")
      .Call<&TravelDesk::Stub::Charge>(Priced<v1::ChargeRequest>, KeepReceipt)
      .Timeout(absl::Seconds(20))
      .Pivot();
  flow.Step("send_documents").Call<&TravelDesk::Stub::SendDocuments>(Documents);
  return std::move(flow).Build();
}
// [/book_trip]

}  // namespace trip
