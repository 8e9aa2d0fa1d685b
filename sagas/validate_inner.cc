#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include "absl/time/time.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "sagas/validate_rules.h"

namespace skald {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;

void CheckChoose(const Node& choose, Findings& findings) {
  if (choose.children.empty()) {
    findings.Complain("{} has no arm: add .When(...), or remove it", Where(choose));
  }
  const auto otherwises = std::count_if(choose.children.begin(), choose.children.end(),
                                        [](const Node& arm) { return !arm.guard; });
  if (otherwises > 1) {
    findings.Complain("{} has {} arms without a guard: only one can be the Otherwise",
                      Where(choose), otherwises);
  } else if (otherwises == 1 && choose.children.back().guard) {
    findings.Complain(
        "{} has an arm after its Otherwise, which is never taken: write Otherwise "
        "last",
        Where(choose));
  }
}

// "shop.v1.Line", "string", "int64"
bool IsElementType(const FieldDescriptor& field, const std::string& type) {
  if (field.message_type() != nullptr) return field.message_type()->full_name() == type;
  if (field.enum_type() != nullptr && field.enum_type()->full_name() == type) return true;
  return type == field.type_name() || type == field.cpp_type_name();
}

std::string TypeText(const FieldDescriptor& field) {
  if (field.message_type() != nullptr) return field.message_type()->full_name();
  if (field.enum_type() != nullptr) return field.enum_type()->full_name();
  return field.type_name();
}

void CheckElements(const Node& node, const Descriptor& around, Findings& findings) {
  const ForEachPart& part = *node.for_each;
  const FieldDescriptor* field = around.FindFieldByName(part.field);
  if (field == nullptr) {
    findings.Complain(
        "{} goes over '{}', and {} has no such field: name one of its repeated fields", Where(node),
        part.field, around.full_name());
  } else if (!field->is_repeated() || field->is_map()) {
    findings.Complain(
        "{} goes over '{}', which is {} in {}: elements are found by their place, so it needs a "
        "repeated field",
        Where(node), part.field, field->is_map() ? "a map" : "a single value", around.full_name());
  } else if (!IsElementType(*field, part.element_type)) {
    findings.Complain("{} expects elements of type {}, and '{}' of {} holds {}: use that type",
                      Where(node), part.element_type, part.field, around.full_name(),
                      TypeText(*field));
  }
}

void CheckForEach(const Node& node, const Descriptor* around, const ValidationLimits& limits,
                  Findings& findings) {
  if (node.children.empty()) {
    findings.Complain("{} has no body: add what is done for each element", Where(node));
  }
  if (!node.for_each.has_value() || node.for_each->field.empty() || !node.for_each->count) {
    findings.Complain("{} does not say over which elements it goes: name a repeated field",
                      Where(node));
    return;
  }
  if (node.for_each->concurrency < 1 || node.for_each->concurrency > limits.concurrency) {
    findings.Complain("{} has a concurrency of {}: give one from 1 to {}", Where(node),
                      node.for_each->concurrency, limits.concurrency);
  }
  if (around != nullptr) CheckElements(node, *around, findings);
}

void CheckRepeat(const Node& node, const ValidationLimits& limits, Findings& findings) {
  if (node.children.empty()) {
    findings.Complain("{} has no body: add what is repeated", Where(node));
  }
  if (!node.repeat.has_value() || !node.repeat->until) {
    findings.Complain("{} does not say until when: give a function that sees that it is done",
                      Where(node));
    return;
  }
  if (node.repeat->most < 1 || node.repeat->most > limits.rounds) {
    findings.Complain(
        "{} has at most {} rounds: give a bound from 1 to {}; what goes on for longer is better "
        "started anew as a saga of its own",
        Where(node), node.repeat->most, limits.rounds);
  }
}

void CheckAwait(const Node& node, Findings& findings) {
  if (!node.await.has_value()) {
    findings.Complain("{} does not say what it waits for: name a message type", Where(node));
    return;
  }
  if (LinkedType(node.await->message_type) == nullptr) {
    findings.Complain(
        "{} waits for '{}', which is not linked into this program: link its generated .pb.cc",
        Where(node), node.await->message_type);
  }
  if (node.await->within <= absl::ZeroDuration()) {
    findings.Complain("{} waits for {}: give a time above zero, or let it wait for ever",
                      Where(node), absl::FormatDuration(node.await->within));
  }
}

void CheckChild(const Node& node, Findings& findings) {
  if (!node.child.has_value() || !node.child->make_state) {
    findings.Complain(
        "{} does not say how the state of its definition is made: give a function that makes it of "
        "this one's",
        Where(node));
    return;
  }
  if (!IsName(node.child->definition) || node.child->version < 1) {
    findings.Complain("{} is '{}@{}', which can be no definition: {}, and versions count from 1",
                      Where(node), node.child->definition, node.child->version, kNameRule);
  }
}

}  // namespace

bool IsName(std::string_view name) {
  const auto is_lower = [](char c) { return 'a' <= c && c <= 'z'; };
  const auto is_digit = [](char c) { return '0' <= c && c <= '9'; };
  return !name.empty() && is_lower(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

std::string Where(const Node& node) {
  std::string_view word = "turn-back";
  switch (node.kind) {
    case Node::Kind::kSequence: word = node.guard ? "arm" : "sequence"; break;
    case Node::Kind::kStep: word = "step"; break;
    case Node::Kind::kChoose: word = "choose"; break;
    case Node::Kind::kParallel: word = "parallel"; break;
    case Node::Kind::kForEach: word = "for-each"; break;
    case Node::Kind::kRepeat: word = "repeat"; break;
    case Node::Kind::kAwait: word = "await"; break;
    case Node::Kind::kSleep: word = "sleep"; break;
    case Node::Kind::kChild: word = "child"; break;
    case Node::Kind::kTurnBack: break;
  }
  return fmt::format("{} '{}'", word, node.path);
}

const Descriptor* LinkedType(const std::string& name) {
  return DescriptorPool::generated_pool()->FindMessageTypeByName(name);
}

void CheckInner(const Node& node, const Descriptor* around, const ValidationLimits& limits,
                Findings& findings) {
  switch (node.kind) {
    case Node::Kind::kStep:
    case Node::Kind::kSequence: return;
    case Node::Kind::kChoose: return CheckChoose(node, findings);
    case Node::Kind::kParallel:
      if (node.children.size() < 2) {
        findings.Complain("{} has {}: add another branch, or do without the parallel", Where(node),
                          node.children.empty() ? "no branch" : "one branch only");
      }
      return;
    case Node::Kind::kForEach: return CheckForEach(node, around, limits, findings);
    case Node::Kind::kRepeat: return CheckRepeat(node, limits, findings);
    case Node::Kind::kAwait: return CheckAwait(node, findings);
    case Node::Kind::kSleep:
      if (!node.sleep.has_value() || !node.sleep->until) {
        findings.Complain(
            "{} does not say until when: give a duration, or a function that tells "
            "the time",
            Where(node));
      }
      return;
    case Node::Kind::kChild: return CheckChild(node, findings);
    case Node::Kind::kTurnBack:
      if (!node.turn_back.has_value() || node.turn_back->reason.empty()) {
        findings.Complain(
            "{} does not say why: give the reason, as whoever looks at the saga should read it",
            Where(node));
      }
      return;
  }
}

}  // namespace skald
