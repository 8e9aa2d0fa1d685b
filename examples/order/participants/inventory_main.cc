#include "examples/order/participants/inventory.h"

int main(int argc, char** argv) { return demo::RunParticipant(argc, argv, shop::Inventory()); }
