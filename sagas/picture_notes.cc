#include "sagas/picture_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <utility>

#include "base/text.h"

namespace skald::picture {
namespace {

using Status = NodeMark::Status;
using Wait = NodeMark::Wait;

// Longer words from outside are cut, and wrapped.
constexpr size_t kWords = 80;
constexpr size_t kLine = 28;
constexpr int kNamed = 5;

// What many marks are counted by, in the order in which counts are told.
enum class Kind { kStuck, kDone, kRunning, kWaiting, kFailed, kGoingBack, kUndone, kSkipped };
constexpr size_t kKinds = 8;

struct KindText {
  std::string_view word;
  std::string_view symbol;
  Tone tone;
};

const KindText& TextOf(Kind kind) {
  static constexpr std::array<KindText, kKinds> kTexts = {{
      {"stuck", "■", Tone::kStuck},
      {"done", "✓", Tone::kDone},
      {"under way", "►", Tone::kRunning},
      {"waiting", "◷", Tone::kWaiting},
      {"failed", "✗", Tone::kFailed},
      {"being compensated", "↶", Tone::kUndone},
      {"compensated", "↶", Tone::kUndone},
      {"skipped", "∅", Tone::kSkipped},
  }};
  return kTexts.at(static_cast<size_t>(kind));
}

// What many kinds come to: what calls for attention goes before what is over.
Kind Foremost(const std::vector<Kind>& kinds) {
  for (const Kind kind : {Kind::kStuck, Kind::kRunning, Kind::kWaiting, Kind::kFailed,
                          Kind::kGoingBack, Kind::kUndone}) {
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) return kind;
  }
  const bool all_skipped =
      std::all_of(kinds.begin(), kinds.end(), [](Kind kind) { return kind == Kind::kSkipped; });
  return all_skipped ? Kind::kSkipped : Kind::kDone;
}

bool CompensationBegan(const NodeMark& mark) {
  return mark.status == Status::kCompensating || mark.status == Status::kCompensated;
}

// Of the action, of a wait, of a child.
Kind ForwardKind(const NodeMark& mark) {
  if (mark.stuck && !CompensationBegan(mark)) return Kind::kStuck;
  switch (mark.status) {
    case Status::kPending:
    case Status::kRunning: return mark.wait == Wait::kNone ? Kind::kRunning : Kind::kWaiting;
    case Status::kSucceeded: return Kind::kDone;
    case Status::kRejected:
    case Status::kUncertain: return Kind::kFailed;
    case Status::kCompensating: return Kind::kGoingBack;
    case Status::kCompensated: return Kind::kUndone;
    case Status::kSkipped: return mark.compensation_skipped ? Kind::kDone : Kind::kSkipped;
  }
  return Kind::kRunning;
}

// Of the compensation, where one began.
Kind CompensationKind(const NodeMark& mark) {
  if (mark.stuck) return Kind::kStuck;
  if (mark.status == Status::kSkipped) return Kind::kSkipped;
  if (mark.status == Status::kCompensated) return Kind::kUndone;
  return mark.wait == Wait::kNone ? Kind::kRunning : Kind::kWaiting;
}

std::string Hour(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

// In one line, or in as many as it needs.
void AddWords(std::string_view words, std::vector<std::string>& lines) {
  std::string text = CleanText(words, kWords);
  std::replace_if(
      text.begin(), text.end(), [](unsigned char byte) { return std::iscntrl(byte) != 0; }, ' ');
  if (text.size() < words.size()) text += "…";
  std::string_view rest = text;
  while (rest.size() > kLine) {
    size_t cut = rest.rfind(' ', kLine);
    if (cut == std::string_view::npos || cut == 0) cut = rest.find(' ', kLine);
    if (cut == std::string_view::npos) break;
    lines.emplace_back(rest.substr(0, cut));
    rest.remove_prefix(cut + 1);
  }
  if (!rest.empty()) lines.emplace_back(rest);
}

// "3 attempts", where there was more than one.
std::string AttemptText(int attempts, std::string_view before) {
  return attempts > 1 ? fmt::format("{}{} attempts", before, attempts) : std::string();
}

std::string WaitText(const NodeMark& mark) {
  const bool ends = mark.until != absl::InfiniteFuture();
  switch (mark.wait) {
    case Wait::kNone: return "";
    case Wait::kTime: return ends ? "waits until " + Hour(mark.until) : "waits";
    case Wait::kRetry: return "tried again at " + Hour(mark.until);
    case Wait::kPending: return ends ? "pending until " + Hour(mark.until) : "pending";
  }
  return "";
}

// Of one mark: what there is to say.
Note One(Kind kind, std::string_view word, const NodeMark& mark, int attempts) {
  Note note;
  note.tone = TextOf(kind).tone;
  std::string line = fmt::format("{} {}", TextOf(kind).symbol, word);
  if (kind == Kind::kWaiting) {
    note.lines.push_back(fmt::format("{} {}", TextOf(kind).symbol, WaitText(mark)));
    if (attempts > 1 || mark.wait == Wait::kRetry) {
      note.lines.push_back(
          fmt::format("{} so far", attempts == 1 ? "1 attempt" : AttemptText(attempts, "")));
    }
  } else if (kind == Kind::kRunning) {
    note.lines.push_back(attempts > 1 ? fmt::format("{}, attempt {}", line, attempts) : line);
  } else {
    note.lines.push_back(line + AttemptText(attempts, kind == Kind::kStuck ? " after " : ", "));
  }
  if (kind == Kind::kStuck || kind == Kind::kFailed || mark.wait == Wait::kRetry) {
    AddWords(mark.words, note.lines);
  }
  return note;
}

// "✓ 12 done", "► 3 under way"
Note Counted(const std::vector<Kind>& kinds) {
  Note note;
  note.tone = TextOf(Foremost(kinds)).tone;
  for (size_t i = 0; i < kKinds; ++i) {
    const Kind kind = static_cast<Kind>(i);
    const auto count = std::count(kinds.begin(), kinds.end(), kind);
    if (count == 0) continue;
    note.lines.push_back(fmt::format("{} {} {}", TextOf(kind).symbol, count, TextOf(kind).word));
  }
  return note;
}

std::string_view ForwardWord(Kind kind, const NodeMark& mark) {
  if (mark.status == Status::kRejected && !mark.stuck) return "rejected";
  if (mark.status == Status::kUncertain && !mark.stuck) return "uncertain";
  return TextOf(kind).word;
}

bool IsNumber(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

struct Place {
  // Without numbers.
  std::string path;
  // "3", or "3/17" within two loops; of the first `most` loops.
  std::string numbers;
};

Place PlaceOf(std::string_view path, size_t most) {
  Place place;
  for (size_t loops = 0; !path.empty();) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    const bool number = IsNumber(part);
    if (number && loops++ >= most) continue;
    std::string& text = number ? place.numbers : place.path;
    if (!text.empty()) text += '/';
    text += part;
  }
  return place;
}

size_t LoopsIn(std::string_view path) {
  const std::string numbers = PlaceOf(path, path.size()).numbers;
  return numbers.empty() ? 0 : std::count(numbers.begin(), numbers.end(), '/') + 1;
}

// What is known of one element of a kForEach.
struct Element {
  std::vector<Kind> kinds;
  // Something of it was done that can be undone, and was not yet.
  bool holds = false;

  // Undone is an element whose last node is.
  Kind Is() const {
    const Kind kind = Foremost(kinds);
    return kind == Kind::kUndone && holds ? Kind::kGoingBack : kind;
  }
};

}  // namespace

Notes::Notes(const SagaMarks* saga) : saga_(saga) {
  if (saga == nullptr) return;
  for (const NodeMark& mark : saga->nodes) {
    marks_[PlaceOf(mark.path, 0).path].push_back(&mark);
  }
}

const Notes::Marks& Notes::MarksOf(const Node& node) const {
  static const Marks kNone;
  const auto found = marks_.find(node.path);
  return found == marks_.end() ? kNone : found->second;
}

Note Notes::Forward(const Node& node) const {
  const Marks& marks = MarksOf(node);
  if (marks.empty()) return {};
  if (marks.size() == 1) {
    const NodeMark& mark = *marks.front();
    const Kind kind = ForwardKind(mark);
    return One(kind, ForwardWord(kind, mark), mark, mark.attempts);
  }
  std::vector<Kind> kinds;
  for (const NodeMark* mark : marks) kinds.push_back(ForwardKind(*mark));
  return Counted(kinds);
}

Note Notes::Compensation(const Node& step) const {
  std::vector<Kind> kinds;
  const NodeMark* only = nullptr;
  for (const NodeMark* mark : MarksOf(step)) {
    if (!CompensationBegan(*mark) && !mark->compensation_skipped) continue;
    kinds.push_back(CompensationKind(*mark));
    only = mark;
  }
  if (kinds.empty()) return {};
  if (kinds.size() > 1) return Counted(kinds);
  return One(kinds.front(), TextOf(kinds.front()).word, *only, only->compensation_attempts);
}

Note Notes::Loop(const Node& loop) const {
  const Marks& marks = MarksOf(loop);
  if (marks.empty()) return {};
  if (loop.kind == Node::Kind::kForEach) return ForEach(loop, marks);
  if (marks.size() > 1) return Forward(loop);
  const NodeMark& mark = *marks.front();
  const Kind kind = ForwardKind(mark);
  Note note = One(kind, TextOf(kind).word, mark, 0);
  if (mark.round > 0) {
    note.lines.push_back(mark.rounds > 0 ? fmt::format("round {} of {}", mark.round, mark.rounds)
                                         : fmt::format("round {}", mark.round));
  }
  return note;
}

// A turn-back has no mark of its own: it is where the saga's cause is.
Note Notes::TurnedBack(const Node& node) const {
  if (saga_ == nullptr || PlaceOf(saga_->cause_step, 0).path != node.path) return {};
  return {{"✗ turned back here"}, Tone::kFailed};
}

// Its elements are known by what they hold.
Note Notes::ForEach(const Node& loop, const Marks& marks) const {
  int elements = 0;
  std::vector<Kind> own;
  for (const NodeMark* mark : marks) {
    elements += mark->elements;
    own.push_back(ForwardKind(*mark));
  }
  const size_t depth = LoopsIn(marks.front()->path) + 1;
  std::map<std::string, Element> elements_by_number;
  std::vector<std::string> order;
  ForEachNode(loop, [&](const Node& node) {
    if (&node == &loop) return;
    for (const NodeMark* mark : MarksOf(node)) {
      const bool back = CompensationBegan(*mark) || mark->compensation_skipped;
      const Kind kind = back ? CompensationKind(*mark) : ForwardKind(*mark);
      std::string number = PlaceOf(mark->path, depth).numbers;
      Element& element = elements_by_number[number];
      if (element.kinds.empty()) order.push_back(std::move(number));
      element.kinds.push_back(kind);
      if (kind == Kind::kDone && node.compensation.has_value()) element.holds = true;
    }
  });
  std::vector<Kind> kinds;
  std::string stuck;
  int stuck_elements = 0;
  for (const std::string& element : order) {
    kinds.push_back(elements_by_number[element].Is());
    if (kinds.back() != Kind::kStuck) continue;
    if (++stuck_elements > kNamed) continue;
    stuck += fmt::format("{}{}", stuck.empty() ? "" : ", ", element);
  }
  Note note = Counted(kinds);
  if (kinds.empty()) note.tone = TextOf(Foremost(own)).tone;
  const auto done = std::count(kinds.begin(), kinds.end(), Kind::kDone);
  std::erase_if(note.lines, [](const std::string& line) {
    return line.ends_with(" done") || line.ends_with(" stuck");
  });
  note.lines.insert(note.lines.begin(), fmt::format("✓ {} of {} done", done, elements));
  if (stuck_elements > 0) {
    const int more = stuck_elements - kNamed;
    note.lines.push_back(fmt::format("■ {} stuck:", stuck_elements));
    note.lines.push_back(stuck);
    if (more > 0) note.lines.push_back(fmt::format("and {} more", more));
  }
  return note;
}

Note Notes::Saga() const {
  if (saga_ == nullptr) return {};
  static constexpr std::array<std::pair<std::string_view, Tone>, 6> kStatus = {{
      {"► running", Tone::kRunning},
      {"✓ completed", Tone::kDone},
      {"↶ compensating", Tone::kUndone},
      {"↶ compensated", Tone::kUndone},
      {"■ dead-lettered", Tone::kStuck},
      {"∅ resolved by an operator", Tone::kSkipped},
  }};
  const auto& [word, tone] = kStatus.at(static_cast<size_t>(saga_->status));
  Note note = {{}, tone};
  AddWords(saga_->id, note.lines);
  note.lines.push_back(fmt::format("{}{}", word, saga_->paused ? ", paused" : ""));
  if (saga_->status == SagaMarks::Status::kDeadLettered) AddStuck(note);
  if (saga_->queued) note.lines.emplace_back("◷ waits for its exclusive key");
  if (!saga_->cause.empty()) {
    note.lines.push_back(saga_->cause_step.empty() ? fmt::format("turned back: {}", saga_->cause)
                                                   : fmt::format("turned back: {} at {}",
                                                                 saga_->cause, saga_->cause_step));
    AddWords(saga_->cause_words, note.lines);
  }
  return note;
}

// Where an operator has to look. Elements of loops are named there.
void Notes::AddStuck(Note& note) const {
  int named = 0;
  for (const auto& [path, marks] : marks_) {
    const auto stuck =
        std::count_if(marks.begin(), marks.end(), [](const NodeMark* mark) { return mark->stuck; });
    if (stuck == 0 || ++named > kNamed) continue;
    note.lines.push_back(stuck == 1 ? fmt::format("at {}", path)
                                    : fmt::format("at {}, {} times", path, stuck));
  }
  if (named > kNamed) note.lines.push_back(fmt::format("and {} more", named - kNamed));
}

int Notes::Decisions(const Node& choose) const { return static_cast<int>(MarksOf(choose).size()); }

int Notes::Taken(const Node& choose, std::string_view arm) const {
  const Marks& marks = MarksOf(choose);
  return static_cast<int>(std::count_if(marks.begin(), marks.end(),
                                        [arm](const NodeMark* mark) { return mark->arm == arm; }));
}

}  // namespace skald::picture
