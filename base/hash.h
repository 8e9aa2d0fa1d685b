// Hashes whose values are part of the contract: equal on every machine and in every release.
#ifndef SKALD_BASE_HASH_H_
#define SKALD_BASE_HASH_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace skald {

// FNV-1a with the finalizer of SplitMix64, so that all bits are good. Spreads sagas over shards and
// jitters delays; proves nothing.
uint64_t StableHash(std::string_view bytes, uint64_t seed = 0);

// The 32 bytes of SHA-256.
std::string Sha256(std::string_view bytes);

std::string ToHex(std::string_view bytes);

}  // namespace skald

#endif  // SKALD_BASE_HASH_H_
