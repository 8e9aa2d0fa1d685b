#include "tests/scenario/definition_text.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "base/status.h"
#include "sagas/link.h"
#include "tests/scenario/text_functions.h"

namespace skald::scenario {
namespace {

struct Line {
  size_t indent = 0;
  int number = 0;
  std::string kind;
  std::string name;
  // What follows: "key=value" or "key".
  std::map<std::string, std::string> options;
};

std::vector<Line> Split(std::string_view text) {
  std::vector<Line> lines;
  std::istringstream stream{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    const size_t indent = line.find_first_not_of(' ');
    if (indent == std::string::npos) continue;
    Line parsed{.indent = indent, .number = number};
    std::istringstream words(line);
    words >> parsed.kind;
    words >> parsed.name;
    for (std::string word; words >> word;) {
      const size_t equals = word.find('=');
      parsed.options[word.substr(0, equals)] =
          equals == std::string::npos ? "" : word.substr(equals + 1);
    }
    lines.push_back(std::move(parsed));
  }
  return lines;
}

// The options of one line, as they are asked for; what nobody asked for is a mistake.
class Options {
 public:
  explicit Options(const Line& line) : line_(line) {}

  bool Has(const std::string& key) {
    asked_.insert(key);
    return line_.options.contains(key);
  }
  std::string Text(const std::string& key) {
    return Has(key) ? line_.options.at(key) : std::string();
  }
  int Number(const std::string& key, int otherwise) {
    return Has(key) ? std::stoi(line_.options.at(key)) : otherwise;
  }
  absl::Duration Duration(const std::string& key, absl::Duration otherwise) {
    absl::Duration duration;
    return Has(key) && absl::ParseDuration(line_.options.at(key), &duration) ? duration : otherwise;
  }
  Throws ThrowsAt(const std::string& key) {
    return Text(key) == "throws" ? Throws::kUntilFixed : Throws::kNever;
  }
  Fallback Otherwise() {
    const std::string text = Text("otherwise");
    if (text == "continue") return kContinue;
    return text == "dead_letter" ? kDeadLetter : kCompensate;
  }
  absl::Status Check() const {
    for (const auto& [key, value] : line_.options) {
      if (asked_.contains(key)) continue;
      return InvalidArgument("definition, line {}: '{}' has an option that is not known: {}",
                             line_.number, line_.kind, key);
    }
    return absl::OkStatus();
  }

 private:
  const Line& line_;
  std::set<std::string> asked_;
};

RetryPolicy ParsePolicy(Options& options, RetryPolicy policy) {
  policy.attempts = options.Number("attempts", policy.attempts);
  policy.first = options.Duration("first", policy.first);
  policy.most = options.Duration("most", policy.most);
  policy.budget = options.Duration("budget", policy.budget);
  policy.jitter = options.Has("jitter");
  return policy;
}

// "NOT_FOUND:succeeded", "NOT_FOUND:succeeded:gone"
void FillMap(Options& options, Call& call) {
  std::istringstream text(options.Text("map"));
  std::string code_name, outcome, kept;
  std::getline(text, code_name, ':');
  std::getline(text, outcome, ':');
  std::getline(text, kept);
  const Throws throws = options.ThrowsAt("note");
  for (int number = 1; number <= 16; ++number) {
    const auto code = static_cast<absl::StatusCode>(number);
    if (CodeName(code) != code_name) continue;
    call.outcomes[code] = outcome == "succeeded"  ? Outcome::kSucceeded
                          : outcome == "rejected" ? Outcome::kRejected
                                                  : Outcome::kUncertain;
    if (!kept.empty()) call.keep_mapped[code] = NoteWord(kept, throws);
  }
}

void FillStep(Node& node, Options& options, const std::string& loop_prefix) {
  node.kind = Node::Kind::kStep;
  node.pivot = options.Has("pivot");
  node.nothing_to_compensate = options.Has("nothing_to_compensate");
  node.timeout = options.Duration("timeout", node.timeout);
  node.pending_timeout = options.Duration("pending", node.pending_timeout);
  node.has_action_retry = options.Has("attempts") || options.Has("first") || options.Has("most") ||
                          options.Has("budget") || options.Has("jitter");
  node.action_retry = ParsePolicy(options, DefaultActionRetry());
  node.compensation_retry = ParsePolicy(options, DefaultCompensationRetry());
  if (!options.Has("mark")) {
    node.action =
        TextCall(node.name, "Do", loop_prefix, options.ThrowsAt("make"), options.ThrowsAt("keep"));
    FillMap(options, *node.action);
  }
  if (!node.nothing_to_compensate && !node.pivot) {
    node.compensation =
        TextCall(node.name, "Undo", loop_prefix, options.ThrowsAt("undo"), Throws::kNever);
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lines_(Split(text)) {}

  absl::StatusOr<Definition> Parse() {
    Definition definition{.name = "scenario", .version = 1, .state_type = "test.Text"};
    if (!lines_.empty() && lines_[0].kind == "deadline") {
      absl::ParseDuration(lines_[next_++].name, &definition.deadline);
    }
    const size_t indent = next_ < lines_.size() ? lines_[next_].indent : 0;
    SKALD_RETURN_IF_ERROR(ParseChildren(definition.root, indent, ""));
    if (next_ < lines_.size()) return Wrong(lines_[next_], "is indented less than the first line");
    Settle(definition);
    // What comes after the pivot has no compensation, and no scenario is jittered unless it says
    // so.
    Straighten(definition.root);
    Settle(definition);
    return definition;
  }

 private:
  static absl::Status Wrong(const Line& line, std::string_view what) {
    return InvalidArgument("definition, line {}: '{}' {}", line.number, line.kind, what);
  }

  static void Straighten(Node& node) {
    if (node.retriable) node.compensation.reset();
    if (!node.has_action_retry) node.action_retry.jitter = false;
    node.has_action_retry = true;
    for (Node& child : node.children) Straighten(child);
  }

  // `loop_prefix`: of the elements of the for-each around it.
  absl::Status ParseChildren(Node& parent, size_t indent, const std::string& loop_prefix) {
    while (next_ < lines_.size() && lines_[next_].indent == indent) {
      const Line& line = lines_[next_++];
      Node node{.name = line.kind == "otherwise" ? "otherwise" : line.name};
      if (node.name.empty()) return Wrong(line, "needs a name");
      Options options(line);
      SKALD_RETURN_IF_ERROR(ParseNode(line, options, loop_prefix, node));
      SKALD_RETURN_IF_ERROR(options.Check());
      const bool has_body =
          node.kind != Node::Kind::kStep && next_ < lines_.size() && lines_[next_].indent > indent;
      if (has_body) {
        std::string prefix = node.for_each ? node.for_each->field : loop_prefix;
        if (node.child) prefix.clear();
        SKALD_RETURN_IF_ERROR(ParseChildren(node, lines_[next_].indent, prefix));
      }
      parent.children.push_back(std::move(node));
    }
    return absl::OkStatus();
  }

  static absl::Status ParseNode(const Line& line, Options& options, const std::string& loop_prefix,
                                Node& node) {
    if (line.kind == "step") {
      FillStep(node, options, loop_prefix);
    } else if (line.kind == "when") {
      node.guard = HasWordGuard(node.name, options.ThrowsAt("guard"));
    } else if (line.kind == "choose") {
      node.kind = Node::Kind::kChoose;
    } else if (line.kind == "parallel") {
      node.kind = Node::Kind::kParallel;
    } else if (line.kind == "for_each") {
      node.kind = Node::Kind::kForEach;
      node.for_each = EachWord(options.Text("over"), options.ThrowsAt("count"));
      node.for_each->concurrency = options.Number("concurrency", 1);
    } else if (line.kind == "repeat") {
      node.kind = Node::Kind::kRepeat;
      node.repeat =
          RepeatPart{.until = HasWordGuard(options.Text("until"), options.ThrowsAt("ask")),
                     .most = options.Number("most", 3),
                     .otherwise = options.Otherwise()};
    } else if (line.kind == "await") {
      node.kind = Node::Kind::kAwait;
      node.await = AwaitPart{.message_type = "test.Text",
                             .keep = KeepWords(node.name, options.ThrowsAt("keep")),
                             .within = options.Duration("within", absl::InfiniteDuration()),
                             .otherwise = options.Otherwise()};
      if (options.Has("until")) {
        node.await->until = After(node.name, options.Duration("until", absl::ZeroDuration()),
                                  options.ThrowsAt("time"));
      }
    } else if (line.kind == "sleep") {
      node.kind = Node::Kind::kSleep;
      const absl::Duration duration = options.Duration("for", absl::Hours(1));
      node.sleep = SleepPart{.until = After("the sleep", duration, options.ThrowsAt("time")),
                             .text = absl::FormatDuration(duration)};
    } else if (line.kind == "turn_back") {
      node.kind = Node::Kind::kTurnBack;
      node.turn_back = TurnBackPart{.reason = "no, says " + node.name};
    } else if (line.kind == "child") {
      node.kind = Node::Kind::kChild;
      node.child = TextChild(node.name, options.ThrowsAt("make"), options.ThrowsAt("keep"));
    } else if (line.kind != "sequence" && line.kind != "otherwise") {
      return Wrong(line, "is no kind of node");
    }
    return absl::OkStatus();
  }

  std::vector<Line> lines_;
  size_t next_ = 0;
};

}  // namespace

absl::StatusOr<Definition> ParseDefinition(std::string_view text) { return Parser(text).Parse(); }

}  // namespace skald::scenario
