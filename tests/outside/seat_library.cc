// The saga of this project in a library, for the stock skaldd: `skaldd serve --sagas=...`.
#include "book_seat.h"
#include "sagas/plugin.h"

SKALD_SAGAS(cinema::BookSeat())
