#include "tests/system/load.h"

#include "base/status.h"
#include "tests/system/processes.h"
#include "tests/system/servers.h"

namespace skald::system_test {
namespace {

constexpr int kClients = 4;
constexpr int kCustomers = 40;
constexpr int64_t kPrice = 250;
constexpr absl::Duration kPatience = absl::Seconds(60);

bool IsTooDear(int number) { return number % 9 == 4; }
bool IsCancelled(int number) { return number % 11 == 7; }

}  // namespace

Load::Load(const std::string& address) : client_(address) {
  for (int i = 0; i < kClients; ++i) {
    threads_.push_back(std::make_unique<Thread>(fmt::format("client-{}", i), [this] { Run(); }));
  }
}

Load::~Load() {
  {
    // A test that fails does not wait for what nobody has begun.
    MutexLock lock(mutex_);
    granted_ = taken_;
  }
  Finish();
}

void Load::Grant(int orders) {
  MutexLock lock(mutex_);
  granted_ += orders;
  changed_.NotifyAll();
}

bool Load::WaitForAcknowledged(int orders, absl::Duration within) {
  const absl::Duration end = Uptime() + within;
  MutexLock lock(mutex_);
  while (static_cast<int>(report_.acknowledged.size()) < orders) {
    const absl::Duration left = end - Uptime();
    if (left <= absl::ZeroDuration()) return false;
    changed_.WaitFor(lock, left);
  }
  return true;
}

int Load::acknowledged() const {
  MutexLock lock(mutex_);
  return static_cast<int>(report_.acknowledged.size());
}

Load::Report Load::Finish() {
  {
    MutexLock lock(mutex_);
    finishing_ = true;
    changed_.NotifyAll();
  }
  for (const auto& thread : threads_) thread->Join();
  MutexLock lock(mutex_);
  return report_;
}

void Load::Run() {
  for (int number = Take(); number > 0; number = Take()) Place(number);
}

int Load::Take() {
  MutexLock lock(mutex_);
  while (taken_ == granted_ && !finishing_) changed_.Wait(lock);
  return taken_ < granted_ ? ++taken_ : 0;
}

void Load::Place(int number) {
  const std::string id = fmt::format("order-{}", number);
  const bool too_dear = IsTooDear(number);
  const auto request =
      PlaceOrder(id, fmt::format("customer-{}", number % kCustomers),
                 too_dear ? Shop::kBalance + 1 : kPrice, number % 3 == 0 ? "courier" : "post");
  const auto response = client_.StartUntilAcknowledged(request, kPatience);
  {
    MutexLock lock(mutex_);
    if (!response.ok()) {
      report_.failures.push_back(fmt::format("start of {}: {}", id, response.status().ToString()));
    } else if (response->saga().id() != id) {
      report_.failures.push_back(fmt::format("{} was answered {}", id, response->saga().id()));
    } else {
      report_.acknowledged.insert(id);
      report_.already_started += response->already_started() ? 1 : 0;
      if (too_dear) report_.too_dear.insert(id);
    }
    changed_.NotifyAll();
  }
  if (!response.ok()) return;
  ReadBack(id);
  if (IsCancelled(number)) Cancel(id);
}

// What was acknowledged is seen by a read that starts afterwards, if there is an answer at all.
void Load::ReadBack(const std::string& id) {
  const absl::Status status = client_.Get(id).status();
  if (!absl::IsNotFound(status)) return;
  MutexLock lock(mutex_);
  report_.failures.push_back(fmt::format("{} was acknowledged, then: {}", id, status.ToString()));
}

// Once: whether a cancel whose answer got lost was taken is open. Too late is an answer, too.
void Load::Cancel(const std::string& id) {
  const absl::Status status = client_.Cancel(id).status();
  MutexLock lock(mutex_);
  if (status.ok()) {
    report_.cancelled.insert(id);
  } else if (absl::IsNotFound(status)) {
    report_.failures.push_back(fmt::format("cancel of {}: {}", id, status.ToString()));
  }
}

}  // namespace skald::system_test
