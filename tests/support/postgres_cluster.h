// A PostgreSQL cluster of one's own: in a folder of its own, on a port and a unix socket of its
// own, gone when the object is.
//
//   SKALD_ASSIGN_OR_RETURN(auto cluster, PostgresCluster::Make());
//   SKALD_ASSIGN_OR_RETURN(std::string database, cluster->CreateDatabase());
//   OpenPostgresStore({.url = cluster->Url(database)});
//
// PostgreSQL refuses to run as root: then the cluster runs as `postgres`, or else as `nobody`. A
// watchdog outside of the test's process tree stops the server and removes the folder when the test
// dies in any way, a kill -9 included.
//
// Threading: Url, TcpUrl, port, Query and CreateDatabase may be called from any thread; the rest is
// confined.
#ifndef SKALD_TESTS_SUPPORT_POSTGRES_CLUSTER_H_
#define SKALD_TESTS_SUPPORT_POSTGRES_CLUSTER_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/support/temp_folder.h"

namespace skald::testing_support {

class PostgresCluster final {
 public:
  // Makes a cluster with the newest server under /usr/lib/postgresql and starts it.
  static absl::StatusOr<std::unique_ptr<PostgresCluster>> Make();
  ~PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;

  // Returns when the server takes connections.
  absl::Status Start();
  // Ends all sessions and shuts down in order.
  absl::Status Stop();
  // kill -9 to all processes of the server at once, as in a crash of the machine. Start brings it
  // back.
  void Kill();

  // A new, empty database; returns its name.
  absl::StatusOr<std::string> CreateDatabase();
  // Runs SQL as superuser with psql; returns its rows, columns parted by '|'.
  absl::StatusOr<std::string> Query(const std::string& database, const std::string& sql);
  // Changes a setting of the whole server and makes it known to all sessions.
  absl::Status Set(const std::string& setting, const std::string& value);

  // How to connect: by the unix socket, or by TCP and `port` (0: the server's own).
  [[nodiscard]] std::string Url(const std::string& database) const;
  [[nodiscard]] std::string TcpUrl(const std::string& database, int port = 0) const;
  [[nodiscard]] int port() const { return port_; }

 private:
  explicit PostgresCluster(std::string programs);

  absl::Status Initialize();
  absl::Status Guard();
  // Runs a program of PostgreSQL's as the user that owns the cluster.
  absl::StatusOr<std::string> Run(const std::string& program, std::vector<std::string> words);
  [[nodiscard]] std::string data() const { return folder_.path() + "/data"; }
  // 0: the server does not run.
  [[nodiscard]] int ServerPid() const;

  const std::string programs_;  // the folder of initdb, pg_ctl and psql
  const std::string user_;      // empty: the one who runs the test
  TempFolder folder_;
  int port_ = 0;
  int watchdog_fd_ = -1;
  std::atomic<int> databases_{0};
};

}  // namespace skald::testing_support

#endif  // SKALD_TESTS_SUPPORT_POSTGRES_CLUSTER_H_
