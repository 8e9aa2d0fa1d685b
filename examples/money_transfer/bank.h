// The bank: accounts, and nothing else.
#ifndef SKALD_EXAMPLES_MONEY_TRANSFER_BANK_H_
#define SKALD_EXAMPLES_MONEY_TRANSFER_BANK_H_

#include "examples/shared/participant_main.h"

namespace bank {

demo::Participant Bank();

}  // namespace bank

#endif  // SKALD_EXAMPLES_MONEY_TRANSFER_BANK_H_
