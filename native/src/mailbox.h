// How native threads wake JavaScript: a handle of our own in its event loop.
//
// Not Node-API's thread-safe function: that holds a mutex while it wakes the loop. Waking a thread on an idle core takes the
// waker longer than it takes the woken one to start, so JavaScript ran into that mutex and went to sleep once more.
#pragma once

#include <napi.h>

#include <functional>

namespace viking {

class Mailbox {
 public:
  /** Runs `deliver` in the event loop, once for any number of wakes; keeps the loop alive. */
  Mailbox(Napi::Env env, std::function<void(Napi::Env)> deliver);
  ~Mailbox() { close(); }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /** From any thread, until `close`. */
  void wake();
  /** In the thread of JavaScript; nobody wakes any more. */
  void close();

 private:
  void run();

  Napi::Env env_;
  Napi::AsyncContext context_;
  std::function<void(Napi::Env)> deliver_;
  struct Handle;
  /** Owned by the event loop from `close` on. */
  Handle* handle_ = nullptr;
};

}  // namespace viking
