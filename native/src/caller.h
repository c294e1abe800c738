// Creating on behalf of the caller: its umask, and its ownership when root serves others.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "protocol.h"

namespace viking {

/**
 * Applies the caller's umask on this thread, so that the backing filesystem can weigh it against a default ACL. The
 * mask is the thread's own after unshare(CLONE_FS); where that is forbidden (some containers) the process's mask is
 * left alone and the mode is masked here.
 */
class CallerMask {
 public:
  static mode_t apply(mode_t mode, mode_t mask) {
    static thread_local const bool isOwn = ::unshare(CLONE_FS) == 0;
    static thread_local mode_t current = static_cast<mode_t>(-1);
    if (!isOwn) return mode & ~mask;
    if (current != mask) {
      ::umask(mask);
      current = mask;
    }
    return mode;
  }
};

/** The mode bits that chown(2) takes away from executables. */
constexpr mode_t kSetIdBits = S_ISUID | S_ISGID;

/**
 * Gives a new entry to its caller. The group of a set-group-ID directory is inherited and stays.
 * Zero or an errno; nothing to do unless root serves somebody else.
 */
inline int giveToCaller(const fuse_in_header& caller, int directory, const std::string& name, mode_t mode) {
  static const bool isRoot = ::geteuid() == 0;
  if (!isRoot || (caller.uid == 0 && caller.gid == 0)) return 0;
  struct stat parent {};
  if (::fstat(directory, &parent) != 0) return errno;
  // What was really made, umask and default ACL taken off: chown(2) takes set-id bits away, and these are put back.
  struct stat made {};
  const bool isSetId = (mode & kSetIdBits) != 0 && !S_ISLNK(mode);
  if (isSetId && ::fstatat(directory, name.c_str(), &made, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  const gid_t group = (parent.st_mode & S_ISGID) != 0 ? static_cast<gid_t>(-1) : caller.gid;
  if (::fchownat(directory, name.c_str(), caller.uid, group, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  if (isSetId && ::fchmodat(directory, name.c_str(), made.st_mode & 07777, 0) != 0) return errno;
  return 0;
}

/**
 * Takes the set-id bits away, as a write or truncation by a caller without CAP_FSETID must. The kernel asks for it
 * (FUSE_HANDLE_KILLPRIV_V2) because root's own call on the backing file would keep them.
 */
inline void killSetIdBits(int fd) {
  struct stat stat {};
  if (::fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) return;
  mode_t mode = stat.st_mode & 07777 & ~S_ISUID;
  // Without group execution the bit means mandatory locking, not set-group-ID.
  if ((stat.st_mode & S_IXGRP) != 0) mode &= ~S_ISGID;
  if (mode != (stat.st_mode & 07777)) ::fchmod(fd, mode);
}

}  // namespace viking
