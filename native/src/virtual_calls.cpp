#include "virtual_calls.h"

#include <vector>

namespace viking {

void VirtualCalls::begin(Call call, CallMessage message) {
  filesystem_.counters.virtualRequests += 1;
  const Reply reply = call.reply;
  int refused = 0;
  {
    const std::lock_guard lock(mutex_);
    refused = closedWith_ != 0 ? closedWith_ : bySlot_.size() >= filesystem_.options.maxCalls ? EAGAIN : 0;
    if (refused == 0) {
      message.slot = ++lastSlot_;
      message.opcode = call.opcode;
      call.deadline = Clock::now() + std::chrono::milliseconds(filesystem_.options.timeoutMs);
      byUnique_.emplace(reply.unique, message.slot);
      bySlot_.emplace(message.slot, std::move(call));
    }
  }
  if (refused != 0) {
    filesystem_.counters.refused += 1;
    reply.error(refused);
    return;
  }
  outbox_.post([&](Mail& mail) { mail.calls.push_back(std::move(message)); });
}

std::optional<Call> VirtualCalls::take(uint64_t slot) {
  const std::lock_guard lock(mutex_);
  const auto found = bySlot_.find(slot);
  if (found == bySlot_.end()) return std::nullopt;
  Call call = std::move(found->second);
  bySlot_.erase(found);
  byUnique_.erase(call.reply.unique);
  return call;
}

std::optional<NodeId> VirtualCalls::answer(uint64_t slot, int error, const Payload& payload) {
  const auto call = take(slot);
  if (!call) return std::nullopt;
  // ENOSYS means "never ask again" to the kernel, for the whole mount; one file's refusal must not.
  return finish_(*call, error == ENOSYS ? EOPNOTSUPP : error, payload);
}

bool VirtualCalls::interrupt(uint64_t unique) {
  uint64_t slot = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = byUnique_.find(unique);
    if (found == byUnique_.end()) return false;
    slot = found->second;
  }
  const auto call = take(slot);
  if (!call) return false;
  filesystem_.counters.interrupts += 1;
  call->reply.error(EINTR);
  outbox_.post([&](Mail& mail) { mail.abandoned.emplace_back(slot, EINTR); });
  return true;
}

void VirtualCalls::expire(Clock::time_point now) {
  std::vector<uint64_t> late;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [slot, call] : bySlot_) {
      if (call.deadline <= now) late.push_back(slot);
    }
  }
  for (const uint64_t slot : late) {
    const auto call = take(slot);
    if (!call) continue;
    filesystem_.counters.timeouts += 1;
    call->reply.error(ETIMEDOUT);
    outbox_.post([&](Mail& mail) { mail.abandoned.emplace_back(slot, ETIMEDOUT); });
  }
}

void VirtualCalls::abandon(int error) {
  std::unordered_map<uint64_t, Call> left;
  {
    const std::lock_guard lock(mutex_);
    closedWith_ = error;
    left.swap(bySlot_);
    byUnique_.clear();
  }
  for (const auto& [slot, call] : left) call.reply.error(error);
}

size_t VirtualCalls::pending() const {
  const std::lock_guard lock(mutex_);
  return bySlot_.size();
}

}  // namespace viking
