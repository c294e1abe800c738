#include "mount.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "protocol.h"

extern char** environ;

namespace viking {

namespace {

constexpr const char* kDevice = "/dev/fuse";
constexpr const char* kSubtype = "vikingfs";

std::string describe(const std::string& what) { return what + ": " + std::strerror(errno); }

std::string attachAsRoot(const Options& options, Descriptor& device) {
  device.reset(::open(kDevice, O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!device.valid()) return describe(std::string("cannot open ") + kDevice);
  std::string data = "fd=" + std::to_string(device.get()) + ",rootmode=40000,user_id=" + std::to_string(::geteuid()) +
                     ",group_id=" + std::to_string(::getegid());
  // With others let in, the kernel checks modes for each of them.
  if (options.allowOther) data += ",default_permissions,allow_other";
  unsigned long flags = MS_NOSUID | MS_NODEV;
  if (options.readOnly) flags |= MS_RDONLY;
  const std::string type = std::string("fuse.") + kSubtype;
  if (::mount(options.source.c_str(), options.mountpoint.c_str(), type.c_str(), flags, data.c_str()) != 0) {
    return describe("mount(2) on " + options.mountpoint);
  }
  return {};
}

/** The first line of what `pipe` still holds, at most 300 bytes. */
std::string firstLineOf(int pipe) {
  char text[300];
  const ssize_t count = ::read(pipe, text, sizeof text);
  const std::string said(text, count > 0 ? static_cast<size_t>(count) : 0);
  return said.substr(0, said.find('\n'));
}

/**
 * Runs fusermount3 with `arguments`; its exit status, or -1. `inherited` stays open in it under the same number; `said` gets
 * the first line of what it complains of.
 */
int runHelper(std::vector<std::string> arguments, int inherited, std::string* said = nullptr) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) variables.emplace_back(*entry);
  if (inherited >= 0) variables.push_back("_FUSE_COMMFD=" + std::to_string(inherited));
  std::vector<char*> envp;
  for (std::string& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);
  int complaints[2] = {-1, -1};
  if (said != nullptr && ::pipe2(complaints, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
  const Descriptor readEnd(complaints[0]);
  Descriptor writeEnd(complaints[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  // dup2 onto itself clears close-on-exec in the child only.
  if (inherited >= 0) ::posix_spawn_file_actions_adddup2(&actions, inherited, inherited);
  if (said != nullptr) ::posix_spawn_file_actions_adddup2(&actions, writeEnd.get(), STDERR_FILENO);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), envp.data());
  ::posix_spawn_file_actions_destroy(&actions);
  writeEnd.reset();
  if (error != 0) {
    errno = error;
    return -1;
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  if (said != nullptr) *said = firstLineOf(readEnd.get());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/** One descriptor sent over a Unix socket. */
int receiveDescriptor(int socket) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t count;
  do {
    count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return -1;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

std::string attachByHelper(const Options& options, Descriptor& device) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return describe("socketpair");
  const Descriptor ours(pair[0]);
  Descriptor theirs(pair[1]);
  std::string settings = std::string("default_permissions,nosuid,nodev,subtype=") + kSubtype + ",fsname=" + options.source;
  if (options.allowOther) settings += ",allow_other";
  if (options.readOnly) settings += ",ro";
  std::string said;
  const int status = runHelper({"fusermount3", "-o", settings, "--", options.mountpoint}, theirs.get(), &said);
  theirs.reset();
  if (status < 0) return describe("cannot run fusermount3 (install the package fuse3)");
  if (status != 0) {
    return "fusermount3 refused to mount " + options.mountpoint +
           (said.empty() ? " (exit status " + std::to_string(status) + ")" : ": " + said);
  }
  device.reset(receiveDescriptor(ours.get()));
  if (!device.valid()) return "fusermount3 gave no descriptor";
  ::fcntl(device.get(), F_SETFL, O_RDWR | O_NONBLOCK);
  return {};
}

}  // namespace

std::string attach(const Options& options, Descriptor& device) {
  return options.privileged ? attachAsRoot(options, device) : attachByHelper(options, device);
}

std::string detach(const Options& options) {
  if (!options.privileged) {
    if (runHelper({"fusermount3", "-u", "-q", "--", options.mountpoint}, -1) == 0) return {};
    return runHelper({"fusermount3", "-u", "-z", "-q", "--", options.mountpoint}, -1) == 0
               ? std::string()
               : "fusermount3 could not unmount " + options.mountpoint;
  }
  if (::umount2(options.mountpoint.c_str(), UMOUNT_NOFOLLOW) == 0) return {};
  if (errno == EBUSY && ::umount2(options.mountpoint.c_str(), UMOUNT_NOFOLLOW | MNT_DETACH) == 0) return {};
  return errno == EINVAL || errno == ENOENT ? std::string() : describe("cannot unmount " + options.mountpoint);
}

Descriptor cloneDevice(int device) {
  Descriptor clone(::open(kDevice, O_RDWR | O_CLOEXEC | O_NONBLOCK));
  uint32_t source = static_cast<uint32_t>(device);
  if (clone.valid() && ::ioctl(clone.get(), FUSE_DEV_IOC_CLONE, &source) == 0) return clone;
  // Not allowed to open the device (mounted by fusermount3): all threads share the one descriptor.
  return Descriptor(::fcntl(device, F_DUPFD_CLOEXEC, 0));
}

}  // namespace viking
