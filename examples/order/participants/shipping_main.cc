#include "examples/order/participants/shipping.h"

int main(int argc, char** argv) { return demo::RunParticipant(argc, argv, shop::Shipping()); }
