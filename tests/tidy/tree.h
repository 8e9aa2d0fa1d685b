// The repository's files as the tidiness rules see them, and what a rule finds.
//
// Immutable after construction.
#ifndef SKALD_TESTS_TIDY_TREE_H_
#define SKALD_TESTS_TIDY_TREE_H_

#include <string>
#include <string_view>
#include <vector>

namespace skald::tidy {

struct File {
  // From the repository's root: "base/text.h".
  std::string path;
  std::string text;
  bool executable = false;
};

// Sorted by path. Files that are not text (a NUL byte in them) have an empty `text`.
struct Tree {
  std::vector<File> files;
};

// What git tracks under `root`; where git does not answer (a release's tarball, another user's
// checkout), all files but those of builds.
Tree ReadTree(const std::string& root);

struct Finding {
  std::string path;
  // From 1; 0: the whole file.
  int line = 0;
  // What is wrong, and what to do.
  std::string message;
};

// "base/text.h:12: a tab; indent with spaces"
std::string Describe(const Finding& finding);

std::vector<std::string_view> Lines(std::string_view text);

// "text.h" of "base/text.h"
std::string_view BaseName(std::string_view path);
// "base" of "base/text.h"; empty at the root.
std::string_view Folder(std::string_view path);

bool IsHeader(const File& file);
// C++: *.h and *.cc
bool IsCode(const File& file);
// Code, and what else is written by hand for a machine: protos, scripts, CMake files, the console.
bool IsSource(const File& file);
// May look behind the doors of rooms: tests, what only tests use, examples, benchmarks.
bool IsForTests(const File& file);

// The text of a C++ file with each comment, string and character literal blanked. Lines and columns
// stay where they were.
std::string WithoutCommentsAndStrings(std::string_view text);

}  // namespace skald::tidy

#endif  // SKALD_TESTS_TIDY_TREE_H_
