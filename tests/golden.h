// Compares text with a golden file, and rewrites the file where that is asked for.
//
//   TEST(PictureTest, DrawsAChoose) {
//     ExpectGolden("sagas/testdata/choose.mmd", ToMermaid(Delivery()));
//   }
//
//   SKALD_UPDATE_GOLDEN=1 ctest --preset dev     # then read the difference, then commit it
//
// Paths count from the root of the repository, where tests run. Confined to the test's thread.
#ifndef SKALD_TESTS_GOLDEN_H_
#define SKALD_TESTS_GOLDEN_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace skald {

inline void ExpectGolden(const std::string& path, std::string_view actual) {
  const char* const update = std::getenv("SKALD_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream file(path, std::ios::binary);
    file << actual << std::flush;
    ASSERT_TRUE(file.good()) << "cannot write " << path;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.is_open())
      << "cannot read " << path
      << ": SKALD_UPDATE_GOLDEN=1 writes it, run from the repository's root";
  const std::string golden{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(golden, actual) << path << " differs; if it is to, SKALD_UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace skald

#endif  // SKALD_TESTS_GOLDEN_H_
