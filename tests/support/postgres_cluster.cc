#include "tests/support/postgres_cluster.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/status.h"
#include "tests/support/program.h"

namespace skald::testing_support {
namespace {

namespace fs = std::filesystem;

// Small, but as durable as a real one. A checkpoint at the end would only cost time.
constexpr char kSettings[] = R"(
fsync = on
synchronous_commit = on
shared_buffers = 16MB
max_connections = 60
listen_addresses = '127.0.0.1'
unix_socket_permissions = 0777
)";

// Runs in a session of its own until its stdin ends, which it does when whoever holds the other end
// is gone, however that came.
constexpr char kWatchdog[] = R"(
trap '' HUP INT TERM
cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
ours() { [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$1/data"; }
if ours "$1"; then
  kill -QUIT "$pid"
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ours "$1" && sleep 0.1; done
  ours "$1" && kill -KILL "$pid"
fi
rm -rf "$1"
)";

// Empty: there is none.
std::string FindPrograms() {
  std::string found;
  int newest = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", error)) {
    const std::string name = entry.path().filename();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    const fs::path programs = entry.path() / "bin";
    if (version <= newest || !fs::exists(programs / "postgres")) continue;
    newest = version;
    found = programs;
  }
  return found;
}

std::string FindUser() {
  if (geteuid() != 0) return "";
  return getpwnam("postgres") != nullptr ? "postgres" : "nobody";
}

struct ProcessLine {
  char state = 'X';
  int parent = 0;
};

// 'X' for a process that is not there.
ProcessLine LookAt(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  std::getline(file, line);
  ProcessLine process;
  // The name in parentheses may hold anything.
  const size_t name_end = line.rfind(") ");
  if (name_end == std::string::npos) return process;
  std::istringstream rest(line.substr(name_end + 2));
  rest >> process.state >> process.parent;
  return process;
}

std::vector<int> ChildrenOf(int parent) {
  std::vector<int> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    if (pid > 0 && LookAt(pid).parent == parent) children.push_back(pid);
  }
  return children;
}

// A zombie is gone as well: not every container has an init that buries it.
void WaitUntilGone(int pid) {
  for (char state = 'R'; state != 'X' && state != 'Z'; state = LookAt(pid).state) usleep(1'000);
}

}  // namespace

PostgresCluster::PostgresCluster(std::string programs)
    : programs_(std::move(programs)), user_(FindUser()) {}

absl::StatusOr<std::unique_ptr<PostgresCluster>> PostgresCluster::Make() {
  std::string programs = FindPrograms();
  if (programs.empty()) {
    return FailedPrecondition("there is no PostgreSQL server under /usr/lib/postgresql");
  }
  std::unique_ptr<PostgresCluster> cluster(new PostgresCluster(std::move(programs)));
  SKALD_RETURN_IF_ERROR(cluster->Guard());
  SKALD_RETURN_IF_ERROR(cluster->Initialize());
  // Somebody may take the port between the look and the start.
  Status started;
  for (int tries = 0; tries < 5; ++tries) {
    cluster->port_ = FreePort();
    started = cluster->Start();
    if (started.ok()) return cluster;
  }
  return started;
}

PostgresCluster::~PostgresCluster() {
  Kill();
  if (watchdog_fd_ >= 0) close(watchdog_fd_);
}

absl::Status PostgresCluster::Guard() {
  std::array<int, 2> ends;
  // No other child may inherit the end that we hold: it would keep the watchdog waiting.
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Internal("no pipe: error {}", errno);
  watchdog_fd_ = ends[1];
  const auto started =
      RunProgram({"setsid", "--fork", "sh", "-c",
                  fmt::format("exec >/dev/null 2>&1\n{}", kWatchdog), "watchdog", folder_.path()},
                 ends[0]);
  close(ends[0]);
  return started.status();
}

absl::Status PostgresCluster::Initialize() {
  if (!user_.empty()) {
    const passwd* owner = getpwnam(user_.c_str());
    if (owner == nullptr || chown(folder_.path().c_str(), owner->pw_uid, owner->pw_gid) != 0) {
      return Internal("cannot give {} to {}", folder_.path(), user_);
    }
  }
  SKALD_RETURN_IF_ERROR(Run("initdb", {"--pgdata=" + data(), "--username=skald", "--auth=trust",
                                       "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"})
                            .status());
  std::ofstream settings(data() + "/postgresql.conf", std::ios::app);
  settings << kSettings << fmt::format("unix_socket_directories = '{}'\n", folder_.path());
  settings.close();
  return settings ? absl::OkStatus() : Internal("cannot write {}/postgresql.conf", data());
}

absl::StatusOr<std::string> PostgresCluster::Run(const std::string& program,
                                                 std::vector<std::string> words) {
  std::vector<std::string> all;
  if (!user_.empty()) {
    all = {"setpriv", "--reuid=" + user_, "--regid=" + user_, "--init-groups", "--"};
    if (user_ == "nobody") all[2] = "--regid=nogroup";
  }
  all.push_back(fmt::format("{}/{}", programs_, program));
  all.insert(all.end(), words.begin(), words.end());
  return RunProgram(all);
}

absl::Status PostgresCluster::Start() {
  const auto started =
      Run("pg_ctl", {"start", "--pgdata=" + data(), "--log=" + folder_.path() + "/log", "--wait",
                     "--options=" + fmt::format("-p {}", port_)});
  if (started.ok()) return absl::OkStatus();
  std::ifstream file(folder_.path() + "/log");
  std::ostringstream log;
  log << file.rdbuf();
  return Internal("{}\n{}", Message(started.status()), log.str());
}

absl::Status PostgresCluster::Stop() {
  return Run("pg_ctl", {"stop", "--pgdata=" + data(), "--mode=fast", "--wait"}).status();
}

int PostgresCluster::ServerPid() const {
  int pid = 0;
  std::ifstream(data() + "/postmaster.pid") >> pid;
  return pid;
}

void PostgresCluster::Kill() {
  const int server = ServerPid();
  if (server <= 0) return;
  // Stopped, it starts no more children while we count them.
  kill(server, SIGSTOP);
  std::vector<int> all = ChildrenOf(server);
  all.push_back(server);
  for (const int pid : all) kill(pid, SIGKILL);
  for (const int pid : all) WaitUntilGone(pid);
  // A zombie looks alive to the next server, which would refuse to start.
  std::error_code ignored;
  fs::remove(data() + "/postmaster.pid", ignored);
  fs::remove(fmt::format("{}/.s.PGSQL.{}.lock", folder_.path(), port_), ignored);
}

absl::StatusOr<std::string> PostgresCluster::CreateDatabase() {
  const std::string name = fmt::format("test_{}", ++databases_);
  SKALD_RETURN_IF_ERROR(Query("postgres", "CREATE DATABASE " + name).status());
  return name;
}

absl::StatusOr<std::string> PostgresCluster::Query(const std::string& database,
                                                   const std::string& sql) {
  return Run("psql", {"--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
                      "--set=ON_ERROR_STOP=1", "--command=" + sql, Url(database)});
}

absl::Status PostgresCluster::Set(const std::string& setting, const std::string& value) {
  SKALD_RETURN_IF_ERROR(
      Query("postgres", fmt::format("ALTER SYSTEM SET {} = {}", setting, value)).status());
  return Query("postgres", "SELECT pg_reload_conf()").status();
}

std::string PostgresCluster::Url(const std::string& database) const {
  return fmt::format("host={} port={} user=skald dbname={}", folder_.path(), port_, database);
}

std::string PostgresCluster::TcpUrl(const std::string& database, int port) const {
  return fmt::format("postgresql://skald@127.0.0.1:{}/{}", port > 0 ? port : port_, database);
}

}  // namespace skald::testing_support
