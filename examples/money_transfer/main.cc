// A whole saga server, for one saga. Copy this file, and put your own definitions in.
#include "engine/server/main.h"
#include "examples/money_transfer/transfer.h"

int main(int argc, char** argv) { return skald::server::Main(argc, argv, {bank::TransferMoney()}); }
