// saga wait, saga watch: following one saga to its end, across restarts of the server.
#include <fmt/format.h>

#include <algorithm>

#include "absl/time/clock.h"
#include "admin/skaldctl/commands.h"
#include "admin/skaldctl/error_text.h"
#include "admin/skaldctl/views.h"
#include "base/status.h"

namespace skald::ctl {
namespace {

constexpr absl::Duration kLongestPoll = absl::Seconds(30);

bool IsOver(v1::Saga::Status status) { return ExitCodeOf(status) != ExitCode::kDeadline; }

// What a server that restarts, or is overloaded, answers.
bool IsPassing(const Status& status) {
  return status.code() == StatusCode::kUnavailable || status.code() == StatusCode::kCancelled ||
         status.code() == StatusCode::kDeadlineExceeded;
}

// Growing pauses between calls; says once that there is something to wait for.
class Patience final {
 public:
  Patience(Session& session, absl::Time until) : session_(session), until_(until) {}

  // False: the time is over.
  bool Pause() {
    const absl::Duration left = until_ - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    absl::SleepFor(std::min(pause_, left));
    pause_ = std::min(pause_ * 2, absl::Seconds(5));
    return true;
  }

  bool PauseAfter(const Status& error) {
    if (!said_) session_.Note(fmt::format("trying again: {}", ShortError(error)));
    said_ = true;
    return Pause();
  }

  void Reset() {
    if (said_) session_.Note("connected again");
    said_ = false;
    pause_ = kFirstPause;
  }

 private:
  static constexpr absl::Duration kFirstPause = absl::Milliseconds(200);

  Session& session_;
  const absl::Time until_;
  absl::Duration pause_ = kFirstPause;
  bool said_ = false;
};

ExitCode GaveUp(Session& session, const v1::Saga& saga) {
  session.Note(fmt::format("{} is still {}: skaldctl saga explain {} says why", saga.id(),
                           v1::Saga::Status_Name(saga.status()), saga.id()));
  return ExitCode::kDeadline;
}

// The saga when it is over, or as it was last seen.
StatusOr<v1::Saga> PollUntilOver(Session& session, const std::string& saga_id, absl::Time until) {
  // A wrong id or address is to be told at once: only a server that was there is waited for.
  SKALD_ASSIGN_OR_RETURN(v1::Saga saga, session.client().GetSaga(saga_id));
  Patience patience(session, until);
  while (!IsOver(saga.status())) {
    const absl::Time start = absl::Now();
    if (start >= until) break;
    auto polled = session.client().WaitSaga(saga_id, std::min(until - start, kLongestPoll));
    if (polled.ok()) {
      saga = *std::move(polled);
      patience.Reset();
      // A server that does not wait must not be asked without end.
      if (!IsOver(saga.status()) && absl::Now() - start < absl::Seconds(1) && !patience.Pause()) {
        break;
      }
    } else if (!IsPassing(polled.status())) {
      return polled.status();
    } else if (!patience.PauseAfter(polled.status())) {
      break;
    }
  }
  return saga;
}

std::string RenderChange(Session& session, const v1::Saga& before, const v1::Saga& saga) {
  switch (session.format()) {
    case Format::kTable:
    case Format::kWide: return ChangeLine(before, saga, absl::LocalTimeZone());
    case Format::kYaml: return "---\n" + ToYaml(ToJson(saga));
    case Format::kName: return saga.id() + "\n";
    // One line per change, whichever JSON was asked for: a stream has no end to close a list at.
    default: return ToCompactJson(ToJson(saga)) + "\n";
  }
}

}  // namespace

ExitCode WaitForEnd(Session& session, const std::string& saga_id, absl::Time until) {
  const auto saga = PollUntilOver(session, saga_id, until);
  if (!saga.ok()) return session.Fail(saga.status());
  Listing listing = SagaListing(session.format());
  listing.items.push_back(SagaItem(*saga, session.format(), absl::Now()));
  session.Out(RenderOne(listing, session.format()));
  return IsOver(saga->status()) ? ExitCodeOf(saga->status()) : GaveUp(session, *saga);
}

ExitCode Watch(Session& session, const std::string& saga_id) {
  const absl::Time until = session.FollowUntil();
  Patience patience(session, until);
  v1::Saga last;
  bool reader_gone = false;
  while (true) {
    const Status status = session.client().WatchSaga(saga_id, until, [&](const v1::Saga& saga) {
      patience.Reset();
      if (saga.revision() != last.revision()) {
        reader_gone = !session.Out(RenderChange(session, last, saga));
        last = saga;
      }
      return reader_gone || IsOver(saga.status()) ? Next::kStop : Next::kGoOn;
    });
    if (reader_gone) return ExitCode::kOk;
    if (IsOver(last.status())) return ExitCodeOf(last.status());
    // A wrong id or address is to be told at once: only a server that was there is waited for.
    const bool was_there = last.revision() > 0;
    if (!status.ok() && (!was_there || !IsPassing(status))) return session.Fail(status);
    const Status why = status.ok() ? Unavailable("the server ended the stream") : status;
    if (absl::Now() >= until || !patience.PauseAfter(why)) return GaveUp(session, last);
  }
}

}  // namespace skald::ctl
