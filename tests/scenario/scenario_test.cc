// Each *.txt beside this file is one test. SKALD_UPDATE_GOLDEN=1 rewrites the expected transcripts:
// read the diff before you believe it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/scenario/scenario.h"

namespace skald::scenario {
namespace {

constexpr char kFolder[] = "tests/scenario";

std::vector<std::string> Files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class ScenarioTest : public testing::TestWithParam<std::string> {};

TEST_P(ScenarioTest, RunsAsWritten) {
  const std::string path = std::string(kFolder) + "/" + GetParam() + ".txt";
  const std::string written = Read(path);
  const std::string ran = Scenario().Run(written);
  if (std::getenv("SKALD_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << ran;
    return;
  }
  EXPECT_EQ(ran, written);
}

INSTANTIATE_TEST_SUITE_P(Files, ScenarioTest, testing::ValuesIn(Files()),
                         [](const auto& param) { return param.param; });

TEST(ScenarioFilesTest, AreFound) { EXPECT_FALSE(Files().empty()); }

}  // namespace
}  // namespace skald::scenario
