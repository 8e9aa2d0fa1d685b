// The server's log: spdlog's default logger, to stderr, as text or as JSON lines. Never a payload.
#ifndef SKALD_ENGINE_SERVER_LOG_H_
#define SKALD_ENGINE_SERVER_LOG_H_

#include <string>
#include <string_view>

#include "engine/server/config.h"

namespace skald::server {

// Call once, before other threads log. gRPC's own messages come at level debug.
void SetUpLog(const LogSettings& settings);

// `text` as the inside of a JSON string.
std::string EscapeJson(std::string_view text);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_LOG_H_
