// approve_loan: two checks side by side, then a person decides: an officer within 24 hours, else a
// manager within 24 more. What is approved is paid out when the customer has signed.
//
// What it shows: a call that stays pending for a day; Await with a person behind it, and both ways
// on when nobody answers; a deadline for the whole; one open application per customer.
//
//   skaldctl saga signal loan-7 officer_decides --message '{"by": "eve", "approved": true}'
#ifndef SKALD_EXAMPLES_LOAN_APPROVAL_LOAN_APPROVAL_H_
#define SKALD_EXAMPLES_LOAN_APPROVAL_LOAN_APPROVAL_H_

#include "sagas/definition.h"

namespace loan {

// State: loan.v1.LoanState. Participants: credit_bureau, fraud_check, loan_desk. Signals:
// officer_decides and manager_decides (loan.v1.Decision), customer_signs (loan.v1.Signature).
skald::Definition ApproveLoan();

}  // namespace loan

#endif  // SKALD_EXAMPLES_LOAN_APPROVAL_LOAN_APPROVAL_H_
