// OPEN and RELEASE, which only a connection with passthrough has: without it opening costs no message at all.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>

#include "content.h"

namespace viking {

namespace {

constexpr uint32_t kCached = FOPEN_KEEP_CACHE | kOpenNoFlush;

}  // namespace

/** Registers the node's file with the kernel; the id, or -1 with errno set. */
int Content::openBacking(int device, const NodePtr& node) {
  int error = 0;
  const auto file = fs_.backing.open(node, Access::read, error);
  if (!file) {
    errno = error;
    return -1;
  }
  BackingMap map{};
  map.fd = file->get();
  return ::ioctl(device, kIocBackingOpen, &map);
}

void Content::open(const Request& request, const NodePtr& node) {
  OpenOut out{};
  out.open_flags = kCached;
  struct statx stat {};
  const int error = fs_.backing.stat(node, stat);
  if (error != 0) {
    Reply(request).error(error);
    return;
  }
  {
    const std::lock_guard lock(opensMutex_);
    // All who have an inode open use it the same way: the kernel answers EIO to a cached use of one passed through.
    if (node->opens == 0 && S_ISREG(stat.stx_mode) && stat.stx_size >= fs_.options.passthroughBytes) {
      const int id = openBacking(request.device(), node);
      if (id > 0) {
        node->backingId = id;
        fs_.counters.passedThrough += 1;
      } else if (errno == EPERM) {
        // Not root of the machine: no file of this connection will ever be passed through, so none needs a message.
        fs_.passthrough = false;
      }
    }
    if (!fs_.passthrough && node->opens == 0) {
      Reply(request).error(ENOSYS);
      return;
    }
    node->opens += 1;
    if (node->backingId > 0) {
      out.open_flags = kOpenPassthrough | kOpenNoFlush;
      out.backing_id = node->backingId;
    }
  }
  if (!Reply(request).value(out)) closed(request.device(), node);
}

void Content::opened(const NodePtr& node) {
  if (!fs_.passthrough) return;
  const std::lock_guard lock(opensMutex_);
  node->opens += 1;
}

void Content::closed(int device, const NodePtr& node) {
  const std::lock_guard lock(opensMutex_);
  if (node->opens == 0 || --node->opens > 0) return;
  uint32_t id = static_cast<uint32_t>(node->backingId.exchange(0));
  if (id == 0) return;
  fs_.counters.passedThrough -= 1;
  ::ioctl(device, kIocBackingClose, &id);
}

void Content::release(const Request& request, const NodePtr& node) {
  const auto in = request.as<fuse_release_in>();
  // What was written past us is known to nobody yet.
  if (node->backingId > 0 && (in.flags & O_ACCMODE) != O_RDONLY) {
    int error = 0;
    if (const auto file = fs_.backing.open(node, Access::path, error)) settle(*node, file->get());
    fs_.changes.written(node);
  }
  closed(request.device(), node);
  Reply(request).ok();
}

}  // namespace viking
