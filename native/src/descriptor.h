// Owning file descriptors.
#pragma once

#include <unistd.h>

#include <memory>
#include <utility>

namespace viking {

/** Closes its descriptor when it goes. -1 is "none". */
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

/** A descriptor that stays open while anybody uses it, even after the cache let it go. */
using SharedDescriptor = std::shared_ptr<Descriptor>;

inline SharedDescriptor share(int fd) { return std::make_shared<Descriptor>(fd); }

}  // namespace viking
