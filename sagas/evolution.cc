#include "sagas/evolution.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "sagas/evolution_types.h"

namespace skald {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using google::protobuf::OneofDescriptor;
using google::protobuf::SimpleDescriptorDatabase;
using Level = EvolutionFinding::Level;

// Keeps the pool's complaints off the log.
class FirstError final : public DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element,
                const google::protobuf::Message* /*descriptor*/, ErrorLocation /*location*/,
                const std::string& message) override {
    if (text_.empty()) text_ = fmt::format("{}: {}: {}", file, element, message);
  }
  void AddWarning(const std::string& /*file*/, const std::string& /*element*/,
                  const google::protobuf::Message* /*descriptor*/, ErrorLocation /*location*/,
                  const std::string& /*message*/) override {}
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// "shop.v1.OrderState.total (number 3)"
std::string Where(const FieldDescriptor& field) {
  return fmt::format("{} (number {})", field.full_name(), field.number());
}

const FieldDescriptor* Counterpart(const Descriptor& message, const FieldDescriptor& field) {
  return message.FindFieldByNumber(field.number());
}

// One comparison: what `before` wrote is read by `after`.
class Comparison final {
 public:
  void CompareMessages(const Descriptor& before, const Descriptor& after) {
    if (!seen_.insert({before.full_name(), after.full_name()}).second) return;
    for (int i = 0; i < before.field_count(); ++i) CompareField(*before.field(i), after);
    for (int i = 0; i < after.field_count(); ++i) CheckNewField(before, *after.field(i));
    for (int i = 0; i < after.real_oneof_decl_count(); ++i) {
      CheckOneof(before, *after.oneof_decl(i));
    }
  }

  void Error(std::string message) { findings_.push_back({Level::kError, std::move(message)}); }
  void Warn(std::string message) { findings_.push_back({Level::kWarning, std::move(message)}); }

  std::vector<EvolutionFinding> Take() {
    std::stable_sort(
        findings_.begin(), findings_.end(),
        [](const EvolutionFinding& a, const EvolutionFinding& b) { return a.level < b.level; });
    return std::move(findings_);
  }

 private:
  void CompareField(const FieldDescriptor& before, const Descriptor& message) {
    const FieldDescriptor* after = Counterpart(message, before);
    const FieldDescriptor* namesake = message.FindFieldByName(before.name());
    if (namesake != nullptr && namesake->number() != before.number()) {
      Error(
          fmt::format("{} has number {} now: what is stored under {} would be {}; give it its old "
                      "number back, or the new field another name",
                      Where(before), namesake->number(), before.number(),
                      after == nullptr ? "lost" : fmt::format("read as '{}'", after->name())));
      return;
    }
    if (after == nullptr) return CheckRemoved(before, message);
    if (!CompareTypes(before, *after)) return;
    if (before.name() != after->name()) {
      Warn(fmt::format(
          "{} was called '{}': what is stored is read, but JSON, and orders of operators that edit "
          "it, need the new name; if it means something else, give it a number of its own and "
          "write 'reserved {}'",
          Where(*after), before.name(), before.number()));
    } else if (before.json_name() != after->json_name()) {
      Warn(
          fmt::format("{} is '{}' in JSON and was '{}': keep its json_name, or change who reads it",
                      Where(*after), after->json_name(), before.json_name()));
    }
    if (after->is_required() && !before.is_required()) {
      Error(
          fmt::format("{} is required and was not: a stored message without it cannot be read; "
                      "make it optional",
                      Where(*after)));
    }
    if (before.real_containing_oneof() != nullptr && after->real_containing_oneof() == nullptr) {
      Warn(
          fmt::format("{} has left the oneof '{}': what is stored is read, but no longer does "
                      "setting one of its fields clear the others; see that your functions do",
                      Where(*after), before.real_containing_oneof()->name()));
    }
  }

  void CheckRemoved(const FieldDescriptor& before, const Descriptor& message) {
    if (message.IsReservedNumber(before.number())) return;
    Warn(
        fmt::format("{}, {}, was removed: write 'reserved {}' into {}, so that no later field "
                    "reads what is stored under it",
                    Where(before), TypeText(before), before.number(), message.full_name()));
  }

  // Whether values are still read; if not, that was said.
  bool CompareTypes(const FieldDescriptor& before, const FieldDescriptor& after) {
    const Reading reading = ReadAs(before, after);
    if (reading == Reading::kNot || before.is_repeated() != after.is_repeated()) {
      const bool renamed = before.name() != after.name();
      Error(
          fmt::format("{} was {}{} and is {}: what is stored {}; give the new field a number of "
                      "its own and write 'reserved {}'",
                      Where(after), renamed ? fmt::format("'{}', ", before.name()) : "",
                      TypeText(before), TypeText(after),
                      reading == Reading::kNot ? "cannot be read, or is read as something else"
                                               : "would be cut to one value, or misread",
                      before.number()));
      return false;
    }
    if (reading == Reading::kSomeOtherwise) {
      Warn(
          fmt::format("{} was {} and is {}: some stored values would be read as others (large or "
                      "negative numbers, bytes that are no UTF-8); make sure that there are none",
                      Where(after), TypeText(before), TypeText(after)));
    } else if (before.type() != after.type() && before.enum_type() != nullptr) {
      Warn(fmt::format("{} was {} and is {}: JSON has numbers now where it had names", Where(after),
                       TypeText(before), TypeText(after)));
    }
    if (before.message_type() != nullptr) CompareMessageTypes(before, after);
    if (before.enum_type() != nullptr && after.enum_type() != nullptr) {
      CompareEnums(*before.enum_type(), *after.enum_type());
    }
    return true;
  }

  void CompareMessageTypes(const FieldDescriptor& before, const FieldDescriptor& after) {
    const Descriptor& old_type = *before.message_type();
    const Descriptor& new_type = *after.message_type();
    // The type of a map's entries is called after the field.
    const bool maps = before.is_map() && after.is_map();
    if (maps || old_type.full_name() == new_type.full_name()) {
      return CompareMessages(old_type, new_type);
    }
    // Another type may be the old one under a new name.
    Comparison inner;
    inner.seen_ = seen_;
    inner.CompareMessages(old_type, new_type);
    if (inner.findings_.empty()) {
      Warn(
          fmt::format("{} was {} and is {}, which is written the same way: mind what goes by the "
                      "name",
                      Where(after), TypeText(before), TypeText(after)));
    } else {
      Error(
          fmt::format("{} was {} and is {}, which is another message: what is stored would be "
                      "misread; give the new field a number of its own and write 'reserved {}'",
                      Where(after), TypeText(before), TypeText(after), before.number()));
    }
  }

  void CheckNewField(const Descriptor& before, const FieldDescriptor& after) {
    if (Counterpart(before, after) != nullptr) return;
    if (before.IsReservedNumber(after.number())) {
      Error(
          fmt::format("{} takes a number that was reserved: an older message may hold something "
                      "else under it; take a number that was never used",
                      Where(after)));
    }
    if (after.is_required()) {
      Error(
          fmt::format("{} is new and required: no stored message has it, so none can be read; "
                      "make it optional",
                      Where(after)));
    }
  }

  // Of fields that could be set together only the last one survives in a oneof.
  void CheckOneof(const Descriptor& before, const OneofDescriptor& oneof) {
    const FieldDescriptor* first = nullptr;
    for (int i = 0; i < oneof.field_count(); ++i) {
      const FieldDescriptor* old_field = Counterpart(before, *oneof.field(i));
      if (old_field == nullptr) continue;
      if (first == nullptr) {
        first = old_field;
        continue;
      }
      const OneofDescriptor* old_oneof = old_field->real_containing_oneof();
      if (old_oneof != nullptr && old_oneof == first->real_containing_oneof()) continue;
      Error(
          fmt::format("{} and '{}' are in one oneof now, '{}', and could both be set before: one "
                      "of two stored values would be lost; leave them out of the oneof",
                      Where(*oneof.field(i)), first->name(), oneof.name()));
    }
  }

  void CompareEnums(const EnumDescriptor& before, const EnumDescriptor& after) {
    if (!seen_.insert({before.full_name(), after.full_name()}).second) return;
    for (int i = 0; i < before.value_count(); ++i) {
      const EnumValueDescriptor& value = *before.value(i);
      const EnumValueDescriptor* same_name = after.FindValueByName(value.name());
      if (same_name != nullptr && same_name->number() == value.number()) continue;
      const std::string where =
          fmt::format("{}.{} (number {})", before.full_name(), value.name(), value.number());
      const EnumValueDescriptor* same_number = after.FindValueByNumber(value.number());
      if (same_name != nullptr) {
        Error(
            fmt::format("{} has number {} now: what is stored as {} would be read as {}; give it "
                        "its old number back",
                        where, same_name->number(), value.number(),
                        same_number == nullptr ? "unknown" : same_number->name()));
      } else if (same_number != nullptr) {
        Warn(
            fmt::format("{} is called {} now: JSON needs the new name; if it means something "
                        "else, give it a number of its own and write 'reserved {}'",
                        where, same_number->name(), value.number()));
      } else if (!after.IsReservedNumber(value.number())) {
        Warn(
            fmt::format("{} was removed: stored values are read as unknown ones; see that your "
                        "functions know what to do with them, and write 'reserved {}'",
                        where, value.number()));
      }
    }
  }

  // Pairs that were compared, or are being compared: types may contain themselves.
  std::set<std::pair<std::string, std::string>> seen_;
  std::vector<EvolutionFinding> findings_;
};

}  // namespace

std::vector<EvolutionFinding> CheckEvolution(const FileDescriptorSet& stored,
                                             const std::vector<std::string>& types,
                                             const DescriptorPool& current) {
  SimpleDescriptorDatabase database;
  Comparison comparison;
  for (const FileDescriptorProto& file : stored.file()) {
    if (!database.Add(file)) {
      comparison.Error(
          fmt::format("the stored message types hold '{}' twice, or against each "
                      "other: the store is damaged",
                      file.name()));
      return comparison.Take();
    }
  }
  FirstError error;
  const DescriptorPool before(&database, &error);
  for (const std::string& type : types) {
    const Descriptor* old_type = before.FindMessageTypeByName(type);
    if (!error.text().empty()) {
      comparison.Error(
          fmt::format("the stored form of the message type '{}' is none ({}): the "
                      "store is damaged",
                      type, error.text()));
      break;
    }
    if (old_type == nullptr) continue;
    const Descriptor* new_type = current.FindMessageTypeByName(type);
    if (new_type == nullptr) {
      comparison.Error(
          fmt::format("the message type '{}' is stored and is not linked into this "
                      "program: link its generated .pb.cc",
                      type));
    } else {
      comparison.CompareMessages(*old_type, *new_type);
    }
  }
  return comparison.Take();
}

}  // namespace skald
