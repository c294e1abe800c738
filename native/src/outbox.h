// Everything native threads have to say to JavaScript, in one queue that JavaScript drains.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "changes.h"
#include "protocol.h"

namespace viking {

/** A request for JavaScript to answer by its slot. Which fields count depends on the opcode. */
struct CallMessage {
  uint64_t slot = 0;
  uint32_t opcode = 0;
  NodeId node = 0;
  std::string path;
  /** New path of a rename or link, target of a symlink, name of an extended attribute. */
  std::string other;
  std::string data;
  /** LOOKUP, GETATTR: something in or below the directory changed a moment ago; see `KeptFiles::Ticket`. */
  bool unsettled = false;
  uint64_t offset = 0;
  uint64_t size = 0;
  uint32_t flags = 0;
  uint32_t mode = 0;
  uint32_t pid = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  /** SETATTR: FATTR_* bits and what they set. */
  uint32_t valid = 0;
  uint32_t newUid = 0;
  uint32_t newGid = 0;
  int64_t atimeNs = 0;
  int64_t mtimeNs = 0;
};

/** A directory of content whose listing wants to know which reserved names to show. */
struct ListedQuestion {
  NodeId node;
  std::string path;
};

struct Written {
  uint64_t slot;
  int64_t bytes;
  int error;
};

struct Mail {
  std::vector<CallMessage> calls;
  /** Slots nobody waits for any more, and why (errno): interrupted, or out of time. */
  std::vector<std::pair<uint64_t, int>> abandoned;
  std::vector<ListedQuestion> listed;
  std::vector<Change> changes;
  /** Durable writes that ended. */
  std::vector<Written> written;
  bool ended = false;
  bool empty() const {
    return calls.empty() && abandoned.empty() && listed.empty() && changes.empty() && written.empty() && !ended;
  }
};

class Outbox {
 public:
  /** `wake` asks JavaScript to drain; it is called once for any number of posts until the next drain. */
  void onPost(std::function<void()> wake) {
    const std::lock_guard lock(wakeMutex_);
    wake_ = std::move(wake);
  }

  template <typename Edit>
  void post(Edit edit) {
    if (put(edit)) announce();
  }

  /** True when `announce` must follow: between the two there is time for something more urgent than waking somebody. */
  template <typename Edit>
  bool put(Edit edit) {
    const std::lock_guard lock(mutex_);
    edit(mail_);
    return !std::exchange(announced_, true);
  }

  /** Not under the mutex that JavaScript takes as soon as it is awake. */
  void announce() {
    const std::lock_guard lock(wakeMutex_);
    if (wake_) wake_();
  }

  Mail drain() {
    const std::lock_guard lock(mutex_);
    announced_ = false;
    return std::exchange(mail_, {});
  }

 private:
  std::mutex mutex_;
  std::mutex wakeMutex_;
  std::function<void()> wake_;
  bool announced_ = false;
  Mail mail_;
};

}  // namespace viking
