// Answers to the kernel. One writev per answer, on the device clone that read the request.
#pragma once

#include <sys/uio.h>

#include <cerrno>

#include "protocol.h"

namespace viking {

/** Where one request's answer goes. */
struct Reply {
  int device;
  uint64_t unique;

  explicit Reply(const Request& request) : device(request.device()), unique(request.unique()) {}
  Reply(int deviceFd, uint64_t uniqueId) : device(deviceFd), unique(uniqueId) {}

  /** Each returns false when nobody waits for the answer any more (interrupted, or the connection is gone). */
  bool error(int number) const { return send(number, nullptr, 0, nullptr, 0); }
  bool ok() const { return send(0, nullptr, 0, nullptr, 0); }
  bool bytes(const void* data, size_t size) const { return send(0, data, size, nullptr, 0); }
  bool bytes(const void* first, size_t firstSize, const void* second, size_t secondSize) const {
    return send(0, first, firstSize, second, secondSize);
  }
  template <typename T>
  bool value(const T& value) const {
    return bytes(&value, sizeof value);
  }
  /** Success or an errno, without a body. */
  bool status(int number) const { return send(number, nullptr, 0, nullptr, 0); }

 private:
  bool send(int error, const void* first, size_t firstSize, const void* second, size_t secondSize) const {
    fuse_out_header header{};
    header.len = static_cast<uint32_t>(sizeof header + firstSize + secondSize);
    header.error = -error;
    header.unique = unique;
    const iovec parts[] = {
        {&header, sizeof header},
        {const_cast<void*>(first), firstSize},
        {const_cast<void*>(second), secondSize},
    };
    const int count = secondSize > 0 ? 3 : firstSize > 0 ? 2 : 1;
    ssize_t written;
    do {
      written = ::writev(device, parts, count);
    } while (written < 0 && errno == EINTR);
    return written >= 0;
  }
};

}  // namespace viking
