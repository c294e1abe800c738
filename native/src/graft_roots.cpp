#include "graft_roots.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <cerrno>

namespace viking {

namespace {

constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

/** Names of a path, without empty ones. */
std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> names;
  for (size_t at = 0; at < path.size();) {
    const size_t slash = std::min(path.find('/', at), path.size());
    if (slash > at) names.push_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  return names;
}

std::string join(const std::vector<std::string>& names, size_t from, size_t to, const char* start) {
  std::string path = start;
  for (size_t i = from; i < to; ++i) path += (path.empty() || path.back() == '/' ? "" : "/") + names[i];
  return path;
}

int openOneByOne(int root, const std::string& relative) {
  int at = ::fcntl(root, F_DUPFD_CLOEXEC, 0);
  for (const std::string& name : split(relative)) {
    const Descriptor parent(at);
    if (!parent.valid()) return -1;
    if (name == "..") {
      errno = EXDEV;
      return -1;
    }
    at = ::openat(parent.get(), name.c_str(), kFlags | O_NOFOLLOW);
  }
  return at;
}

}  // namespace

SharedDescriptor openBeneath(int root, const std::string& relative, int& error) {
  // More than one name in one call, so the kernel has to be told not to follow links between them. Everywhere else a
  // single name is opened relative to its directory's descriptor, where O_NOFOLLOW says the same and costs less.
  open_how how{};
  how.flags = kFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  int fd;
  do {
    fd = static_cast<int>(::syscall(SYS_openat2, root, relative.empty() ? "." : relative.c_str(), &how, sizeof how));
  } while (fd < 0 && (errno == EINTR || errno == EAGAIN));
  // Before Linux 5.6, and in sandboxes whose filter does not know the call.
  if (fd < 0 && (errno == ENOSYS || errno == EPERM)) fd = openOneByOne(root, relative);
  error = fd < 0 ? errno : 0;
  return fd < 0 ? nullptr : share(fd);
}

int GraftRoots::hold(const std::vector<std::string>& backings) {
  relative_.clear();
  if (backings.empty()) return 0;
  std::vector<std::vector<std::string>> paths;
  for (const std::string& backing : backings) paths.push_back(split(backing));
  // The parent of a single graft; of several, what they have in common.
  size_t common = paths[0].empty() ? 0 : paths[0].size() - 1;
  for (const auto& names : paths) {
    size_t same = 0;
    while (same < common && same + 1 < names.size() && names[same] == paths[0][same]) ++same;
    common = std::min(common, same);
  }
  // The way to it is the owner's configuration: links in it are meant.
  root_.reset(::open(join(paths[0], 0, common, "/").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root_.valid()) return errno;
  for (const auto& names : paths) relative_.push_back(join(names, common, names.size(), ""));
  return 0;
}

SharedDescriptor GraftRoots::open(size_t graft, int& error) const {
  if (!root_.valid() || graft >= relative_.size()) {
    error = ESTALE;
    return nullptr;
  }
  return openBeneath(root_.get(), relative_[graft], error);
}

}  // namespace viking
