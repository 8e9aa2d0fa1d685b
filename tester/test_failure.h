// What a failed expectation throws. Any test framework reports it: GoogleTest, Catch2 and doctest
// fail the test that it leaves and print what(), which is the message and the whole transcript.
//
// Immutable.
#ifndef SKALD_TESTER_TEST_FAILURE_H_
#define SKALD_TESTER_TEST_FAILURE_H_

#include <exception>
#include <string>
#include <utility>

namespace skald {

class TestFailure final : public std::exception {
 public:
  TestFailure(std::string message, std::string transcript)
      : message_(std::move(message)),
        transcript_(std::move(transcript)),
        what_(transcript_.empty() ? message_ : message_ + "\n\nTranscript:\n" + transcript_) {}

  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] const std::string& transcript() const { return transcript_; }

 private:
  std::string message_;
  std::string transcript_;
  std::string what_;
};

}  // namespace skald

#endif  // SKALD_TESTER_TEST_FAILURE_H_
