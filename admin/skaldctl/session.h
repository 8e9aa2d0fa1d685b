// One run of skaldctl: the flags that all commands share, the server, and where output goes.
// Threading: confined.
#ifndef SKALD_ADMIN_SKALDCTL_SESSION_H_
#define SKALD_ADMIN_SKALDCTL_SESSION_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "admin/skaldctl/client.h"
#include "admin/skaldctl/exit_codes.h"
#include "admin/skaldctl/output.h"

namespace skald::ctl {

// As they stand on the command line, before they are checked.
struct Flags {
  std::string address = "127.0.0.1:7600";
  std::string timeout;
  std::string output = "table";
  std::string actor;
};

class Session final {
 public:
  Flags flags;
  // The command that the command line chose; reads its own options when it runs.
  std::function<ExitCode(Session&)> command;

  // Checks the flags and connects. INVALID_ARGUMENT.
  absl::Status Open();

  // The rest REQUIRES that Open() succeeded.
  [[nodiscard]] Client& client() { return *client_; }
  [[nodiscard]] Format format() const { return format_; }
  // When a command that follows a saga gives up: never, unless --timeout was given.
  [[nodiscard]] absl::Time FollowUntil() const;
  // Who gives the order: --actor, or user@host.
  [[nodiscard]] std::string Actor() const;

  // To stdout, at once. False: nobody reads it any more, or it cannot be written.
  bool Out(std::string_view text);
  // A line to stderr, for people.
  void Note(std::string_view line);
  // Shows the server's error on stderr; its exit code.
  ExitCode Fail(const absl::Status& status);
  // Says what is wrong with the command line.
  ExitCode Misuse(const absl::Status& status);

  // `code`, unless what was to be printed could not be (a full disk). A reader that has had enough
  // is no error.
  [[nodiscard]] ExitCode Close(ExitCode code);

 private:
  enum class OutState { kOpen, kReaderGone, kFailed };

  std::unique_ptr<Client> client_;
  Format format_ = Format::kTable;
  absl::Duration timeout_ = absl::InfiniteDuration();
  OutState out_ = OutState::kOpen;
};

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_SESSION_H_
