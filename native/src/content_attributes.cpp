#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "caller.h"
#include "content.h"

namespace viking {

namespace {

timespec timeOf(const fuse_setattr_in& in, uint32_t isSet, uint32_t isNow, uint64_t seconds, uint32_t nanoseconds) {
  if ((in.valid & isNow) != 0) return {0, UTIME_NOW};
  if ((in.valid & isSet) != 0) return {static_cast<time_t>(seconds), static_cast<long>(nanoseconds)};
  return {0, UTIME_OMIT};
}

/** The kernel does not say who asks for nothing, and lets everybody. */
bool mayChown(const fuse_in_header& caller, int fd) {
  struct stat stat {};
  return caller.uid == 0 || (::fstat(fd, &stat) == 0 && stat.st_uid == caller.uid);
}

}  // namespace

Validity Content::validityOf(const Node& node) const {
  // A directory answers for itself; a file's attributes are watched through a directory that holds it.
  if (node.kind == NodeKind::directory) return fs_.contentValidity(node);
  const auto link = fs_.table.firstLink(node);
  if (!link) return kLong;  // no name: nobody can change it behind the mount
  const NodePtr parent = fs_.table.get(link->parent);
  return parent ? fs_.contentValidity(*parent) : kShort;
}

bool Content::isForeign(Node& node, const struct statx& stat) {
  const Stamp now = stampOf(stat);
  const std::lock_guard lock(node.mutex);
  if (node.stamp == now) return false;
  node.stamp = now;
  return true;
}

void Content::observe(const NodePtr& node, const struct statx& stat) {
  if (!isForeign(*node, stat)) return;
  if (node->kind == NodeKind::directory) node->changes.fetch_add(1);
  fs_.notifier.inode(node->id);
}

void Content::observeFirst(const NodePtr& node, int fd) {
  struct statx stat {};
  if (statDescriptor(fd, stat) == 0) observe(node, stat);
}

void Content::settle(Node& node, int fd) {
  struct stat stat {};
  if (::fstat(fd, &stat) != 0) return;
  const std::lock_guard lock(node.mutex);
  node.stamp = {stat.st_mtim.tv_sec * 1'000'000'000LL + stat.st_mtim.tv_nsec,
                stat.st_ctim.tv_sec * 1'000'000'000LL + stat.st_ctim.tv_nsec, static_cast<uint64_t>(stat.st_size)};
}

/** access(2) of a mount that only root uses: everything but running what nobody may run. */
void Content::access(const Request& request, const NodePtr& node) {
  const auto in = request.as<fuse_access_in>();
  struct statx stat {};
  const int error = fs_.backing.stat(node, stat);
  const bool runs = (in.mask & X_OK) != 0 && S_ISREG(stat.stx_mode) && (stat.stx_mode & 0111) == 0;
  Reply(request).status(error != 0 ? error : runs ? EACCES : 0);
}

void Content::getattr(const Request& request, const NodePtr& node) {
  struct statx stat {};
  const int error = fs_.backing.stat(node, stat);
  if (error != 0) {
    Reply(request).error(error);
    return;
  }
  Reply(request).value(attrOutOf(attrOf(stat, fs_.device), validityOf(*node)));
  observe(node, stat);
}

void Content::statx(const Request& request, const NodePtr& node) {
  struct statx stat {};
  const int error = fs_.backing.stat(node, stat);
  if (error != 0) {
    Reply(request).error(error);
    return;
  }
  Reply(request).value(statxOutOf(stat, fs_.device, validityOf(*node)));
  observe(node, stat);
}

void Content::setattr(const Request& request, const NodePtr& node) {
  const auto in = request.as<fuse_setattr_in>();
  const OwnOperation own(*node);
  const bool resizes = (in.valid & FATTR_SIZE) != 0;
  int error = 0;
  const auto file = fs_.backing.open(node, resizes ? Access::write : Access::path, error);
  if (!file) {
    Reply(request).error(error);
    return;
  }
  const int fd = file->get();
  observeFirst(node, fd);
  const std::string self = procPath(fd);
  if ((in.valid & (FATTR_UID | FATTR_GID)) != 0) {
    const uid_t uid = (in.valid & FATTR_UID) != 0 ? in.uid : static_cast<uid_t>(-1);
    const gid_t gid = (in.valid & FATTR_GID) != 0 ? in.gid : static_cast<gid_t>(-1);
    if (::fchownat(fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) error = errno;
  }
  if (error == 0 && resizes) {
    if (::ftruncate(fd, static_cast<off_t>(in.size)) != 0) error = errno;
    else if ((in.valid & FATTR_KILL_SUIDGID) != 0) killSetIdBits(fd);
  }
  if (error == 0 && (in.valid & FATTR_MODE) != 0 && ::chmod(self.c_str(), in.mode & 07777) != 0) error = errno;
  constexpr uint32_t times = FATTR_ATIME | FATTR_MTIME | FATTR_ATIME_NOW | FATTR_MTIME_NOW;
  // Nothing asked for: chown(2) to -1 and -1, which takes set-id bits and moves ctime as the owner's or root's may.
  if ((in.valid & (times | FATTR_UID | FATTR_GID | FATTR_SIZE | FATTR_MODE)) == 0 && mayChown(request.header(), fd)) {
    if (::fchownat(fd, "", static_cast<uid_t>(-1), static_cast<gid_t>(-1), AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) error = errno;
  }
  if (error == 0 && (in.valid & times) != 0) {
    const timespec set[2] = {timeOf(in, FATTR_ATIME, FATTR_ATIME_NOW, in.atime, in.atimensec),
                             timeOf(in, FATTR_MTIME, FATTR_MTIME_NOW, in.mtime, in.mtimensec)};
    if (::utimensat(fd, "", set, AT_EMPTY_PATH) != 0) error = errno;
  }
  struct statx stat {};
  if (error == 0) error = statDescriptor(fd, stat);
  if (error != 0) {
    Reply(request).error(error);
    return;
  }
  {
    const std::lock_guard lock(node->mutex);
    node->stamp = stampOf(stat);
  }
  fs_.changes.written(node);
  Reply(request).value(attrOutOf(attrOf(stat, fs_.device), validityOf(*node)));
}

namespace {

void answerStatfs(const Request& request, int error, const struct statvfs& stat) {
  if (error != 0) {
    Reply(request).error(error);
    return;
  }
  fuse_statfs_out out{};
  out.st.blocks = stat.f_blocks;
  out.st.bfree = stat.f_bfree;
  out.st.bavail = stat.f_bavail;
  out.st.files = stat.f_files;
  out.st.ffree = stat.f_ffree;
  out.st.bsize = static_cast<uint32_t>(stat.f_bsize);
  out.st.frsize = static_cast<uint32_t>(stat.f_frsize);
  out.st.namelen = static_cast<uint32_t>(stat.f_namemax);
  Reply(request).value(out);
}

}  // namespace

void Content::statfs(const Request& request, const NodePtr& node) {
  int error = 0;
  const auto descriptor = fs_.backing.open(node, Access::path, error);
  if (!descriptor) {
    Reply(request).error(error);
    return;
  }
  struct statvfs stat {};
  answerStatfs(request, ::fstatvfs(descriptor->get(), &stat) == 0 ? 0 : errno, stat);
}

void Content::statfsOfTree(const Request& request) {
  int error = 0;
  const auto root = fs_.roots.open(0, error);
  struct statvfs stat {};
  if (root && ::fstatvfs(root->get(), &stat) != 0) error = errno;
  answerStatfs(request, error, stat);
}

namespace {

/** Answers a question for a value: its size when the caller gave no room, the value, or ERANGE. */
void answerValue(const Request& request, uint32_t room, const std::vector<char>& value) {
  if (room == 0) {
    fuse_getxattr_out out{};
    out.size = static_cast<uint32_t>(value.size());
    Reply(request).value(out);
  } else if (value.size() > room) {
    Reply(request).error(ERANGE);
  } else {
    Reply(request).bytes(value.data(), value.size());
  }
}

}  // namespace

void Content::getxattr(const Request& request, const NodePtr& node, Scratch& scratch) {
  auto in = request.as<fuse_getxattr_in>();
  in.size = std::min<uint32_t>(in.size, XATTR_SIZE_MAX);
  const std::string name(request.text(sizeof in));
  if (node->isBare && name == "security.capability") {
    Reply(request).error(ENODATA);
    return;
  }
  // Without FUSE_POSIX_ACL the kernel caches no lists, and `ls -l` would ask for each; said once, it stops asking.
  if (fs_.isSole() && name.starts_with("system.posix_acl_")) {
    Reply(request).error(EOPNOTSUPP);
    return;
  }
  int error = 0;
  const auto file = fs_.backing.open(node, Access::path, error);
  if (!file) {
    Reply(request).error(error);
    return;
  }
  if (scratch.bytes.size() < in.size) scratch.bytes.resize(in.size);
  const ssize_t size = ::getxattr(procPath(file->get()).c_str(), name.c_str(), scratch.bytes.data(), in.size);
  if (size < 0) {
    // `ls -l` asks every file for its label, unless the first answer says that there are none at all.
    const bool unlabelled = errno == ENODATA && name == "security.selinux";
    Reply(request).error(unlabelled ? EOPNOTSUPP : errno);
  } else if (in.size == 0) {
    fuse_getxattr_out out{};
    out.size = static_cast<uint32_t>(size);
    Reply(request).value(out);
  } else {
    Reply(request).bytes(scratch.bytes.data(), static_cast<size_t>(size));
  }
}

void Content::setxattr(const Request& request, const NodePtr& node) {
  const auto in = request.as<fuse_setxattr_in>();
  const std::string name(request.text(sizeof in));
  const auto value = request.data(sizeof in + name.size() + 1, in.size);
  if (fs_.isSole() && name.starts_with("system.posix_acl_")) {
    Reply(request).error(EOPNOTSUPP);
    return;
  }
  node->isBare = false;
  const OwnOperation own(*node);
  int error = 0;
  const auto file = fs_.backing.open(node, Access::path, error);
  if (file) {
    observeFirst(node, file->get());
    const int flags = static_cast<int>(in.flags);
    error = ::setxattr(procPath(file->get()).c_str(), name.c_str(), value.data(), value.size(), flags) == 0 ? 0 : errno;
    settle(*node, file->get());
    fs_.changes.written(node);
  }
  Reply(request).status(error);
}

void Content::listxattr(const Request& request, const NodePtr& node, Scratch& scratch) {
  const auto in = request.as<fuse_getxattr_in>();
  int error = 0;
  const auto file = fs_.backing.open(node, Access::path, error);
  ssize_t size = -1;
  if (file) {
    const std::string self = procPath(file->get());
    scratch.bytes.resize(std::max<size_t>(scratch.bytes.size(), XATTR_LIST_MAX));
    size = ::listxattr(self.c_str(), scratch.bytes.data(), XATTR_LIST_MAX);
    if (size < 0) error = errno;
  }
  if (error == EOPNOTSUPP) {
    error = 0;
    size = 0;
  }
  if (error != 0) {
    Reply(request).error(error);
    return;
  }
  std::vector<char> names(scratch.bytes.begin(), scratch.bytes.begin() + size);
  for (const std::string& name : fs_.options.listedXattrs) {
    names.insert(names.end(), name.c_str(), name.c_str() + name.size() + 1);
  }
  answerValue(request, in.size, names);
}

void Content::removexattr(const Request& request, const NodePtr& node) {
  const std::string name(request.text(0));
  const OwnOperation own(*node);
  int error = 0;
  const auto file = fs_.backing.open(node, Access::path, error);
  if (file) {
    observeFirst(node, file->get());
    error = ::removexattr(procPath(file->get()).c_str(), name.c_str()) == 0 ? 0 : errno;
    settle(*node, file->get());
    fs_.changes.written(node);
  }
  Reply(request).status(error);
}

}  // namespace viking
