// The one table of settings. Keys of the file, names of environment variables, flags, help,
// defaults and the table in docs/OPERATIONS.md all come from it:
//
//   key engine.drain    flag --engine-drain    environment SKALD_ENGINE_DRAIN
//
// Immutable.
#ifndef SKALD_ENGINE_SERVER_SETTINGS_H_
#define SKALD_ENGINE_SERVER_SETTINGS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/server/config.h"

namespace skald::server {

// How to reach a field of `Struct`; the field's type is the setting's type. size_t is a size in
// bytes.
template <typename Struct>
using Field = std::variant<std::string& (*)(Struct&), bool& (*)(Struct&), int& (*)(Struct&),
                           size_t& (*)(Struct&), absl::Duration& (*)(Struct&)>;

enum class EmptyText { kRefused, kTaken };

template <typename Struct>
struct Setting {
  std::string_view key;
  Field<Struct> field;
  std::string_view help;
  // Of numbers, sizes (bytes) and durations (milliseconds), both included.
  int64_t least = 0;
  int64_t most = 0;
  // Of texts: the values that are allowed, separated by '|'; empty: any.
  std::string_view choices = {};
  EmptyText empty = EmptyText::kRefused;
};

std::span<const Setting<Config>> Settings();

// Those of one participant: participants.<name>.<key>.
std::span<const Setting<ParticipantSettings>> SettingsOfParticipant();

// Reads `text` into the setting's field. INVALID_ARGUMENT: "'many' is no value for engine.shards:
// expected a whole number from 1 to 4096"; `key` is the name to use in it.
template <typename Struct>
absl::Status Assign(const Setting<Struct>& setting, std::string_view key, std::string_view text,
                    Struct& target);

// The field's value as Assign reads it.
template <typename Struct>
std::string Show(const Setting<Struct>& setting, const Struct& source);

// "a whole number from 1 to 4096"
template <typename Struct>
std::string Expected(const Setting<Struct>& setting);

extern template absl::Status Assign(const Setting<Config>&, std::string_view, std::string_view,
                                    Config&);
extern template absl::Status Assign(const Setting<ParticipantSettings>&, std::string_view,
                                    std::string_view, ParticipantSettings&);
extern template std::string Show(const Setting<Config>&, const Config&);
extern template std::string Show(const Setting<ParticipantSettings>&, const ParticipantSettings&);
extern template std::string Expected(const Setting<Config>&);
extern template std::string Expected(const Setting<ParticipantSettings>&);

// "engine.drain" -> "--engine-drain", "SKALD_ENGINE_DRAIN".
std::string FlagOf(std::string_view key);
std::string VariableOf(std::string_view key);

// The settings as a table in Markdown.
std::string SettingsAsMarkdown();

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_SETTINGS_H_
