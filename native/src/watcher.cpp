#include "watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <cerrno>
#include <chrono>

namespace viking {

namespace {

constexpr uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_ATTRIB |
                             IN_CLOSE_WRITE | IN_ONLYDIR | IN_EXCL_UNLINK;

/** Events of one operation arrive together; waiting this long judges them once. Far below the promised 100 ms. */
constexpr auto kSettle = std::chrono::milliseconds(4);

/**
 * A directory in which operations of our own are under way cannot be compared: the name is gone and still in the table,
 * the stamp is new and not yet noted. It is looked at again, so often at most: 32 ms later it is judged as it is, which
 * may tell the kernel too much, and never too little.
 */
constexpr int kMostTries = 8;

}  // namespace

bool Watcher::start() {
  inotify_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  stopEvent_.reset(::eventfd(0, EFD_CLOEXEC));
  if (!inotify_.valid() || !stopEvent_.valid()) return false;
  thread_ = std::thread([this] { run(); });
  return true;
}

void Watcher::stop() {
  if (!thread_.joinable()) return;
  ::eventfd_write(stopEvent_.get(), 1);
  thread_.join();
}

void Watcher::release() {
  const std::lock_guard lock(mutex_);
  inotify_.reset();
  stopEvent_.reset();
  byWatch_.clear();
}

void Watcher::watch(const NodePtr& directory, int fd) {
  if (directory->watch.load(std::memory_order_acquire) != -1) return;
  const std::lock_guard lock(mutex_);
  if (directory->watch.load() != -1 || !inotify_.valid()) return;
  const int watch = ::inotify_add_watch(inotify_.get(), procPath(fd).c_str(), kEvents);
  if (watch < 0) {
    directory->watch = -2;  // no room: not tried again, and its names are trusted for a second only
    return;
  }
  byWatch_[watch] = directory->id;
  directory->watch.store(watch, std::memory_order_release);
}

void Watcher::unwatch(Node& directory) {
  const std::lock_guard lock(mutex_);
  const int watch = directory.watch.exchange(-2);
  if (watch < 0) return;
  const auto found = byWatch_.find(watch);
  // The kernel hands the same watch to the same inode: another node may own it by now.
  if (found == byWatch_.end() || found->second != directory.id) return;
  byWatch_.erase(found);
  ::inotify_rm_watch(inotify_.get(), watch);
}

size_t Watcher::watches() const {
  const std::lock_guard lock(mutex_);
  return byWatch_.size();
}

void Watcher::run() {
  for (;;) {
    pollfd ready[] = {{inotify_.get(), POLLIN, 0}, {stopEvent_.get(), POLLIN, 0}};
    if (::poll(ready, 2, unsettled_.empty() ? -1 : 0) < 0 && errno != EINTR) return;
    if (ready[1].revents != 0) return;
    if (ready[0].revents == 0 && unsettled_.empty()) continue;
    std::this_thread::sleep_for(kSettle);
    Names names = std::exchange(unsettled_, {});
    collect(names);
    if (std::exchange(overflowed_, false)) {
      overflow();
    } else {
      for (const auto& [what, tries] : names) {
        if (!judge(what.first, what.second, tries + 1 >= kMostTries)) unsettled_.emplace(what, tries + 1);
      }
    }
  }
}

void Watcher::collect(Names& names) {
  alignas(inotify_event) char buffer[64 * 1024];
  for (;;) {
    const ssize_t count = ::read(inotify_.get(), buffer, sizeof buffer);
    if (count <= 0) return;
    const std::lock_guard lock(mutex_);
    for (ssize_t offset = 0; offset < count;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + offset);
      offset += static_cast<ssize_t>(sizeof *event + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) overflowed_ = true;
      if ((event->mask & IN_IGNORED) != 0) {
        byWatch_.erase(event->wd);
        continue;
      }
      const auto found = byWatch_.find(event->wd);
      if (found == byWatch_.end()) continue;
      names.try_emplace({found->second, event->len > 0 ? std::string(event->name) : std::string()}, 0);
    }
  }
}

/**
 * Compares what is on disk with what the kernel was last told, and tells it when they differ. False when operations of our
 * own were under way meanwhile, unless it must be judged now.
 */
bool Watcher::judge(NodeId directoryId, const std::string& name, bool isLastTry) {
  Filesystem& fs = filesystem_;
  const NodePtr directory = fs.table.get(directoryId);
  if (!directory) return true;
  const bool isName = !name.empty() && !fs.isHidden(name) && fs.reservedIndex(name) < 0;
  const uint32_t endedBefore = directory->ownEnded.load();
  const NodePtr child = isName ? fs.table.child(directoryId, name) : nullptr;
  const uint32_t childEndedBefore = child ? child->ownEnded.load() : 0;
  int error = 0;
  const auto fd = fs.backing.directory(directory, error);
  struct statx stat {};
  const Stamp now = fd && statDescriptor(fd->get(), stat) == 0 ? stampOf(stat) : Stamp{};
  const bool exists = isName && fd && statName(fd->get(), name, stat) == 0;
  if (!isLastTry) {
    if (directory->ownBegun.load() != endedBefore) return false;
    if (child && child->ownBegun.load() != childEndedBefore) return false;
  }

  // The directory itself: a stamp other than the one left by our own last operation means somebody else's change.
  bool foreign;
  {
    const std::lock_guard lock(directory->mutex);
    foreign = !(directory->stamp == now);
    directory->stamp = now;
  }
  if (foreign) {
    directory->changes.fetch_add(1);
    fs.notifier.inode(directoryId);
    fs.kept.changed(directoryId);
  }
  if (name.empty() || !fd || fs.isHidden(name)) return true;

  if (!isName) {
    // A pinned layer came or went: JavaScript answers for it, and listings change.
    if (foreign) {
      fs.notifier.entry(directoryId, name);
      directory->listedState = Node::unknown;
    }
    fs.kept.changed(directoryId);  // never written natively, so whoever it was, its text is another
    return true;
  }
  if (!child) {
    // No node: the kernel can only hold that the name does not exist, or a listing.
    // An own operation that finished meanwhile may have hidden another's change of the directory: tell both again.
    if (exists) {
      fs.counters.externalChanges += 1;
      directory->changes.fetch_add(1);
      fs.notifier.entry(directoryId, name);
      if (!foreign) fs.notifier.inode(directoryId);
      fs.kept.changed(directoryId);
    }
    return true;
  }
  if (child->isVirtual()) return true;
  if (!exists || !(keyOf(stat) == child->key)) {
    fs.counters.externalChanges += 1;
    directory->changes.fetch_add(1);
    fs.backing.keep(child);
    fs.table.unlink(directoryId, name);
    fs.notifier.entry(directoryId, name);
    fs.notifier.attributes(child->id);  // its link count changed; its text did not
    fs.kept.changed(directoryId);
    return true;
  }
  const Stamp content = stampOf(stat);
  bool changed;
  {
    const std::lock_guard lock(child->mutex);
    changed = !(child->stamp == content);
    child->stamp = content;
  }
  if (!changed || child->kind == NodeKind::directory) return true;
  if (child->backingId > 0) {
    fs.changes.written(child);  // written by a caller of ours, past us
    return true;
  }
  fs.counters.externalChanges += 1;
  directory->changes.fetch_add(1);
  fs.notifier.inode(child->id);
  fs.kept.changed(directoryId);
  return true;
}

/** Events were lost: nothing the kernel holds of content can be trusted. */
void Watcher::overflow() {
  Filesystem& fs = filesystem_;
  fs.counters.watchOverflows += 1;
  fs.kept.clear();
  const bool told = fs.notifier.everything();
  for (const NodePtr& node : fs.table.all()) {
    if (node->isVirtual()) continue;
    node->changes.fetch_add(1);
    fs.notifier.inode(node->id);
    if (told) continue;
    for (const Link& link : fs.table.links(*node)) fs.notifier.entry(link.parent, link.name);
  }
}

}  // namespace viking
