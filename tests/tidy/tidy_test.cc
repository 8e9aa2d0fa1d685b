// The repository keeps each rule of tests/tidy/rules.h.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "tests/tidy/rules.h"
#include "tests/tidy/tree.h"

namespace skald::tidy {

void PrintTo(const Rule& rule, std::ostream* out) { *out << rule.name; }

namespace {

const Tree& Repository() {
  static const Tree tree = ReadTree(".");
  return tree;
}

TEST(RepositoryTest, IsSeen) {
  ASSERT_FALSE(Repository().files.empty());
  const bool sees_itself =
      std::any_of(Repository().files.begin(), Repository().files.end(), [](const File& file) {
        return file.path == "tests/tidy/tidy_test.cc" && !file.text.empty();
      });
  EXPECT_TRUE(sees_itself);
}

class TidyTest : public testing::TestWithParam<Rule> {};

TEST_P(TidyTest, IsKept) {
  for (const Finding& finding : GetParam().check(Repository())) ADD_FAILURE() << Describe(finding);
}

INSTANTIATE_TEST_SUITE_P(Rules, TidyTest, testing::ValuesIn(kRules),
                         [](const auto& rule) { return std::string(rule.param.name); });

}  // namespace
}  // namespace skald::tidy
