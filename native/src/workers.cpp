#include "workers.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace viking {

namespace {

int64_t nowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/** A standby looks this often whether the leader is stuck, while there is anything to do. */
constexpr auto kStandbyTick = std::chrono::milliseconds(1);
/** While there is nothing to do, this often at first, and ever less: an idle mount must not keep the processor awake. */
constexpr auto kFirstIdleTick = std::chrono::milliseconds(20);
constexpr auto kLastIdleTick = std::chrono::milliseconds(160);
/** A leader that handles one request for longer loses the lead. */
constexpr int64_t kStuckNs = 500'000;
/** Spinning that finds nothing shrinks to this, so that a slow trickle of requests costs no processor time. */
constexpr int64_t kLeastSpinNs = 4'000;

}  // namespace

void Workers::start(std::vector<int> devices, size_t bufferSize, std::function<void()> onEnd) {
  bufferSize_ = bufferSize;
  onEnd_ = std::move(onEnd);
  stopEvent_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  for (size_t i = 0; i < devices.size(); ++i) {
    auto worker = std::make_unique<Worker>();
    worker->owner = this;
    worker->index = i;
    worker->device = devices[i];
    worker->buffer.resize(bufferSize);
    worker->scratch.worker = worker.get();
    worker->scratch.beforeBlocking = [](void* self) {
      auto* blocked = static_cast<Worker*>(self);
      blocked->owner->giveLead(*blocked);
    };
    workers_.push_back(std::move(worker));
  }
  running_ = static_cast<uint32_t>(workers_.size());
  // Signals belong to the threads of JavaScript.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  for (auto& worker : workers_) worker->thread = std::thread([this, &worker] { run(*worker); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Workers::stop() {
  stopping_ = true;
  if (stopEvent_.valid()) ::eventfd_write(stopEvent_.get(), 1);
  {
    const std::lock_guard lock(mutex_);
    standby_.notify_all();
  }
  for (auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void Workers::release() {
  workers_.clear();
  stopEvent_.reset();
}

uint64_t Workers::allBusySeconds() const {
  int64_t latest = 0;
  for (const auto& worker : workers_) {
    const int64_t since = worker->busySinceNs.load(std::memory_order_relaxed);
    if (since == 0) return 0;
    latest = std::max(latest, since);
  }
  return latest == 0 ? 0 : static_cast<uint64_t>((nowNs() - latest) / 1'000'000'000);
}

void Workers::run(Worker& worker) {
  while (lead(worker)) {
    while (isLeader(worker)) {
      const ssize_t size = receive(worker);
      if (size < 0) {
        ended_ = true;
        stopping_ = true;
        ::eventfd_write(stopEvent_.get(), 1);
        const std::lock_guard lock(mutex_);
        standby_.notify_all();
        break;
      }
      if (size == 0) break;
      const Request request(worker.buffer.data(), static_cast<size_t>(size), worker.device);
      worker.busySinceNs.store(nowNs(), std::memory_order_relaxed);
      if (request.valid()) handle_(request, worker.scratch);
      worker.busySinceNs.store(0, std::memory_order_relaxed);
    }
    if (stopping_) break;
  }
  if (--running_ == 0 && ended_ && onEnd_) onEnd_();
}

/** Waits for the lead; false when all must stop. */
bool Workers::lead(Worker& worker) {
  std::unique_lock lock(mutex_);
  auto idleTick = kFirstIdleTick;
  for (;;) {
    if (stopping_) return false;
    const int leader = leader_.load();
    if (leader == -1) break;
    const int64_t since = workers_[static_cast<size_t>(leader)]->busySinceNs.load(std::memory_order_relaxed);
    if (since != 0 && nowNs() - since > kStuckNs) break;
    // One looks after the leader; the others sleep until they are called.
    if (lookout_ != nullptr && lookout_ != &worker) {
      standby_.wait(lock);
      continue;
    }
    lookout_ = &worker;
    if (since == 0) {
      standby_.wait_for(lock, idleTick);
      idleTick = std::min(2 * idleTick, kLastIdleTick);
    } else {
      standby_.wait_for(lock, kStandbyTick);
      idleTick = kFirstIdleTick;
    }
  }
  leader_ = static_cast<int>(worker.index);
  if (lookout_ == &worker) {
    lookout_ = nullptr;
    standby_.notify_one();
  }
  return true;
}

void Workers::giveLead(Worker& worker) {
  if (!isLeader(worker)) return;
  {
    const std::lock_guard lock(mutex_);
    if (!isLeader(worker)) return;
    leader_ = -1;
  }
  standby_.notify_one();
}

ssize_t Workers::receive(Worker& worker) {
  int64_t spinUntil = 0;
  bool slept = false;
  for (;;) {
    if (stopping_) return 0;
    const ssize_t size = ::read(worker.device, worker.buffer.data(), worker.buffer.size());
    if (size > 0) {
      // Spinning paid: the caller is quick, so the next request is worth the full wait.
      if (!slept && spinUntil != 0) spinNs_.store(static_cast<int64_t>(spinUs_) * 1000, std::memory_order_relaxed);
      return size;
    }
    // ENOENT: the request was interrupted before it was read. ENODEV: unmounted. ECONNABORTED: aborted.
    if (size == 0 || errno == ENODEV || errno == ECONNABORTED || errno == EBADF) return -1;
    if (errno != EAGAIN) continue;
    const int64_t now = nowNs();
    if (spinUntil == 0) spinUntil = now + spinNs_.load(std::memory_order_relaxed);
    if (now < spinUntil) continue;
    if (!slept) spinNs_.store(std::max<int64_t>(spinNs_.load() / 2, kLeastSpinNs), std::memory_order_relaxed);
    slept = true;
    pollfd ready[] = {{worker.device, POLLIN, 0}, {stopEvent_.get(), POLLIN, 0}};
    ::poll(ready, 2, -1);
  }
}

}  // namespace viking
