#include "examples/money_transfer/bank.h"

int main(int argc, char** argv) { return demo::RunParticipant(argc, argv, bank::Bank()); }
