// The servers of Skald's examples, each a process with a folder and a port of its own.
//
//   TempFolder folder;
//   Shop shop(folder.path());
//   Skaldd skaldd(folder.path(), {.store = "sqlite:" + folder.path() + "/skald.db"}, shop);
//   SKALD_RETURN_IF_ERROR(shop.Start());
//   SKALD_RETURN_IF_ERROR(skaldd.Start());
//
// Threading: confined, see Process; addresses and paths may be read from any thread.
#ifndef SKALD_TESTS_SYSTEM_SERVERS_H_
#define SKALD_TESTS_SYSTEM_SERVERS_H_

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/system/processes.h"

namespace skald::system_test {

// Generous: the machine may be busy with other tests.
inline constexpr absl::Duration kReadyWithin = absl::Seconds(60);

// One of the order's participants, with its book.
class Participant final {
 public:
  // `name`: inventory, payments or shipping; `extra`: further flags.
  Participant(const std::string& folder, const std::string& name, std::vector<std::string> extra);

  // Returns when it listens.
  absl::Status Start();
  void Kill() { process_.Kill(); }
  // INTERNAL: it has ended by itself; with its last words.
  absl::Status CheckRunning();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& book() const { return book_; }
  [[nodiscard]] std::string Address() const { return port_.Address(); }

 private:
  const std::string name_;
  const std::string book_;
  const Port port_;
  Process process_;
};

// The three participants of place_order. Everybody can pay anything up to kBalance.
class Shop final {
 public:
  static constexpr int64_t kBalance = 1'000'000'000;

  explicit Shop(const std::string& folder);

  absl::Status Start();
  absl::Status CheckRunning();

  [[nodiscard]] std::array<Participant*, 3> All() { return {&inventory, &payments, &shipping}; }
  // What a skaldd is told of them: addresses by name.
  [[nodiscard]] std::map<std::string, std::string> Addresses() const;

  Participant inventory;
  Participant payments;
  Participant shipping;
};

class Skaldd final {
 public:
  struct Options {
    // "sqlite:..." or "postgresql://..."
    std::string store;
    // Further lines of the configuration file.
    std::string settings;
  };

  // `participants`: addresses by name. A breaker stays open for a short time only.
  Skaldd(const std::string& folder, const Options& options,
         const std::map<std::string, std::string>& participants);

  // Returns when it listens.
  absl::Status Start();
  // For starts that are to fail, and for signals.
  Process& process() { return process_; }

  [[nodiscard]] std::string Address() const { return port_.Address(); }
  [[nodiscard]] int port() const { return port_.number(); }

 private:
  const Port port_;
  Process process_;
};

}  // namespace skald::system_test

#endif  // SKALD_TESTS_SYSTEM_SERVERS_H_
