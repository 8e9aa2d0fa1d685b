#include "examples/shared/participant_main.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/status.h"
#include "examples/shared/faults_service.h"
#include "examples/shared/journal.h"
#include "examples/shared/serve.h"

namespace demo {
namespace {

absl::StatusOr<std::unique_ptr<skald::participant::SqliteGuard>> OpenBook(
    const std::string& path, const Participant& participant) {
  SKALD_ASSIGN_OR_RETURN(std::unique_ptr<skald::participant::SqliteGuard> guard,
                         skald::participant::SqliteGuard::Open(path));
  SKALD_RETURN_IF_ERROR(guard->InTransaction(CreateJournal));
  SKALD_RETURN_IF_ERROR(guard->InTransaction(participant.create_book));
  return guard;
}

}  // namespace

int RunParticipant(int argc, char** argv, const Participant& participant) {
  CLI::App app(participant.description);
  std::string address = "127.0.0.1:0";
  std::string book;
  int64_t initial = participant.initial;
  app.add_option("--listen", address, "host:port; port 0: any that is free")->capture_default_str();
  app.add_option("--book", book, "file of the SQLite book, made if it is not there")->required();
  if (!participant.initial_flag.empty()) {
    app.add_option(participant.initial_flag, initial, participant.initial_help)
        ->capture_default_str();
  }
  CLI11_PARSE(app, argc, argv);

  BlockStopSignals();
  const auto guard = OpenBook(book, participant);
  if (!guard.ok()) {
    fmt::print(stderr, "{}\n", skald::Message(guard.status()));
    return 1;
  }
  Faults faults(participant.methods);
  Desk desk(**guard, faults);
  const std::unique_ptr<grpc::Service> service = participant.make_service(desk, initial);
  const std::unique_ptr<grpc::Service> faults_service = MakeFaultsService(faults);
  return Serve(address, {service.get(), faults_service.get()}, faults);
}

}  // namespace demo
