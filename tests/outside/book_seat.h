// The saga of this project: reserve a seat, then charge the card. A card that is refused gives the
// seat back.
//
// A pure function: any thread may call it.
#ifndef SKALD_TESTS_OUTSIDE_BOOK_SEAT_H_
#define SKALD_TESTS_OUTSIDE_BOOK_SEAT_H_

#include "sagas/definition.h"

namespace cinema {

skald::Definition BookSeat();

}  // namespace cinema

#endif  // SKALD_TESTS_OUTSIDE_BOOK_SEAT_H_
