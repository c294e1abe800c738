// Requests that JavaScript answers: parked by slot, so that no native thread ever waits for JavaScript.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "filesystem.h"
#include "outbox.h"

namespace viking {

using Clock = std::chrono::steady_clock;

/** What is needed to finish a request once JavaScript answered. */
struct Call {
  Reply reply;
  uint32_t opcode;
  NodeId node;
  /** For answers that make a node: its parent and name. */
  NodeId parent = 0;
  std::string name;
  /** The thread that asks. */
  uint32_t pid = 0;
  /** Room the caller has: bytes of READ, READDIR, GETXATTR. */
  uint32_t size = 0;
  bool plus = false;
  /** RENAME and LINK: the other directory and name. */
  NodeId otherParent = 0;
  std::string otherName;
  uint32_t flags = 0;
  /** READ: where it begins. */
  uint64_t offset = 0;
  /** Whether the answer may be kept. */
  KeptFiles::Ticket ticket{};
  Clock::time_point deadline{};
};

/** An answer's body. */
struct Payload {
  const char* data = nullptr;
  size_t size = 0;
  uint64_t number = 0;
};

class VirtualCalls {
 public:
  /** `finish` writes the answer to the kernel; it returns the node id the answer made or named, or 0. */
  using Finish = std::function<NodeId(const Call&, int error, const Payload&)>;

  VirtualCalls(Filesystem& filesystem, Outbox& outbox, Finish finish)
      : filesystem_(filesystem), outbox_(outbox), finish_(std::move(finish)) {}

  /** Parks the call and hands the message to JavaScript; EAGAIN to the caller when too many wait already. */
  void begin(Call call, CallMessage message);
  /** Ends a call. Nothing when it is not waiting any more: interrupted, out of time, or answered before. */
  std::optional<NodeId> answer(uint64_t slot, int error, const Payload& payload);
  /** FUSE_INTERRUPT: the caller got a signal. False when no such request waits for JavaScript. */
  bool interrupt(uint64_t unique);
  /** Answers ETIMEDOUT to all whose time is over. */
  void expire(Clock::time_point now);
  /** Answers every waiting call with an error and refuses new ones. */
  void abandon(int error);

  size_t pending() const;

 private:
  std::optional<Call> take(uint64_t slot);

  Filesystem& filesystem_;
  Outbox& outbox_;
  Finish finish_;
  mutable std::mutex mutex_;
  uint64_t lastSlot_ = 0;
  int closedWith_ = 0;
  std::unordered_map<uint64_t, Call> bySlot_;
  std::unordered_map<uint64_t, uint64_t> byUnique_;
};

}  // namespace viking
