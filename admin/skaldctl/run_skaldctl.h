// Runs the skaldctl program as a shell would.
//
//   Skaldctl skaldctl({"saga", "wait", "order-1"}, server.address());
//   ... what is to happen meanwhile ...
//   EXPECT_EQ(skaldctl.Finish().code, 0);
//
// Threading: confined.
#ifndef SKALD_ADMIN_SKALDCTL_RUN_SKALDCTL_H_
#define SKALD_ADMIN_SKALDCTL_RUN_SKALDCTL_H_

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

namespace skald::ctl {

struct Finished {
  // The exit code, or minus the signal that ended it.
  int code = 0;
  std::string out;
  std::string err;
};

class Skaldctl final {
 public:
  // Starts it, with `input` as its stdin.
  Skaldctl(const std::vector<std::string>& arguments, const std::string& address,
           const std::string& input = "");
  // Kills it if it still runs.
  ~Skaldctl();
  Skaldctl(const Skaldctl&) = delete;
  Skaldctl& operator=(const Skaldctl&) = delete;

  // Waits for its end.
  Finished Finish();

 private:
  std::FILE* in_;
  std::FILE* out_;
  std::FILE* err_;
  pid_t pid_ = -1;
};

// Starts it and waits for its end.
Finished RunSkaldctl(const std::vector<std::string>& arguments, const std::string& address,
                     const std::string& input = "");

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_RUN_SKALDCTL_H_
