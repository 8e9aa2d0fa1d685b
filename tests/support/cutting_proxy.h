// A TCP proxy on 127.0.0.1 that cuts a connection at a chosen moment: to lose a request, or an
// answer.
//
//   CuttingProxy proxy(cluster.port());
//   proxy.CutOnce(request, CuttingProxy::Cut::kAfterTheAnswer, answer_end);
//
// Threading: locked.
#ifndef SKALD_TESTS_SUPPORT_CUTTING_PROXY_H_
#define SKALD_TESTS_SUPPORT_CUTTING_PROXY_H_

#include <list>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "base/thread.h"

namespace skald::testing_support {

class CuttingProxy final {
 public:
  enum class Cut {
    // The request never reaches the server.
    kBeforeTheRequest,
    // The server has done its work; its answer never reaches the client.
    kAfterTheAnswer,
  };

  // Forwards to `server_port` of 127.0.0.1 until it is destroyed.
  explicit CuttingProxy(int server_port);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  [[nodiscard]] int port() const { return port_; }

  // Cuts the next connection on which a client sends `request`. `answer_end` are the bytes that end
  // the answer to it.
  void CutOnce(std::string request, Cut cut, std::string answer_end);
  // Connections cut so far.
  [[nodiscard]] int cuts();

 private:
  struct Order {
    std::string request;
    Cut cut = Cut::kBeforeTheRequest;
    std::string answer_end;
  };
  struct Link {
    int client = -1;
    int server = -1;
    // The last bytes that the client sent: a request may come in pieces.
    std::string sent;
    // Set while an answer is kept back.
    std::optional<Order> losing;
    std::string kept_back;
  };

  void Run();
  void Accept();
  // False: the link has ended.
  bool FromClient(Link& link);
  bool FromServer(Link& link);

  const int server_port_;
  int listener_ = -1;
  int stop_fd_ = -1;
  int port_ = 0;
  std::list<Link> links_;  // of the thread
  Mutex mutex_;
  std::optional<Order> order_ SKALD_GUARDED_BY(mutex_);
  int cuts_ SKALD_GUARDED_BY(mutex_) = 0;
  std::optional<Thread> thread_;
};

}  // namespace skald::testing_support

#endif  // SKALD_TESTS_SUPPORT_CUTTING_PROXY_H_
