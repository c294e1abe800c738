// The process that ends the connection when this one is stopped or stuck; see native/watchdog.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <string>

#include "descriptor.h"

namespace viking {

struct WatchdogOptions {
  /** The compiled program; empty: no watchdog. */
  std::string program;
  std::string mountpoint;
  /** Longest silence before the connection is ended. */
  uint32_t silenceMs = 0;
};

class Watchdog {
 public:
  ~Watchdog() { stop(); }

  /** Starts it for what is mounted on the mountpoint. Without one the mount works all the same. */
  void start(WatchdogOptions options);
  /** Says that the driver lives; starts the program again when somebody killed it. Called by one thread, often. */
  void beat();
  void stop();
  bool running() const { return child_ > 0; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  void launch();
  void reap();

  WatchdogOptions options_;
  Descriptor socket_;
  std::atomic<pid_t> child_{0};
  Time lastBeat_{};
  Time lastLaunch_{};
};

}  // namespace viking
