// The whole server, with the saga of this project in it.
#include "engine/server/main.h"
#include "book_seat.h"

int main(int argc, char** argv) { return skald::server::Main(argc, argv, {cinema::BookSeat()}); }
