// Plays the kernel's part in tests: builds requests byte by byte and reads the answers.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../src/session.h"

#define CHECK(condition)                                                              \
  do {                                                                                \
    if (!(condition)) {                                                               \
      std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);  \
      std::exit(1);                                                                   \
    }                                                                                 \
  } while (false)

namespace viking::test {

struct Answer {
  int error = 0;
  std::vector<char> body;
  template <typename T>
  T as() const {
    CHECK(body.size() >= sizeof(T));
    T value;
    std::memcpy(&value, body.data(), sizeof value);
    return value;
  }
};

/** One thread's line to a session: a socket pair in place of the device. Datagrams keep answers apart. */
class Kernel {
 public:
  explicit Kernel(Session& session) : session_(session) {
    int pair[2];
    CHECK(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    ours_.reset(pair[0]);
    theirs_.reset(pair[1]);
    int room = 4 << 20;
    ::setsockopt(theirs_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  }

  /** Sends a request; there must be an answer. */
  Answer ask(uint32_t opcode, NodeId node, const std::string& body) {
    tell(opcode, node, body);
    return receive();
  }

  /** Sends a request that has no answer (FORGET), or one whose answer comes later. */
  uint64_t tell(uint32_t opcode, NodeId node, const std::string& body) {
    fuse_in_header header{};
    header.len = static_cast<uint32_t>(sizeof header + body.size());
    header.opcode = opcode;
    header.unique = ++unique_;
    header.nodeid = node;
    header.pid = 4711;
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes += body;
    // An exact copy on the heap: reading one byte too many is an error the sanitizer sees.
    std::vector<char> exact(bytes.begin(), bytes.end());
    const Request request(exact.data(), exact.size(), theirs_.get());
    CHECK(request.valid());
    session_.dispatch(request, scratch_);
    return unique_;
  }

  Answer receive() {
    buffer_.resize(2 << 20);
    const ssize_t size = ::recv(ours_.get(), buffer_.data(), buffer_.size(), 0);
    CHECK(size >= static_cast<ssize_t>(sizeof(fuse_out_header)));
    fuse_out_header header;
    std::memcpy(&header, buffer_.data(), sizeof header);
    CHECK(header.len == static_cast<uint32_t>(size));
    return {-header.error, std::vector<char>(buffer_.begin() + sizeof header, buffer_.begin() + size)};
  }

  /** Throws away answers nobody waits for. */
  size_t drain() {
    size_t count = 0;
    buffer_.resize(2 << 20);
    while (::recv(ours_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT) > 0) ++count;
    return count;
  }

 private:
  Session& session_;
  Descriptor ours_;
  Descriptor theirs_;
  Scratch scratch_;
  std::vector<char> buffer_;
  uint64_t unique_ = 0;
};

template <typename T>
std::string bytesOf(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

inline std::string named(const std::string& name) { return name + '\0'; }

template <typename T>
std::string with(const T& value, const std::string& name) {
  return bytesOf(value) + named(name);
}

}  // namespace viking::test
