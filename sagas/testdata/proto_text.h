// Reads small .proto files out of strings, for tests of how message types change: protobuf's own
// parser is not installed everywhere. Knows messages, fields (map, oneof, optional, required,
// repeated, json_name), enums and reserved numbers; no nesting. Trusts its input.
#ifndef SKALD_SAGAS_TESTDATA_PROTO_TEXT_H_
#define SKALD_SAGAS_TESTDATA_PROTO_TEXT_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <cctype>
#include <string>
#include <utility>
#include <vector>

namespace skald::testdata {

class ProtoText final {
 public:
  ProtoText(std::string syntax, const std::string& text) : syntax_(std::move(syntax)) {
    for (const char c : text) {
      const bool in_word = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
      if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        after_space_ = true;
        continue;
      }
      if (in_word && !after_space_ && !tokens_.empty() && last_in_word_) {
        tokens_.back() += c;
      } else {
        tokens_.emplace_back(1, c);
      }
      last_in_word_ = in_word;
      after_space_ = false;
    }
  }

  // File "t.proto" of package t.
  google::protobuf::FileDescriptorProto Parse() {
    google::protobuf::FileDescriptorProto file;
    file.set_name("t.proto");
    file.set_package("t");
    file.set_syntax(syntax_);
    while (next_ < tokens_.size()) {
      if (Take() == "message") {
        ParseMessage(*file.add_message_type());
      } else {
        ParseEnum(*file.add_enum_type());
      }
    }
    return file;
  }

 private:
  using Message = google::protobuf::DescriptorProto;
  using Field = google::protobuf::FieldDescriptorProto;

  std::string Take() { return tokens_[next_++]; }
  bool TakeIf(const std::string& token) {
    if (tokens_[next_] != token) return false;
    ++next_;
    return true;
  }

  void ParseMessage(Message& message) {
    message.set_name(Take());
    Take();
    while (!TakeIf("}")) {
      if (TakeIf("reserved")) {
        auto& range = *message.add_reserved_range();
        range.set_start(std::stoi(Take()));
        range.set_end(range.start() + 1);
        Take();
      } else if (TakeIf("oneof")) {
        const int index = message.oneof_decl_size();
        message.add_oneof_decl()->set_name(Take());
        Take();
        while (!TakeIf("}")) ParseField(message).set_oneof_index(index);
      } else {
        ParseField(message);
      }
    }
    // The oneofs that stand for "optional" come after the real ones.
    for (Field& field : *message.mutable_field()) {
      if (!field.proto3_optional()) continue;
      field.set_oneof_index(message.oneof_decl_size());
      message.add_oneof_decl()->set_name("_" + field.name());
    }
  }

  static void SetType(const std::string& type, Field& field) {
    Field::Type scalar{};
    std::string name = "TYPE_" + type;
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (Field::Type_Parse(name, &scalar)) {
      field.set_type(scalar);
    } else {
      field.set_type_name(".t." + type);
    }
  }

  Field& ParseField(Message& message) {
    Field& field = *message.add_field();
    field.set_label(Field::LABEL_OPTIONAL);
    if (TakeIf("repeated")) field.set_label(Field::LABEL_REPEATED);
    if (TakeIf("required")) field.set_label(Field::LABEL_REQUIRED);
    if (TakeIf("optional") && syntax_ == "proto3") field.set_proto3_optional(true);
    const std::string type = Take();
    std::string key;
    std::string value;
    if (type == "map") {
      Take();
      key = Take();
      Take();
      value = Take();
      Take();
    } else {
      SetType(type, field);
    }
    field.set_name(Take());
    Take();
    field.set_number(std::stoi(Take()));
    if (TakeIf("[")) {  // [json_name='z']
      next_ += 3;
      field.set_json_name(Take());
      next_ += 2;
    }
    Take();
    if (type == "map") MakeMap(key, value, message, field);
    return field;
  }

  static void MakeMap(const std::string& key, const std::string& value, Message& message,
                      Field& field) {
    Message& entry = *message.add_nested_type();
    std::string name = field.name() + "Entry";
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    entry.set_name(name);
    entry.mutable_options()->set_map_entry(true);
    for (const auto& [number, part] : {std::pair(1, "key"), std::pair(2, "value")}) {
      Field& inner = *entry.add_field();
      inner.set_label(Field::LABEL_OPTIONAL);
      inner.set_name(part);
      inner.set_number(number);
      SetType(number == 1 ? key : value, inner);
    }
    field.set_label(Field::LABEL_REPEATED);
    field.set_type_name(".t." + message.name() + "." + name);
  }

  void ParseEnum(google::protobuf::EnumDescriptorProto& type) {
    type.set_name(Take());
    Take();
    while (!TakeIf("}")) {
      if (TakeIf("option")) {  // allow_alias = true;
        next_ += 4;
        type.mutable_options()->set_allow_alias(true);
      } else if (TakeIf("reserved")) {
        auto& range = *type.add_reserved_range();
        range.set_start(std::stoi(Take()));
        range.set_end(range.start());
        Take();
      } else {
        auto& value = *type.add_value();
        value.set_name(Take());
        Take();
        value.set_number(std::stoi(Take()));
        Take();
      }
    }
  }

  std::string syntax_;
  std::vector<std::string> tokens_;
  bool last_in_word_ = false;
  bool after_space_ = true;
  size_t next_ = 0;
};

}  // namespace skald::testdata

#endif  // SKALD_SAGAS_TESTDATA_PROTO_TEXT_H_
