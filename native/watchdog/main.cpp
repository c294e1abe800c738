// Ends a FUSE connection whose daemon is stopped or stuck, so that nobody waits in the mount for ever.
//
// Arguments: connection number, how long the daemon may be silent (ms), mountpoint. Standard input is a socket on
// which the daemon says that it lives; its end means that the daemon is gone, and with it the connection. A process of
// its own, because a stopped daemon (SIGSTOP, Ctrl-Z) runs no thread; in a session of its own, so that what stops the
// daemon's process group does not stop this; and without anything of the daemon's, least of all its /dev/fuse.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

/** Does not count the time a suspended machine slept. */
int64_t nowMs() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

class Connection {
 public:
  Connection(const std::string& number, const char* mountpoint)
      : mountpoint_(mountpoint), directory_("/sys/fs/fuse/connections/" + number) {
    // Opened now: the number may belong to another mount once this one has ended.
    abort_ = ::open((directory_ + "/abort").c_str(), O_WRONLY | O_CLOEXEC);
  }

  /** Whether anybody waits for an answer; where fusectl is not mounted nobody can tell, and it is taken as true. */
  bool isWaitedFor() const {
    // The file cannot be read twice; opened by name it may even be another mount's, whom `end` does not touch.
    const int waiting = ::open((directory_ + "/waiting").c_str(), O_RDONLY | O_CLOEXEC);
    if (waiting < 0) return true;
    char text[32] = {};
    const ssize_t size = ::read(waiting, text, sizeof text - 1);
    ::close(waiting);
    return size <= 0 || std::atol(text) > 0;
  }

  void end() const {
    if (abort_ >= 0 && ::write(abort_, "1", 1) == 1) return;
    // A forced unmount ends the connection first and only then looks whether the mount is in use. Needs root.
    ::umount2(mountpoint_, MNT_FORCE | UMOUNT_NOFOLLOW);
  }

 private:
  const char* mountpoint_;
  std::string directory_;
  int abort_ = -1;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("usage: vikingfs-watchdog CONNECTION SILENCE_MS MOUNTPOINT  (started by the daemon)\n", stderr);
    return 2;
  }
  const int64_t silenceMs = std::atoll(arguments[2]);
  if (silenceMs <= 0) return 2;
  ::syscall(SYS_close_range, 3U, ~0U, 0U);
  if (::chdir("/") != 0) return 2;
  ::prctl(PR_SET_NAME, "vikingfs-watch");
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGPIPE}) ::signal(number, SIG_IGN);
  const Connection connection(arguments[1], arguments[3]);
  const int tickMs = static_cast<int>(silenceMs < 2000 ? silenceMs / 4 + 1 : 500);
  int64_t heardMs = nowMs();
  int64_t lookedMs = heardMs;
  for (;;) {
    pollfd daemon{STDIN_FILENO, POLLIN, 0};
    ::poll(&daemon, 1, tickMs);
    const int64_t now = nowMs();
    // Late itself: the whole machine stood still (or this process did), which says nothing of the daemon.
    if (now - lookedMs > tickMs * 4) heardMs = now;
    lookedMs = now;
    if (daemon.revents != 0) {
      char bytes[256];
      const ssize_t size = ::read(STDIN_FILENO, bytes, sizeof bytes);
      if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN)) return 0;
      heardMs = now;
      continue;
    }
    if (now - heardMs <= silenceMs) continue;
    if (connection.isWaitedFor()) {
      connection.end();
      return 0;
    }
  }
}
