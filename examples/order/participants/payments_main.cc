#include "examples/order/participants/payments.h"

int main(int argc, char** argv) { return demo::RunParticipant(argc, argv, shop::Payments()); }
