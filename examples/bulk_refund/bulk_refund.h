// refund_batch: a product is recalled, and everybody who bought it gets the money back, eight
// customers at a time. Who cannot be paid back is noted; a mail tells how it ended.
//
// What it shows: ForEach over lines that keep their own receipts; a code that is no failure here
// (Map); a pivot that comes first, because nobody takes a refund back when another one fails.
#ifndef SKALD_EXAMPLES_BULK_REFUND_BULK_REFUND_H_
#define SKALD_EXAMPLES_BULK_REFUND_BULK_REFUND_H_

#include "sagas/definition.h"

namespace refund {

// State: refund.v1.BatchState. Participants: cashier, mailroom.
skald::Definition RefundBatch();

}  // namespace refund

#endif  // SKALD_EXAMPLES_BULK_REFUND_BULK_REFUND_H_
