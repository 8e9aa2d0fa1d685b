#include "tests/system/servers.h"

#include <fstream>
#include <utility>

#include "base/check.h"
#include "base/status.h"

namespace skald::system_test {
namespace {

constexpr char kListening[] = "listening on";

std::vector<std::string> ParticipantCommand(const std::string& name, const std::string& book,
                                            const Port& port,
                                            const std::vector<std::string>& extra) {
  std::vector<std::string> words = {std::string(SKALD_PARTICIPANT_PROGRAMS) + name, "--listen",
                                    port.Address(), "--book", book};
  words.insert(words.end(), extra.begin(), extra.end());
  return words;
}

// Writes the configuration file; returns its path.
std::string WriteConfig(const std::string& folder, const Skaldd::Options& options,
                        const std::map<std::string, std::string>& participants, const Port& port) {
  std::string path = fmt::format("{}/skaldd-{}.yaml", folder, port.number());
  std::ofstream file(path);
  file << fmt::format("listen: {}\nstore: \"{}\"\n{}\nparticipants:\n", port.Address(),
                      options.store, options.settings);
  for (const auto& [name, address] : participants) {
    file << fmt::format("  {}: {{address: \"{}\", breaker_open: 300ms}}\n", name, address);
  }
  file.close();
  SKALD_CHECK(file.good(), "cannot write {}", path);
  return path;
}

}  // namespace

Participant::Participant(const std::string& folder, const std::string& name,
                         std::vector<std::string> extra)
    : name_(name),
      book_(fmt::format("{}/{}.db", folder, name)),
      process_(ParticipantCommand(name, book_, port_, extra),
               fmt::format("{}/{}.log", folder, name)) {}

absl::Status Participant::Start() {
  process_.Start();
  return process_.WaitForLine(kListening, kReadyWithin).status();
}

absl::Status Participant::CheckRunning() {
  if (process_.Running()) return absl::OkStatus();
  SKALD_ASSIGN_OR_RETURN(const int exit_code, process_.WaitForExit(absl::ZeroDuration()));
  return Internal("{} exited with {}: {}", name_, exit_code, process_.Output());
}

Shop::Shop(const std::string& folder)
    : inventory(folder, "inventory", {"--stock", "1000000"}),
      payments(folder, "payments", {"--balance", std::to_string(kBalance)}),
      shipping(folder, "shipping", {}) {}

absl::Status Shop::Start() {
  for (Participant* participant : All()) SKALD_RETURN_IF_ERROR(participant->Start());
  return absl::OkStatus();
}

absl::Status Shop::CheckRunning() {
  for (Participant* participant : All()) SKALD_RETURN_IF_ERROR(participant->CheckRunning());
  return absl::OkStatus();
}

std::map<std::string, std::string> Shop::Addresses() const {
  return {{"inventory", inventory.Address()},
          {"payments", payments.Address()},
          {"shipping", shipping.Address()}};
}

Skaldd::Skaldd(const std::string& folder, const Options& options,
               const std::map<std::string, std::string>& participants)
    : process_({SKALD_PROGRAM_SKALDD, "serve", "--config",
                WriteConfig(folder, options, participants, port_)},
               fmt::format("{}/skaldd-{}.log", folder, port_.number())) {}

absl::Status Skaldd::Start() {
  process_.Start();
  return process_.WaitForLine(kListening, kReadyWithin).status();
}

}  // namespace skald::system_test
