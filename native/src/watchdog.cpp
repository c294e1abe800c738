#include "watchdog.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <optional>

namespace viking {

namespace {

/** Several beats fit into the shortest silence that is allowed. */
constexpr auto kBeat = std::chrono::milliseconds(200);
constexpr auto kLaunchAgain = std::chrono::seconds(10);

/** Number of the FUSE connection mounted on a path: the minor number of its device. Asks nobody who could wait. */
std::optional<unsigned> connectionOf(const std::string& mountpoint) {
  struct statx stat {};
  const int flags = AT_STATX_DONT_SYNC | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
  if (::statx(AT_FDCWD, mountpoint.c_str(), flags, STATX_TYPE, &stat) != 0) return std::nullopt;
  return stat.stx_dev_minor;
}

pid_t spawn(const WatchdogOptions& options, unsigned connection, int socket) {
  std::string number = std::to_string(connection);
  std::string silence = std::to_string(options.silenceMs);
  std::string program = options.program;
  std::string mountpoint = options.mountpoint;
  char* const argv[] = {program.data(), number.data(), silence.data(), mountpoint.data(), nullptr};
  char* const environment[] = {nullptr};
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  // A session of its own: what stops or ends the daemon's process group must not reach it.
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, program.c_str(), &files, &attributes, argv, environment);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  return error == 0 ? child : 0;
}

}  // namespace

void Watchdog::start(WatchdogOptions options) {
  options_ = std::move(options);
  if (!options_.program.empty() && options_.silenceMs > 0) launch();
}

void Watchdog::launch() {
  lastLaunch_ = std::chrono::steady_clock::now();
  const auto connection = connectionOf(options_.mountpoint);
  int pair[2];
  if (!connection || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return;
  socket_.reset(pair[0]);
  const Descriptor theirs(pair[1]);
  child_ = spawn(options_, *connection, theirs.get());
  if (!running()) socket_.reset();
}

void Watchdog::beat() {
  const auto now = std::chrono::steady_clock::now();
  if (options_.program.empty() || now - lastBeat_ < kBeat) return;
  lastBeat_ = now;
  // A full socket means that it was stopped; it reads what waits when it goes on.
  if (running() && ::send(socket_.get(), "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN) reap();
  if (!running() && now - lastLaunch_ > kLaunchAgain) launch();
}

void Watchdog::reap() {
  socket_.reset();
  const pid_t child = child_.exchange(0);
  if (child <= 0) return;
  // It goes by itself when the socket closes, unless it is stopped. Not reaped yet, so the number is still its own.
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Watchdog::stop() {
  reap();
  options_.program.clear();
}

}  // namespace viking
