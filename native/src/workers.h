// The threads that read requests.
//
// One thread at a time reads the device: the leader. A request that only touches memory is answered by the leader
// itself, and before it sleeps it spins for a moment, because the next request of a busy caller comes within
// microseconds and waking a thread costs more than serving it. A request that may wait for a disk gives the lead away
// first; and a standby takes the lead from a leader that got stuck without notice.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "filesystem.h"

namespace viking {

class Workers {
 public:
  using Handle = std::function<void(const Request&, Scratch&)>;

  Workers(Handle handle, uint32_t spinUs) : handle_(std::move(handle)), spinUs_(spinUs) {}
  ~Workers() { stop(); }

  /** `devices`: one clone of the FUSE device for each thread. `onEnd` runs once, when the connection is gone. */
  void start(std::vector<int> devices, size_t bufferSize, std::function<void()> onEnd);
  /** Ends and joins all threads; requests being handled are finished first. */
  void stop();

  /** Frees the buffers of stopped threads. */
  void release();

  /** Seconds since the last thread got busy; 0 while one of them is free. For the watchdog. */
  uint64_t allBusySeconds() const;
  uint32_t running() const { return running_; }

 private:
  struct Worker {
    Workers* owner = nullptr;
    size_t index = 0;
    int device = -1;
    std::vector<char> buffer;
    Scratch scratch;
    std::atomic<int64_t> busySinceNs{0};
    std::thread thread;
  };

  void run(Worker& worker);
  bool lead(Worker& worker);
  /** Bytes of the next request; 0 when the lead was lost or all must stop; -1 when the connection is gone. */
  ssize_t receive(Worker& worker);
  void giveLead(Worker& worker);
  bool isLeader(const Worker& worker) const { return leader_.load() == static_cast<int>(worker.index); }

  Handle handle_;
  const uint32_t spinUs_;
  std::atomic<int64_t> spinNs_{0};
  size_t bufferSize_ = 0;
  std::function<void()> onEnd_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Descriptor stopEvent_;
  std::mutex mutex_;
  std::condition_variable standby_;
  /** The standby that looks whether the leader is stuck; guarded by the mutex. */
  const Worker* lookout_ = nullptr;
  /** Index of the leader, -1 while nobody leads. */
  std::atomic<int> leader_{-1};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ended_{false};
  std::atomic<uint32_t> running_{0};
};

}  // namespace viking
