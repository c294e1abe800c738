#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>

#include "caller.h"
#include "content.h"

namespace viking {

namespace {

/** How long a program that looks files up one by one is taken to go on doing so. */
constexpr auto kAttributesWanted = std::chrono::seconds(2);

int openNew(int directory, const std::string& name, int flags, mode_t mode, bool& wasCreated) {
  const int base = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  // Whether it was made decides who owns it, so both steps are needed, and a name may go between them.
  for (int attempt = 0; attempt < 100; ++attempt) {
    int fd = ::openat(directory, name.c_str(), base | O_CREAT | O_EXCL, mode);
    wasCreated = fd >= 0;
    if (fd >= 0 || errno != EEXIST || (flags & O_EXCL) != 0) return fd;
    fd = ::openat(directory, name.c_str(), base | (flags & O_TRUNC));
    if (fd >= 0 || errno != ENOENT) return fd;
  }
  return -1;
}

}  // namespace

SharedDescriptor Content::writableDirectory(const Request& request, const NodePtr& parent) {
  int error = 0;
  auto directory = fs_.backing.directory(parent, error);
  if (!directory) {
    Reply(request).error(error);
    return nullptr;
  }
  if (fs_.watcher != nullptr) fs_.watcher->watch(parent, directory->get());
  return directory;
}

NodePtr Content::intern(const NodePtr& parent, const std::string& name, const struct statx& stat) {
  const Stamp stamp = stampOf(stat);
  const auto [node, isNew] = fs_.table.intern(keyOf(stat), kindOf(stat), parent->id, name,
                                              [&](Node& created) { created.stamp = stamp; });
  if (!isNew) observe(node, stat);
  return node;
}

void Content::answerEntry(const Request& request, const NodePtr& parent, const std::string& name,
                          const NodePtr& node, const struct statx& stat, uint32_t changesBefore) {
  const Validity validity = fs_.contentValidity(*parent);
  const auto entry = entryOf(node->id, attrOf(stat, fs_.device), validity, validity);
  if (!Reply(request).value(entry)) fs_.forget(node->id, 1);
  // The directory changed behind us after it was read: what was just answered may be of the past.
  if (parent->changes.load() != changesBefore) fs_.notifier.entry(parent->id, name);
}

void Content::lookup(const Request& request, const NodePtr& parent, const std::string& name) {
  const auto directory = writableDirectory(request, parent);
  if (!directory) return;
  const uint32_t changesBefore = parent->changes.load();
  struct statx stat {};
  const int error = statName(directory->get(), name, stat);
  if (error == ENOENT) {
    // Node 0 with a validity: the kernel remembers that the name does not exist.
    const auto absent = entryOf(0, {}, fs_.contentValidity(*parent), kNone);
    Reply(request).value(absent);
    if (parent->changes.load() != changesBefore) fs_.notifier.entry(parent->id, name);
    return;
  }
  if (error != 0) {
    Reply(request).error(error);
    return;
  }
  // Looked up one by one after a listing without attributes: the next listings shall bring them.
  if (!S_ISDIR(stat.stx_mode) && parent->listedBare.load(std::memory_order_relaxed)) {
    const auto until = std::chrono::steady_clock::now() + kAttributesWanted;
    fs_.attributesUntilNs.store(until.time_since_epoch().count(), std::memory_order_relaxed);
  }
  answerEntry(request, parent, name, intern(parent, name, stat), stat, changesBefore);
}

void Content::answerNew(const Request& request, const NodePtr& parent, const std::string& name, int directory) {
  struct statx stat {};
  const int error = statName(directory, name, stat);
  if (error != 0) {
    Reply(request).error(error);
    return;
  }
  settle(*parent, directory);
  const NodePtr node = intern(parent, name, stat);
  fs_.changes.created(parent->id, name);
  answerEntry(request, parent, name, node, stat, parent->changes.load());
}

void Content::create(const Request& request, const NodePtr& parent, const std::string& name) {
  const auto in = request.as<fuse_create_in>();
  const auto directory = writableDirectory(request, parent);
  if (!directory) return;
  const mode_t mode = CallerMask::apply(in.mode & 07777, in.umask);
  const OwnOperation own(*parent);
  bool wasCreated = false;
  const int fd = openNew(directory->get(), name, static_cast<int>(in.flags), mode, wasCreated);
  if (fd < 0) {
    Reply(request).error(errno);
    return;
  }
  auto descriptor = share(fd);
  struct statx stat {};
  int error = wasCreated ? giveToCaller(request.header(), directory->get(), name, in.mode) : 0;
  if (error == 0) error = statDescriptor(fd, stat);
  if (error != 0) {
    if (wasCreated) ::unlinkat(directory->get(), name.c_str(), 0);
    Reply(request).error(error);
    return;
  }
  settle(*parent, directory->get());
  const NodePtr node = intern(parent, name, stat);
  fs_.backing.adopt(*node, descriptor, true);
  if (wasCreated) node->isBare = true;
  if (wasCreated) fs_.changes.created(parent->id, name);
  const Validity validity = fs_.contentValidity(*parent);
  const auto entry = entryOf(node->id, attrOf(stat, fs_.device), validity, validity);
  OpenOut open{};
  open.open_flags = FOPEN_KEEP_CACHE | kOpenNoFlush;
  // Before the first cached write to an inode the kernel asks for security.capability; a direct write carries that
  // question in a flag. One message less for each file that is made, against one more when it is first read: a file
  // made for writing only is rarely read at once. Coherent with cached readers since 7.39 (FUSE_DIRECT_IO_ALLOW_MMAP).
  if (wasCreated && fs_.writesDirectly && (in.flags & O_ACCMODE) == O_WRONLY) open.open_flags |= FOPEN_DIRECT_IO;
  opened(node);
  if (!Reply(request).bytes(&entry, sizeof entry, &open, sizeof open)) {
    closed(request.device(), node);
    fs_.forget(node->id, 1);
  }
}

void Content::tmpfile(const Request& request, const NodePtr& parent) {
  const auto in = request.as<fuse_create_in>();
  const auto directory = writableDirectory(request, parent);
  if (!directory) return;
  const mode_t mode = CallerMask::apply(in.mode & 07777, in.umask);
  const int fd = ::openat(directory->get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
  struct statx stat {};
  int error = fd < 0 ? errno : 0;
  // ENOSYS would switch O_TMPFILE off for the whole mount; the backing may differ between grafts.
  if (error == EISDIR || error == ENOENT) error = EOPNOTSUPP;
  auto descriptor = share(fd);
  const auto& caller = request.header();
  if (error == 0 && ::geteuid() == 0 && (caller.uid != 0 || caller.gid != 0)) {
    error = ::fchown(fd, caller.uid, caller.gid) == 0 ? 0 : errno;
  }
  if (error == 0) error = statDescriptor(fd, stat);
  if (error != 0) {
    Reply(request).error(error);
    return;
  }
  const Stamp stamp = stampOf(stat);
  const auto node = fs_.table.intern(keyOf(stat), kindOf(stat), parent->id, {}, [&](Node& created) {
    created.stamp = stamp;
    created.pinned = descriptor;
  }).node;
  const auto entry = entryOf(node->id, attrOf(stat, fs_.device), kLong, kLong);
  OpenOut open{};
  open.open_flags = FOPEN_KEEP_CACHE | kOpenNoFlush;
  opened(node);
  if (!Reply(request).bytes(&entry, sizeof entry, &open, sizeof open)) {
    closed(request.device(), node);
    fs_.forget(node->id, 1);
  }
}

void Content::mkdir(const Request& request, const NodePtr& parent, const std::string& name) {
  const auto in = request.as<fuse_mkdir_in>();
  const auto directory = writableDirectory(request, parent);
  if (!directory) return;
  const mode_t mode = CallerMask::apply(in.mode & 07777, in.umask);
  const OwnOperation own(*parent);
  int error = ::mkdirat(directory->get(), name.c_str(), mode) == 0 ? 0 : errno;
  // mkdir(2) honours the sticky bit only; the caller's kernel has checked what is left of the mode.
  if (error == 0) error = giveToCaller(request.header(), directory->get(), name, 0);
  if (error != 0) {
    Reply(request).error(error);
    return;
  }
  answerNew(request, parent, name, directory->get());
}

void Content::mknod(const Request& request, const NodePtr& parent, const std::string& name) {
  const auto in = request.as<fuse_mknod_in>();
  const auto directory = writableDirectory(request, parent);
  if (!directory) return;
  const mode_t mode = (in.mode & S_IFMT) | CallerMask::apply(in.mode & 07777, in.umask);
  const OwnOperation own(*parent);
  int error = ::mknodat(directory->get(), name.c_str(), mode, in.rdev) == 0 ? 0 : errno;
  if (error == 0) error = giveToCaller(request.header(), directory->get(), name, mode);
  if (error != 0) {
    Reply(request).error(error);
    return;
  }
  answerNew(request, parent, name, directory->get());
}

void Content::symlink(const Request& request, const NodePtr& parent, const std::string& name,
                      const std::string& target) {
  const auto directory = writableDirectory(request, parent);
  if (!directory) return;
  const OwnOperation own(*parent);
  int error = ::symlinkat(target.c_str(), directory->get(), name.c_str()) == 0 ? 0 : errno;
  if (error == 0) error = giveToCaller(request.header(), directory->get(), name, S_IFLNK);
  if (error != 0) {
    Reply(request).error(error);
    return;
  }
  answerNew(request, parent, name, directory->get());
}

void Content::link(const Request& request, const NodePtr& parent, const std::string& name, const NodePtr& existing) {
  const auto directory = writableDirectory(request, parent);
  if (!directory) return;
  int error = 0;
  const auto source = fs_.backing.open(existing, Access::path, error);
  if (!source) {
    Reply(request).error(error);
    return;
  }
  const OwnOperation own(*parent);
  observeFirst(existing, source->get());
  // AT_EMPTY_PATH would need CAP_DAC_READ_SEARCH; following the descriptor's own link does not.
  if (::linkat(AT_FDCWD, procPath(source->get()).c_str(), directory->get(), name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    Reply(request).error(errno);
    return;
  }
  settle(*existing, source->get());
  answerNew(request, parent, name, directory->get());
}

void Content::unlink(const Request& request, const NodePtr& parent, const std::string& name, bool isDirectory) {
  const auto directory = writableDirectory(request, parent);
  if (!directory) return;
  const OwnOperation own(*parent);
  const NodePtr node = fs_.table.child(parent->id, name);
  if (node && fs_.table.links(*node).size() <= 1) {
    fs_.backing.pin(node, directory->get(), name);
  } else if (node && !isDirectory) {
    observeName(node, directory->get(), name);
  }
  if (::unlinkat(directory->get(), name.c_str(), isDirectory ? AT_REMOVEDIR : 0) != 0) {
    Reply(request).error(errno);
    return;
  }
  fs_.changes.removed(parent->id, name);
  fs_.table.unlink(parent->id, name);
  settle(*parent, directory->get());
  // What other names it has left show its new ctime and link count.
  if (node && !isDirectory && fs_.table.hasLinks(*node)) {
    int error = 0;
    if (const auto rest = fs_.backing.open(node, Access::path, error)) settle(*node, rest->get());
  }
  Reply(request).ok();
}

void Content::rename(const Request& request, const NodePtr& from, const std::string& name, const NodePtr& to,
                     const std::string& newName, unsigned flags) {
  const auto source = writableDirectory(request, from);
  if (!source) return;
  const auto target = writableDirectory(request, to);
  if (!target) return;
  const OwnOperation own(*from);
  const OwnOperation ownTarget(*to);
  const bool exchange = (flags & RENAME_EXCHANGE) != 0;
  const NodePtr moved = fs_.table.child(from->id, name);
  const NodePtr replaced = fs_.table.child(to->id, newName);
  const bool loses = replaced && replaced != moved && !exchange;
  if (loses && fs_.table.links(*replaced).size() <= 1) fs_.backing.pin(replaced, target->get(), newName);
  if (moved) observeName(moved, source->get(), name);
  if (exchange && replaced) observeName(replaced, target->get(), newName);
  if (::syscall(SYS_renameat2, source->get(), name.c_str(), target->get(), newName.c_str(), flags) != 0) {
    Reply(request).error(errno);
    return;
  }
  // Two names of one inode: rename(2) succeeds and does nothing.
  struct statx left {};
  const bool wasNoOp = !exchange && moved && moved == replaced && statName(source->get(), name, left) == 0;
  if (!wasNoOp) {
    if (fs_.changes.enabled()) {
      auto before = fs_.table.path(from->id, name);
      auto after = fs_.table.path(to->id, newName);
      if (before && after) fs_.changes.renamed(*before, *after);
    }
    fs_.table.rename(from->id, name, to->id, newName, exchange);
  }
  settle(*from, source->get());
  settle(*to, target->get());
  // What lies below a directory that moved is described by its path.
  if (!moved || moved->isDirectory() || (exchange && replaced && replaced->isDirectory())) {
    fs_.kept.clear();
  } else {
    fs_.kept.changed(from->id);
    fs_.kept.changed(to->id);
  }
  if (moved) settleName(*moved, target->get(), newName);
  if (exchange && replaced) settleName(*replaced, source->get(), name);
  Reply(request).ok();
}

void Content::observeName(const NodePtr& node, int directory, const std::string& name) {
  struct statx stat {};
  if (statName(directory, name, stat) == 0 && stat.stx_ino == node->key.inode) observe(node, stat);
}

/** A rename changes the ctime of what it moves. */
void Content::settleName(Node& moved, int directory, const std::string& name) {
  struct statx stat {};
  if (statName(directory, name, stat) != 0 || stat.stx_ino != moved.key.inode) return;
  const std::lock_guard lock(moved.mutex);
  moved.stamp = stampOf(stat);
}

void Content::readlink(const Request& request, const NodePtr& node) {
  int error = 0;
  const auto descriptor = fs_.backing.open(node, Access::path, error);
  char target[PATH_MAX];
  const ssize_t length = descriptor ? ::readlinkat(descriptor->get(), "", target, sizeof target) : -1;
  if (length < 0) {
    Reply(request).error(descriptor ? errno : error);
    return;
  }
  Reply(request).bytes(target, static_cast<size_t>(length));
}

}  // namespace viking
