// A whole server in one call: what a program with its own sagas needs.
//
//   #include "engine/server/main.h"
//
//   int main(int argc, char** argv) {
//     return skald::server::Main(argc, argv, {PlaceOrder(), TransferMoney()});
//   }
#ifndef SKALD_ENGINE_SERVER_MAIN_H_
#define SKALD_ENGINE_SERVER_MAIN_H_

#include <vector>

#include "sagas/definition.h"

namespace skald::server {

// Runs until SIGTERM or SIGINT; with another command than `serve`, until that is done. To
// `definitions` come those of the libraries that --sagas names (sagas/plugin.h). Returns the
// process's exit code: 0 ended as asked, 1 cannot run (the port is taken, the store refuses), 2
// wrong arguments, settings or definitions, 3 `replay` found sagas that would go another way. Call
// once, first thing in main, before there are threads: it forks, and sets up signals and logs for
// the process.
//
// `examples`: further definitions, which `serve` offers only where all of their participants have
// addresses; the log names those that it leaves out.
int Main(int argc, char** argv, std::vector<Definition> definitions,
         std::vector<Definition> examples = {});

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_MAIN_H_
