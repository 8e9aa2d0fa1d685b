#include "engine/server/version_check.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "base/status.h"
#include "engine/runtime/engine_harness.h"
#include "engine/runtime/store_harness.h"

namespace skald::server {
namespace {

using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorSet;
using runtime::Steps;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A store that remembers what it is given.
class RememberingStore final : public runtime::ForwardingStore {
 public:
  RememberingStore() : ForwardingStore(memory_) {}
  absl::StatusOr<std::vector<v1::DefinitionRecord>> ListDefinitions() override {
    if (!away.ok()) return away;
    return records;
  }

  std::vector<v1::DefinitionRecord> records;
  absl::Status away;

 private:
  MemoryStore memory_;
};

class VersionCheckTest : public testing::Test {
 protected:
  // Sagas of these were started.
  void Remember(std::vector<Definition> definitions) {
    Registry registry;
    ASSERT_TRUE(registry.Add(std::move(definitions)).ok());
    auto records = DefinitionRecords(registry);
    ASSERT_TRUE(records.ok()) << records.status();
    for (auto& [label, record] : *records) store_.records.push_back(std::move(record));
  }

  VersionFindings Compare(std::vector<Definition> definitions) {
    Registry registry;
    EXPECT_TRUE(registry.Add(std::move(definitions)).ok());
    const auto findings = CompareVersions(registry, store_);
    EXPECT_TRUE(findings.ok()) << findings.status();
    return findings.value_or(VersionFindings());
  }

  // The field of google.protobuf.StringValue, the state of all definitions here, as it was when the
  // record was stored.
  void ChangeStoredField(const std::function<void(FieldDescriptorProto&)>& change) {
    for (v1::DefinitionRecord& record : store_.records) {
      FileDescriptorSet files;
      ASSERT_TRUE(files.ParseFromString(record.descriptors()));
      for (auto& message : *files.mutable_file(files.file_size() - 1)->mutable_message_type()) {
        if (message.name() == "StringValue") change(*message.mutable_field(0));
      }
      record.set_descriptors(files.SerializeAsString());
    }
  }

  RememberingStore store_;
};

TEST_F(VersionCheckTest, ARecordHoldsWhatIsComparedLater) {
  Registry registry;
  ASSERT_TRUE(registry.Add(Steps("trip", 3, {"a"})).ok());
  const auto records = DefinitionRecords(registry);
  ASSERT_TRUE(records.ok());
  const v1::DefinitionRecord& record = records->at("trip@3");
  EXPECT_EQ(record.name(), "trip");
  EXPECT_EQ(record.version(), 3);
  EXPECT_EQ(record.fingerprint(), registry.Find("trip", 3)->fingerprint);
  EXPECT_THAT(record.outline(), HasSubstr("step a\n"));
  EXPECT_THAT(record.message_types(), ElementsAre("google.protobuf.StringValue"));
  FileDescriptorSet files;
  ASSERT_TRUE(files.ParseFromString(record.descriptors()));
  EXPECT_EQ(files.file(0).name(), "google/protobuf/wrappers.proto");
}

TEST_F(VersionCheckTest, WhatDidNotChangeAndWhatOnlyOneSideHasIsNoFinding) {
  Remember({Steps("trip", 1, {"a"}), Steps("gone", 1, {"a"})});
  const VersionFindings findings = Compare({Steps("trip", 1, {"a"}), Steps("trip", 2, {"b"})});
  EXPECT_THAT(findings.errors, IsEmpty());
  EXPECT_THAT(findings.warnings, IsEmpty());
}

TEST_F(VersionCheckTest, EachDefinitionThatChangedIsNamedWithItsChangesAndTheNextNumber) {
  Remember({Steps("parcel", 1, {"pack"}), Steps("trip", 1, {"a", "b"}), Steps("trip", 3, {"z"})});
  const VersionFindings findings =
      Compare({Steps("parcel", 1, {"pack", "ship"}), Steps("trip", 1, {"b", "a", "c"})});
  EXPECT_THAT(
      findings.errors,
      ElementsAre("parcel@1 has changed since its first saga: step 'ship' was added after 'pack': "
                  "make it version 2, and give version 1 back its old form",
                  "trip@1 has changed since its first saga: 'a' and 'b' changed places; step 'c' "
                  "was added after 'a': make it version 4, and give version 1 back its old form"));
}

TEST_F(VersionCheckTest, AStoredMessageThatCannotBeReadIsAnErrorSaidOnce) {
  Remember({Steps("trip", 1, {"a"}), Steps("trip", 2, {"b"})});
  ChangeStoredField(
      [](FieldDescriptorProto& field) { field.set_type(FieldDescriptorProto::TYPE_INT64); });
  const VersionFindings findings = Compare({Steps("trip", 1, {"a"}), Steps("trip", 2, {"b"})});
  ASSERT_EQ(findings.errors.size(), size_t{1});
  EXPECT_THAT(findings.errors[0],
              HasSubstr("trip@1: google.protobuf.StringValue.value (number 1) was int64 and is "
                        "string"));
  EXPECT_THAT(findings.warnings, IsEmpty());
}

TEST_F(VersionCheckTest, AStoredMessageThatIsReadBySurpriseIsAWarning) {
  Remember({Steps("trip", 1, {"a"})});
  ChangeStoredField([](FieldDescriptorProto& field) {
    field.set_name("text");
    field.clear_json_name();
  });
  const VersionFindings findings = Compare({Steps("trip", 1, {"a"})});
  EXPECT_THAT(findings.errors, IsEmpty());
  EXPECT_THAT(findings.warnings, ElementsAre(HasSubstr("was called 'text'")));
}

TEST_F(VersionCheckTest, DescriptorsThatDoNotParseAreADamagedStore) {
  Remember({Steps("trip", 1, {"a"})});
  store_.records[0].set_descriptors("\x07");
  EXPECT_THAT(Compare({Steps("trip", 1, {"a"})}).errors, ElementsAre(HasSubstr("is damaged")));
}

TEST_F(VersionCheckTest, AStoreThatIsAwayIsNoFinding) {
  store_.away = Unavailable("gone");
  const Registry registry;
  EXPECT_TRUE(absl::IsUnavailable(CompareVersions(registry, store_).status()));
}

}  // namespace
}  // namespace skald::server
