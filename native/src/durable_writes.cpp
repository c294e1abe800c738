#include "durable_writes.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace viking {

bool DurableWrites::begin(DurableWrite write) {
  {
    const std::lock_guard lock(mutex_);
    if (busy_ || stopping_) return false;
    busy_ = true;
    next_ = std::move(write);
    if (!thread_.joinable()) {
      // Signals belong to the threads of JavaScript.
      sigset_t all;
      sigset_t before;
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_SETMASK, &all, &before);
      bool isStarted = true;
      try {
        thread_ = std::thread([this] { run(); });
      } catch (const std::system_error&) {
        isStarted = false;
      }
      ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
      if (!isStarted) {
        // At a limit of threads JavaScript writes by itself, and the next write tries again.
        next_.reset();
        busy_ = false;
        return false;
      }
    }
  }
  wake_.notify_one();
  return true;
}

void DurableWrites::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void DurableWrites::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || next_.has_value(); });
    if (!next_) return;
    const DurableWrite write = std::move(*next_);
    next_.reset();
    lock.unlock();
    const ssize_t written = ::write(write.file, write.bytes.data(), write.bytes.size());
    const int error = written < 0 ? errno : 0;
    lock.lock();
    // Before it is told: whoever hears of it may have the next one.
    busy_ = false;
    lock.unlock();
    done_(write, written, error);
    lock.lock();
  }
}

}  // namespace viking
