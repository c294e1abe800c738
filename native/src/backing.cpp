#include "backing.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace viking {

namespace {

int openRetrying(int directory, const char* name, int flags) {
  int fd;
  do {
    fd = ::openat(directory, name, flags | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

/**
 * An owner may write to a file it made read-only while it holds it open (git writes its objects so). When the
 * descriptor of such a file had to be let go, its mode is lifted for the moment it takes to open it again.
 */
int openAgainstMode(int directory, const char* name, int flags) {
  const Descriptor path(openRetrying(directory, name, O_PATH | O_NOFOLLOW));
  struct stat before {};
  if (!path.valid() || ::fstat(path.get(), &before) != 0) return -1;
  if (before.st_uid != ::geteuid() || !S_ISREG(before.st_mode)) {
    errno = EACCES;
    return -1;
  }
  const std::string link = procPath(path.get());
  if (::chmod(link.c_str(), before.st_mode | S_IRUSR | S_IWUSR) != 0) return -1;
  const int fd = openRetrying(AT_FDCWD, link.c_str(), flags & ~O_NOFOLLOW);
  const int error = errno;
  ::chmod(link.c_str(), before.st_mode & 07777);
  errno = error;
  return fd;
}

}  // namespace

std::string procPath(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

int statName(int directory, const std::string& name, struct statx& out) {
  return ::statx(directory, name.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, kStatxMask, &out) == 0 ? 0 : errno;
}

int statDescriptor(int fd, struct statx& out) {
  return ::statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, kStatxMask, &out) == 0 ? 0 : errno;
}

// A quarter of the limit each for files and directories leaves room for the rest of the daemon.
Backing::Backing(InodeTable& table, size_t descriptorLimit)
    : table_(table), files_(descriptorLimit / 4), directories_(descriptorLimit / 4) {}

SharedDescriptor Backing::pinned(Node& node) {
  const std::lock_guard lock(node.mutex);
  return node.pinned;
}

SharedDescriptor Backing::directory(const NodePtr& node, int& error) {
  if (node->kind != NodeKind::directory) {
    error = ENOTDIR;
    return nullptr;
  }
  if (auto found = directories_.find(*node, false)) return found;
  if (auto kept = pinned(*node)) return kept;
  // Readable where permitted, so that fsync and listing can use it too; a search-only directory still opens.
  auto opened = openByName(node, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, error);
  if (!opened && error == EACCES) opened = openByName(node, O_PATH | O_DIRECTORY | O_NOFOLLOW, error);
  if (opened) directories_.put(*node, opened, false);
  return opened;
}

SharedDescriptor Backing::open(const NodePtr& node, Access access, int& error) {
  if (node->kind == NodeKind::directory) return directory(node, error);
  if (auto found = files_.find(*node, access == Access::write)) return found;
  const int flags = access == Access::path ? O_PATH : access == Access::read ? O_RDONLY : O_RDWR;
  if (auto kept = pinned(*node)) {
    if (access == Access::path) return kept;
    auto opened = reopen(kept, flags, error);
    if (opened) files_.put(*node, opened, access == Access::write);
    return opened;
  }
  // O_NONBLOCK: opening a FIFO or a device for its attributes must not wait.
  auto opened = openByName(node, flags | O_NOFOLLOW | (access == Access::path ? 0 : O_NONBLOCK), error);
  if (opened && access != Access::path) files_.put(*node, opened, access == Access::write);
  return opened;
}

SharedDescriptor Backing::openByName(const NodePtr& node, int flags, int& error) {
  error = ESTALE;
  for (const Link& link : table_.links(*node)) {
    const NodePtr parent = table_.get(link.parent);
    if (!parent) continue;
    int parentError = 0;
    const auto directory = this->directory(parent, parentError);
    if (!directory) continue;
    int fd = openRetrying(directory->get(), link.name.c_str(), flags);
    if (fd < 0 && errno == EACCES && (flags & (O_PATH | O_DIRECTORY)) == 0) {
      fd = openAgainstMode(directory->get(), link.name.c_str(), flags);
    }
    if (fd < 0) {
      error = errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? ESTALE : errno;
      continue;
    }
    auto descriptor = share(fd);
    struct stat stat {};
    if (::fstat(fd, &stat) == 0 && stat.st_ino == node->key.inode && stat.st_dev == node->key.device) {
      error = 0;
      return descriptor;
    }
    error = ESTALE;
  }
  return nullptr;
}

SharedDescriptor Backing::reopen(const SharedDescriptor& pinned, int flags, int& error) {
  const int fd = openRetrying(AT_FDCWD, procPath(pinned->get()).c_str(), flags);
  if (fd < 0) {
    error = errno;
    return nullptr;
  }
  error = 0;
  return share(fd);
}

int Backing::stat(const NodePtr& node, struct statx& out) {
  DescriptorCache& cache = node->kind == NodeKind::directory ? directories_ : files_;
  if (auto found = cache.find(*node, false)) return statDescriptor(found->get(), out);
  if (auto kept = pinned(*node)) return statDescriptor(kept->get(), out);
  int error = ESTALE;
  for (const Link& link : table_.links(*node)) {
    const NodePtr parent = table_.get(link.parent);
    if (!parent) continue;
    int parentError = 0;
    const auto directory = this->directory(parent, parentError);
    if (!directory) continue;
    error = statName(directory->get(), link.name, out);
    if (error == 0 && keyOf(out) == node->key) return 0;
    if (error == 0 || error == ENOENT || error == ENOTDIR) error = ESTALE;
  }
  return error;
}

void Backing::adopt(Node& node, SharedDescriptor descriptor, bool writable) {
  files_.put(node, std::move(descriptor), writable);
}

void Backing::pin(const NodePtr& node, int parent, const std::string& name) {
  const std::lock_guard lock(node->mutex);
  if (node->pinned) return;
  const int fd = openRetrying(parent, name.c_str(), O_PATH | O_NOFOLLOW);
  if (fd >= 0) node->pinned = share(fd);
}

void Backing::keep(const NodePtr& node) {
  if (node->kind == NodeKind::directory) return;  // a directory that is gone has nothing left to read
  auto open = files_.find(*node, false);
  const std::lock_guard lock(node->mutex);
  if (open && !node->pinned) node->pinned = std::move(open);
}

void Backing::retire(Node& node) {
  (node.kind == NodeKind::directory ? directories_ : files_).retire(node);
  SharedDescriptor kept;
  {
    const std::lock_guard lock(node.mutex);
    kept = std::move(node.pinned);
    node.listings.clear();
  }
  if (!kept || node.kind == NodeKind::directory) return;
  const std::lock_guard lock(reapMutex_);
  if (unreaped_.size() < kMostReapable) unreaped_.push_back(std::move(kept));
}

void Backing::release() {
  for (const NodePtr& node : table_.all()) retire(*node);
  reap();
}

void Backing::reap() {
  std::vector<SharedDescriptor> closing;  // closed after the lock is released
  const std::lock_guard lock(reapMutex_);
  closing.swap(unreaped_);
}

size_t Backing::reapable() const {
  const std::lock_guard lock(reapMutex_);
  return unreaped_.size();
}

}  // namespace viking
