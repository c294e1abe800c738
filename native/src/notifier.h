// Tells the kernel to forget what it cached. Its own thread: a notification takes the inode locks that callers hold
// while they wait for us, so one sent from a request handler, or with a lock of ours held, would deadlock.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>

#include "protocol.h"

namespace viking {

class Notifier {
 public:
  Notifier() = default;
  ~Notifier() { stop(); }

  void start(int device);
  /** The protocol minor spoken, known after INIT. */
  void setMinor(uint32_t minor) { minor_ = minor; }
  /** Ends the thread. The caller makes sure the device no longer blocks (connection aborted or unmounted). */
  void stop();

  /** Attributes and cached pages (of a directory: its cached listing). */
  void inode(NodeId node);
  /**
   * The same within `kSoon`, once for however often it is said until then: for a file that is appended to line by line,
   * where a notice for every line would fight its writer for the pages.
   */
  void inodeSoon(NodeId node);
  /** Attributes alone: of an inode whose name went while somebody may still read what is cached of it. */
  void attributes(NodeId node);
  /**
   * The same before it returns. Unlike the others this may be sent by a request handler: it takes no lock that a caller
   * holds while it waits for us (fuse_reverse_inval_inode with a negative offset marks the inode and touches no page).
   */
  void attributesNow(NodeId node);
  /** A name, known or known not to exist. */
  void entry(NodeId parent, std::string name);
  /** Everything: every name is looked up again. False when the kernel is too old to be told so at once. */
  bool everything();

  uint64_t sent() const { return sent_; }

 private:
  struct Notice {
    int code;
    NodeId node;
    std::string name;
    bool keepsPages = false;
  };
  void push(Notice notice);
  void run();
  void send(const Notice& notice);

  int device_ = -1;
  std::atomic<uint32_t> minor_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Notice> queue_;
  std::unordered_set<NodeId> soon_;
  std::chrono::steady_clock::time_point soonAt_;
  bool stopping_ = false;
  std::atomic<uint64_t> sent_{0};
  std::thread thread_;
};

}  // namespace viking
