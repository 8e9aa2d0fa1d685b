#include "engine/server/settings.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/status.h"
#include "engine/server/values.h"

namespace skald::server {
namespace {

constexpr int64_t kMost = std::numeric_limits<int>::max();
constexpr int64_t kKiB = int64_t{1} << 10;
constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kSecond = 1000;
constexpr int64_t kHour = 3600 * kSecond;

// Pointers to functions that return a reference to a member.
#define SKALD_FIELD(Struct, type, member) \
  Field<Struct>(+[](Struct& c) -> type& { return c.member; })

const std::array kSettings = {
    Setting<Config>{"listen", SKALD_FIELD(Config, std::string, listen),
                    "Where clients and operators connect; port 0 takes a free one"},
    Setting<Config>{"insecure_listen", SKALD_FIELD(Config, bool, insecure_listen),
                    "Listen off loopback without TLS: only behind a proxy that adds it"},
    Setting<Config>{"store", SKALD_FIELD(Config, std::string, store),
                    "Where sagas are kept: sqlite:PATH or postgres://user:password@host/database"},
    Setting<Config>{"sagas",
                    SKALD_FIELD(Config, std::string, sagas),
                    "Shared libraries of sagas, separated by commas; the flag may be repeated",
                    0,
                    0,
                    {},
                    EmptyText::kTaken},
    Setting<Config>{"grace", SKALD_FIELD(Config, absl::Duration, grace),
                    "How long a stopping server waits for clients' calls", 0, kHour},
    Setting<Config>{"engine.shards", SKALD_FIELD(Config, int, engine.shards),
                    "Parts that sagas are spread over; fixed when the store is made", 1, 4096},
    Setting<Config>{"engine.workers", SKALD_FIELD(Config, int, engine.workers),
                    "Threads that run the state machine", 1, 256},
    Setting<Config>{"engine.node", SKALD_FIELD(Config, std::string, engine.node),
                    "This node's name, for people to read"},
    Setting<Config>{"engine.backlog", SKALD_FIELD(Config, int, engine.backlog),
                    "Unfinished sagas in memory; beyond it starts are refused", 1, kMost},
    Setting<Config>{"engine.backlog_tier_1", SKALD_FIELD(Config, int, engine.backlog_for_tier[1]),
                    "Percent of the backlog from which on starts of tier 1 are refused", 1, 100},
    Setting<Config>{"engine.backlog_tier_2", SKALD_FIELD(Config, int, engine.backlog_for_tier[2]),
                    "Percent of the backlog from which on starts of tier 2 are refused", 1, 100},
    Setting<Config>{"engine.horizon", SKALD_FIELD(Config, absl::Duration, engine.horizon),
                    "Sagas that sleep for longer leave memory", 1'000, kHour},
    Setting<Config>{"engine.mailbox", SKALD_FIELD(Config, int, engine.mailbox),
                    "Clients' requests that wait for one worker; beyond it they are refused", 1,
                    kMost},
    Setting<Config>{"engine.batch", SKALD_FIELD(Config, int, engine.batch),
                    "Changes in one transaction, at the most", 1, 100'000},
    Setting<Config>{"engine.store_retry", SKALD_FIELD(Config, absl::Duration, engine.store_retry),
                    "Between two tries while the store is away", 10, kHour},
    Setting<Config>{"engine.drain", SKALD_FIELD(Config, absl::Duration, engine.drain),
                    "How long a stopping server waits for participants' replies", 0, kHour},
    Setting<Config>{"readers.threads", SKALD_FIELD(Config, int, readers.threads),
                    "Threads that read the store for clients", 1, 256},
    Setting<Config>{"readers.queue", SKALD_FIELD(Config, int, readers.queue),
                    "Reads that wait for a thread; beyond it they are refused", 1, kMost},
    Setting<Config>{"limits.state", SKALD_FIELD(Config, size_t, engine.limits.state),
                    "Size of a saga's state", kKiB, 64 * kMiB},
    Setting<Config>{"limits.message", SKALD_FIELD(Config, size_t, engine.limits.message),
                    "Size of a message, from clients and to participants", kKiB, 256 * kMiB},
    Setting<Config>{"limits.history", SKALD_FIELD(Config, int, engine.limits.history),
                    "Entries of a saga's history", 100, 10'000'000},
    Setting<Config>{"limits.fan_out", SKALD_FIELD(Config, int, engine.limits.fan_out),
                    "Elements of one for-each; beyond it the saga is parked", 1, 100'000},
    Setting<Config>{"limits.signals", SKALD_FIELD(Config, int, engine.limits.signals),
                    "Signals of a saga that wait to be taken", 1, 100'000},
    Setting<Config>{"limits.kept_message", SKALD_FIELD(Config, size_t, engine.limits.kept_message),
                    "What is kept of a participant's error text", 0, 64 * kKiB},
    Setting<Config>{"limits.id", SKALD_FIELD(Config, int, limits.id), "Bytes of a saga's id", 36,
                    128},
    Setting<Config>{"limits.labels", SKALD_FIELD(Config, int, limits.labels), "Labels of a saga", 0,
                    1000},
    Setting<Config>{"limits.label", SKALD_FIELD(Config, int, limits.label),
                    "Bytes of a label's value", 1, 64 * kKiB},
    Setting<Config>{"limits.page", SKALD_FIELD(Config, int, limits.page),
                    "Entries of a page; whoever asks for more gets so many", 1, 10'000},
    Setting<Config>{"limits.watches", SKALD_FIELD(Config, int, limits.watches),
                    "Waits and watches that are open at once", 1, kMost},
    Setting<Config>{"limits.streams", SKALD_FIELD(Config, int, limits.streams),
                    "Calls that one connection has open at once", 1, kMost},
    Setting<Config>{"limits.metadata", SKALD_FIELD(Config, size_t, limits.metadata),
                    "Size of a call's metadata", kKiB, kMiB},
    Setting<Config>{"limits.connection_idle",
                    SKALD_FIELD(Config, absl::Duration, limits.connection_idle),
                    "A connection without calls is closed after", kSecond, 24 * kHour},
    Setting<Config>{"log.level", SKALD_FIELD(Config, std::string, log.level),
                    "Least level that is logged", 0, 0, "debug|info|warn|error"},
    Setting<Config>{"log.format", SKALD_FIELD(Config, std::string, log.format),
                    "Lines of text, or of JSON", 0, 0, "text|json"},
};

const std::array kParticipantSettings = {
    Setting<ParticipantSettings>{"address", SKALD_FIELD(ParticipantSettings, std::string, address),
                                 "Where it lives, as gRPC takes it: dns:///inventory:50051"},
    Setting<ParticipantSettings>{"concurrency", SKALD_FIELD(ParticipantSettings, int, concurrency),
                                 "Calls under way at once; what comes on top waits", 1, 100'000},
    Setting<ParticipantSettings>{
        "breaker_failures", SKALD_FIELD(ParticipantSettings, int, breaker_failures),
        "Uncertain outcomes in a row that open the breaker; 0: none do", 0, 1'000'000},
    Setting<ParticipantSettings>{"breaker_open",
                                 SKALD_FIELD(ParticipantSettings, absl::Duration, breaker_open),
                                 "How long the breaker stays open", 10, 24 * kHour},
};

#undef SKALD_FIELD

bool IsChoice(std::string_view choices, std::string_view text) {
  while (!choices.empty()) {
    const std::string_view choice = choices.substr(0, choices.find('|'));
    if (choice == text) return true;
    choices.remove_prefix(std::min(choices.size(), choice.size() + 1));
  }
  return false;
}

std::string Changed(std::string_view text, std::string_view from, char to) {
  std::string changed(text);
  for (char& c : changed) {
    if (from.find(c) != std::string_view::npos) c = to;
  }
  return changed;
}

template <typename Struct>
void AppendRow(const Setting<Struct>& setting, std::string_view prefix, std::string_view names,
               std::string& table) {
  table += fmt::format("| `{}{}` | {} | `{}` | {} | {} |\n", prefix, setting.key, names,
                       Show(setting, Struct()), setting.help, Changed(Expected(setting), "|", '/'));
}

}  // namespace

std::span<const Setting<Config>> Settings() { return kSettings; }

std::span<const Setting<ParticipantSettings>> SettingsOfParticipant() {
  return kParticipantSettings;
}

template <typename Struct>
std::string Expected(const Setting<Struct>& setting) {
  return std::visit(
      [&](auto field) -> std::string {
        using Type = std::remove_reference_t<decltype(field(std::declval<Struct&>()))>;
        if constexpr (std::is_same_v<Type, std::string>) {
          if (setting.empty == EmptyText::kTaken) return "text";
          if (setting.choices.empty()) return "text that is not empty";
          return fmt::format("one of {}", setting.choices);
        } else if constexpr (std::is_same_v<Type, bool>) {
          return "true or false";
        } else if constexpr (std::is_same_v<Type, size_t>) {
          return fmt::format("a size from {} to {}", FormatSize(setting.least),
                             FormatSize(setting.most));
        } else if constexpr (std::is_same_v<Type, absl::Duration>) {
          return fmt::format("a duration from {} to {}",
                             absl::FormatDuration(absl::Milliseconds(setting.least)),
                             absl::FormatDuration(absl::Milliseconds(setting.most)));
        } else {
          return fmt::format("a whole number from {} to {}", setting.least, setting.most);
        }
      },
      setting.field);
}

template <typename Struct>
absl::Status Assign(const Setting<Struct>& setting, std::string_view key, std::string_view text,
                    Struct& target) {
  const bool good = std::visit(
      [&](auto field) {
        auto& value = field(target);
        using Type = std::remove_reference_t<decltype(value)>;
        const auto in_range = [&](int64_t number) {
          return number >= setting.least && number <= setting.most;
        };
        if constexpr (std::is_same_v<Type, std::string>) {
          if (text.empty() && setting.empty == EmptyText::kRefused) return false;
          if (!setting.choices.empty() && !IsChoice(setting.choices, text)) return false;
          value = text;
        } else if constexpr (std::is_same_v<Type, bool>) {
          const absl::StatusOr<bool> truth = ParseTruth(text);
          if (!truth.ok()) return false;
          value = *truth;
        } else if constexpr (std::is_same_v<Type, size_t>) {
          const absl::StatusOr<size_t> size = ParseSize(text);
          if (!size.ok() || !in_range(static_cast<int64_t>(*size))) return false;
          value = *size;
        } else if constexpr (std::is_same_v<Type, absl::Duration>) {
          const absl::StatusOr<absl::Duration> duration = ParseDuration(text);
          if (!duration.ok() || *duration < absl::Milliseconds(setting.least) ||
              *duration > absl::Milliseconds(setting.most)) {
            return false;
          }
          value = *duration;
        } else {
          const absl::StatusOr<int64_t> number = ParseCount(text);
          if (!number.ok() || !in_range(*number)) return false;
          value = static_cast<int>(*number);
        }
        return true;
      },
      setting.field);
  if (good) return absl::OkStatus();
  return InvalidArgument("'{}' is no value for {}: expected {}", MaskSecrets(text), key,
                         Expected(setting));
}

template <typename Struct>
std::string Show(const Setting<Struct>& setting, const Struct& source) {
  return std::visit(
      [&](auto field) -> std::string {
        // The accessors serve Assign too, and only read here.
        const auto& value = field(const_cast<Struct&>(source));
        using Type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Type, std::string>) return MaskSecrets(value);
        if constexpr (std::is_same_v<Type, bool>) return value ? "true" : "false";
        if constexpr (std::is_same_v<Type, size_t>) return FormatSize(value);
        if constexpr (std::is_same_v<Type, absl::Duration>) return absl::FormatDuration(value);
        if constexpr (std::is_same_v<Type, int>) return fmt::format("{}", value);
      },
      setting.field);
}

template absl::Status Assign(const Setting<Config>&, std::string_view, std::string_view, Config&);
template absl::Status Assign(const Setting<ParticipantSettings>&, std::string_view,
                             std::string_view, ParticipantSettings&);
template std::string Show(const Setting<Config>&, const Config&);
template std::string Show(const Setting<ParticipantSettings>&, const ParticipantSettings&);
template std::string Expected(const Setting<Config>&);
template std::string Expected(const Setting<ParticipantSettings>&);

std::string FlagOf(std::string_view key) { return "--" + Changed(key, "._", '-'); }

std::string VariableOf(std::string_view key) {
  std::string name = "SKALD_" + Changed(key, ".", '_');
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

std::string SettingsAsMarkdown() {
  std::string table = "| key | flag, variable | default | what | values |\n|---|---|---|---|---|\n";
  for (const Setting<Config>& setting : Settings()) {
    AppendRow(setting, "", fmt::format("`{}`, `{}`", FlagOf(setting.key), VariableOf(setting.key)),
              table);
  }
  for (const Setting<ParticipantSettings>& setting : SettingsOfParticipant()) {
    AppendRow(setting, "participants.<name>.",
              setting.key == "address" ? "`--participant name=address`, `SKALD_PARTICIPANTS`" : "",
              table);
  }
  return table;
}

}  // namespace skald::server
