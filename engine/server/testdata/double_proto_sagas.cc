// A library that brings along a proto file which every server has too.
#include "sagas/plugin.h"
#include "skald/v1/saga.pb.h"

SKALD_SAGAS(skald::Definition{.name = skald::v1::Saga().GetTypeName()})
