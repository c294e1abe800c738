// Appends whose caller is answered by the thread that wrote them, as soon as they are on disk: JavaScript hears of it after.
// Without this an answer waits for two more threads to wake up, which takes as long as the disk does.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace viking {

struct DurableWrite {
  /** The call that waits for it. */
  uint64_t slot = 0;
  /** Open with O_DSYNC and O_APPEND; its owner keeps it open until `done`. */
  int file = -1;
  std::string bytes;
  /** What the call is answered: how much its caller wrote. */
  uint64_t answer = 0;
};

class DurableWrites {
 public:
  /** Runs on the thread that wrote: bytes written, or -1 and an errno. */
  using Done = std::function<void(const DurableWrite&, ssize_t written, int error)>;

  explicit DurableWrites(Done done) : done_(std::move(done)) {}
  ~DurableWrites() { stop(); }

  /** One at a time: false, and nothing begun, while another is under way, where no thread is to be had, or after the end. */
  bool begin(DurableWrite write);
  /** Ends the thread; a write that was begun is done first. */
  void stop();

 private:
  void run();

  Done done_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<DurableWrite> next_;
  bool busy_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace viking
