// renew_subscription: sleeps until the renewal day, charges, and begins again, until the subscriber
// does not want it any more. A card that is declined is charged again after three days, three times
// in all; then the subscription is suspended.
//
// What it shows: Repeat in a Repeat, with what follows when the rounds are used up; SleepUntil a
// day of the state; one saga per subscription, which a second start joins; a pivot that comes
// first, so that a failure months later parks the saga for an operator and ends nothing.
#ifndef SKALD_EXAMPLES_SUBSCRIPTION_RENEWAL_SUBSCRIPTION_RENEWAL_H_
#define SKALD_EXAMPLES_SUBSCRIPTION_RENEWAL_SUBSCRIPTION_RENEWAL_H_

#include "sagas/definition.h"

namespace subscription {

// State: subscription.v1.SubscriptionState. Participants: billing, subscribers.
skald::Definition RenewSubscription();

}  // namespace subscription

#endif  // SKALD_EXAMPLES_SUBSCRIPTION_RENEWAL_SUBSCRIPTION_RENEWAL_H_
