#include "tests/scenario/definition_text.h"

#include <set>
#include <sstream>
#include <vector>

#include "base/status.h"
#include "sagas/fingerprint.h"

namespace skald::scenario {
namespace {

bool HasWord(std::string_view state, const std::string& word) {
  std::istringstream words{std::string(state)};
  for (std::string next; words >> next;) {
    if (next == word) return true;
  }
  return false;
}

// What an author's function does that throws until the state is mended.
absl::Status Trouble(bool throws, std::string_view state, const std::string& what) {
  if (!throws || HasWord(state, "fixed")) return absl::OkStatus();
  return Internal("{} threw: out of order", what);
}

Call MakeCall(const std::string& step, std::string_view method, bool make_throws,
              bool keep_throws) {
  const std::string what = fmt::format("{}.{}", step, method);
  return {
      .participant = step,
      .method = fmt::format("/test.{}/{}", step, method),
      .request_type = "test.Text",
      .response_type = "test.Text",
      .make_request = [what, make_throws](const Scope& scope) -> absl::StatusOr<std::string> {
        SKALD_RETURN_IF_ERROR(Trouble(make_throws, scope.state, "the request of " + what));
        return fmt::format("{}({})", what, scope.state);
      },
      .keep_response = [what, keep_throws](const Scope& scope,
                                           std::string_view reply) -> absl::StatusOr<std::string> {
        if (reply == "garbage") return absl::DataLossError("the reply does not parse");
        SKALD_RETURN_IF_ERROR(Trouble(keep_throws, scope.state, "the reply of " + what));
        if (reply.empty()) return std::string(scope.state);
        return scope.state.empty() ? std::string(reply) : fmt::format("{} {}", scope.state, reply);
      }};
}

struct Line {
  size_t indent = 0;
  int number = 0;
  std::vector<std::string> words;
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
    for (std::string word; words >> word;) parsed.words.push_back(word);
    lines.push_back(std::move(parsed));
  }
  return lines;
}

// The options of a step's line.
struct StepWords {
  RetryPolicy action;
  RetryPolicy compensation;
  bool has_policy = false;
  bool make_throws = false;
  bool keep_throws = false;
  bool undo_throws = false;

  // False: the word is not known.
  bool Take(const std::string& word, Node& node) {
    const size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (key == "pivot") return node.pivot = true;
    if (key == "nothing_to_compensate") return node.nothing_to_compensate = true;
    if (key == "jitter") return action.jitter = compensation.jitter = true;
    if (value == "throws") {
      if (key == "make") return make_throws = true;
      if (key == "keep") return keep_throws = true;
      if (key == "undo") return undo_throws = true;
    }
    if (key == "attempts") {
      action.attempts = compensation.attempts = std::stoi(value);
      return has_policy = true;
    }
    absl::Duration duration;
    if (!absl::ParseDuration(value, &duration)) return false;
    if (key == "timeout") {
      node.timeout = duration;
      return true;
    }
    if (key == "first")
      action.first = compensation.first = duration;
    else if (key == "most")
      action.most = compensation.most = duration;
    else if (key == "budget")
      action.budget = compensation.budget = duration;
    else
      return false;
    return has_policy = true;
  }
};

class Parser {
 public:
  explicit Parser(std::string_view text) : lines_(Split(text)) {}

  absl::StatusOr<Definition> Parse() {
    Definition definition{.name = "scenario", .version = 1, .state_type = "test.Text"};
    SKALD_RETURN_IF_ERROR(ParseChildren(definition.root, lines_.empty() ? 0 : lines_[0].indent));
    if (next_ < lines_.size()) return Wrong(lines_[next_], "is indented less than the first line");
    bool past_pivot = false;
    Finish(definition.root, "", past_pivot);
    definition.fingerprint = Fingerprint(definition);
    return definition;
  }

 private:
  static absl::Status Wrong(const Line& line, std::string_view what) {
    return InvalidArgument("definition, line {}: '{}' {}", line.number, line.words[0], what);
  }

  absl::Status ParseChildren(Node& parent, size_t indent) {
    while (next_ < lines_.size() && lines_[next_].indent == indent) {
      const Line& line = lines_[next_++];
      Node node;
      SKALD_RETURN_IF_ERROR(ParseNode(line, node));
      if (node.kind != Node::Kind::kStep && next_ < lines_.size() &&
          lines_[next_].indent > indent) {
        SKALD_RETURN_IF_ERROR(ParseChildren(node, lines_[next_].indent));
      }
      parent.children.push_back(std::move(node));
    }
    return absl::OkStatus();
  }

  absl::Status ParseNode(const Line& line, Node& node) {
    const std::string& kind = line.words[0];
    if (kind == "otherwise") {
      node.name = "otherwise";
      return absl::OkStatus();
    }
    if (line.words.size() < 2) return Wrong(line, "needs a name");
    node.name = line.words[1];
    const bool throws = line.words.size() > 2 && line.words[2] == "guard=throws";
    if (kind == "when") {
      node.guard = [word = node.name, throws](const Scope& scope) -> absl::StatusOr<bool> {
        SKALD_RETURN_IF_ERROR(Trouble(throws, scope.state, "the guard of " + word));
        return HasWord(scope.state, word);
      };
    } else if (kind == "choose") {
      node.kind = Node::Kind::kChoose;
    } else if (kind == "step") {
      node.kind = Node::Kind::kStep;
      return ParseStep(line, node);
    } else {
      return Wrong(line, "is not step, choose, when or otherwise");
    }
    return absl::OkStatus();
  }

  absl::Status ParseStep(const Line& line, Node& node) {
    StepWords words{.action = DefaultActionRetry(), .compensation = DefaultCompensationRetry()};
    words.action.jitter = words.compensation.jitter = false;
    for (size_t i = 2; i < line.words.size(); ++i) {
      if (!words.Take(line.words[i], node)) {
        return Wrong(line, "has an option that is not known: " + line.words[i]);
      }
    }
    node.action = MakeCall(node.name, "Do", words.make_throws, words.keep_throws);
    if (!node.nothing_to_compensate) {
      node.compensation = MakeCall(node.name, "Undo", words.undo_throws, false);
    }
    node.action_retry = words.action;
    node.compensation_retry = words.compensation;
    if (words.has_policy) with_policy_.insert(node.name);
    return absl::OkStatus();
  }

  // Paths, and what depends on the pivot, as the builder does it. `past_pivot`: whether the pivot
  // has been passed, before the node and then after it.
  void Finish(Node& node, const std::string& prefix, bool& past_pivot) const {
    node.path = prefix.empty() ? node.name : prefix + "/" + node.name;
    past_pivot |= node.pivot;
    if (node.kind == Node::Kind::kStep && past_pivot) {
      node.retriable = true;
      node.compensation.reset();
      if (!with_policy_.contains(node.name)) {
        const bool jitter = node.action_retry.jitter;
        node.action_retry = DefaultRetriableRetry();
        node.action_retry.jitter = jitter;
      }
    }
    bool after = past_pivot;
    for (Node& child : node.children) {
      bool inside = node.kind == Node::Kind::kChoose ? past_pivot : after;
      Finish(child, node.path, inside);
      after |= inside;
    }
    past_pivot = after;
  }

  std::vector<Line> lines_;
  size_t next_ = 0;
  std::set<std::string> with_policy_;
};

}  // namespace

absl::StatusOr<Definition> ParseDefinition(std::string_view text) { return Parser(text).Parse(); }

}  // namespace skald::scenario
