// transfer_money: the smallest saga that is worth one. Two steps, one compensation.
#ifndef SKALD_EXAMPLES_MONEY_TRANSFER_TRANSFER_H_
#define SKALD_EXAMPLES_MONEY_TRANSFER_TRANSFER_H_

#include "sagas/definition.h"

namespace bank {

// State: bank.v1.TransferState. Participant: bank.
skald::Definition TransferMoney();

}  // namespace bank

#endif  // SKALD_EXAMPLES_MONEY_TRANSFER_TRANSFER_H_
