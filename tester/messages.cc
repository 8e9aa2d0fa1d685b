#include "tester/messages.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <memory>

#include "base/text.h"

namespace skald::internal {
namespace {

using google::protobuf::Message;

// Null: the type is not linked in, or the bytes are not of it.
std::unique_ptr<Message> Parsed(const std::string& type, const std::string& bytes) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
  if (descriptor == nullptr) return nullptr;
  std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
  return message->ParseFromString(bytes) ? std::move(message) : nullptr;
}

}  // namespace

std::string TextOf(const Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetUseUtf8StringEscaping(true);
  std::string text;
  printer.PrintToString(message, &text);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return "{" + text + "}";
}

std::string TextOf(const std::string& type, const std::string& bytes) {
  const std::unique_ptr<Message> message = Parsed(type, bytes);
  return message == nullptr ? "{" + CleanText(bytes, bytes.size()) + "}" : TextOf(*message);
}

std::string Differences(const Message& before, const Message& after) {
  google::protobuf::util::MessageDifferencer differencer;
  std::string report;
  differencer.ReportDifferencesToString(&report);
  if (differencer.Compare(before, after)) return {};
  while (!report.empty() && report.back() == '\n') report.pop_back();
  return report;
}

std::string Differences(const std::string& type, const std::string& before,
                        const std::string& after) {
  if (before == after) return {};
  const std::unique_ptr<Message> first = Parsed(type, before);
  const std::unique_ptr<Message> second = Parsed(type, after);
  if (first != nullptr && second != nullptr) return Differences(*first, *second);
  return "modified: " + TextOf(type, before) + " -> " + TextOf(type, after);
}

}  // namespace skald::internal
