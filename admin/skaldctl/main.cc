// skaldctl: what operators and scripts say to a Skald server.
#include <csignal>

#include "admin/skaldctl/app.h"

int main(int argc, char** argv) {
  // A reader that has had enough (`| head`) shows as a failed write, not as a death.
  std::signal(SIGPIPE, SIG_IGN);
  return skald::ctl::Run(argc, argv);
}
