// book_trip: flight, hotel and car are booked side by side, insurance if it is wanted; then the
// traveller pays, which is the pivot, and gets the documents.
//
// What it shows: Parallel with a Sequence as one branch, whose bookings are cancelled side by side
// when one of them fails; a step without a call for what was there before the saga; a Choose; a
// pivot.
#ifndef SKALD_EXAMPLES_TRIP_BOOKING_TRIP_BOOKING_H_
#define SKALD_EXAMPLES_TRIP_BOOKING_TRIP_BOOKING_H_

#include "sagas/definition.h"

namespace trip {

// State: trip.v1.TripState. Participants: cars, flights, hotels, insurance, travel_desk.
skald::Definition BookTrip();

}  // namespace trip

#endif  // SKALD_EXAMPLES_TRIP_BOOKING_TRIP_BOOKING_H_
