#include "kept_files.h"

#include <algorithm>

#include "names.h"

namespace viking {

namespace {

int64_t steadyNs() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

std::string pathIn(const std::string& directory, std::string_view name) {
  std::string path = directory == "/" ? std::string() : directory;
  path += '/';
  path += name;
  return path;
}

}  // namespace

bool sameText(const fuse_attr& a, const fuse_attr& b) {
  return a.size == b.size && a.mtime == b.mtime && a.mtimensec == b.mtimensec;
}

size_t KeptFiles::slotOf(std::string_view directory) {
  return std::hash<std::string_view>{}(directory) % std::tuple_size_v<decltype(changedAtNs_)>;
}

KeptFiles::Ticket KeptFiles::ticket(const std::string& path) const {
  const size_t slot = slotOf(parentPath(path));
  const int64_t changedAt = changedAtNs_[slot].load();
  return {slot, changedAt, steadyNs() - changedAt > std::chrono::nanoseconds(kSettled).count()};
}

std::optional<fuse_attr> KeptFiles::attr(const std::string& path, const Stamp& directory) {
  if (held_.load(std::memory_order_relaxed) == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  if (found == files_.end()) return std::nullopt;
  if (found->second.directory == directory) return found->second.attr;
  eraseLocked(path);  // another directory of this name, or one that changed while nobody looked
  return std::nullopt;
}

std::optional<std::string> KeptFiles::bytes(const std::string& path, const fuse_attr& attr) const {
  if (held_.load(std::memory_order_relaxed) == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  if (found == files_.end() || !sameText(found->second.attr, attr)) return std::nullopt;
  return found->second.bytes;
}

bool KeptFiles::keep(const Ticket& ticket, const std::string& path, const Stamp& directory, Node& node,
                     const fuse_attr& attr) {
  const std::lock_guard lock(mutex_);
  // Said before the question whether something changed, as a change is noted before it asks whether anything is kept:
  // one of the two hears of the other.
  keeps_.fetch_add(1);
  held_.fetch_add(1);
  if (!ticket.settled || !isUnchanged(ticket)) {
    held_ = files_.size() + marked_.size();
    return false;
  }
  File& file = files_[path];
  if (file.attr.mode == 0) {
    order_.push_back(path);
    totalBytes_ += kEntryBytes;
  }
  if (file.bytes && !sameText(file.attr, attr)) {
    totalBytes_ -= file.bytes->size();
    file.bytes.reset();
  }
  file.directory = directory;
  file.attr = attr;
  node.stays = true;
  marked_.insert(node.id);
  makeRoomLocked();
  held_ = files_.size() + marked_.size();
  return true;
}

void KeptFiles::mark(Node& node) {
  const std::lock_guard lock(mutex_);
  keeps_.fetch_add(1);
  node.stays = true;
  marked_.insert(node.id);
  held_ = files_.size() + marked_.size();
}

void KeptFiles::keepBytes(const Ticket& ticket, const std::string& path, const fuse_attr& attr,
                          std::string_view bytes) {
  if (bytes.size() > kMostFileBytes) return;
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  if (found == files_.end() || !isUnchanged(ticket) || !sameText(found->second.attr, attr)) return;
  if (found->second.bytes) return;
  found->second.bytes = std::string(bytes);
  totalBytes_ += bytes.size();
  makeRoomLocked();
}

void KeptFiles::note(std::string_view directory) {
  const int64_t now = steadyNs();
  for (;;) {
    auto& at = changedAtNs_[slotOf(directory.empty() ? "/" : directory)];
    for (int64_t before = at.load(); !at.compare_exchange_weak(before, std::max(now, before + 1));) {
    }
    if (directory.size() <= 1) return;
    directory = directory.substr(0, directory.rfind('/'));
  }
}

void KeptFiles::changed(NodeId directory) {
  auto path = table_.path(directory);
  if (!path) return clear();  // removed meanwhile: what lies above it is not known any more
  note(*path);
  if (held_.load() == 0) return;
  // Both numbers are small; another pair that gives the same one would need 2^32 nodes.
  const uint64_t burst = (directory << 32) ^ keeps_.load();
  if (dropped_.exchange(burst) == burst) return;
  for (NodeId id = directory;;) {
    drop(*path);
    expire(id);
    if (id == FUSE_ROOT_ID) return;
    const NodePtr node = table_.get(id);
    const auto link = node ? table_.firstLink(*node) : std::nullopt;
    if (!link) return clear();
    id = link->parent;
    path = parentPath(*path);
  }
}

void KeptFiles::changedAt(const std::string& path) {
  note(path);
  if (held_.load() == 0) return;
  NodePtr node = table_.root();
  drop("/");
  expire(node->id);
  for (size_t at = 1; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    drop(path.substr(0, end));
    node = node ? table_.child(node->id, std::string_view(path).substr(at, end - at)) : nullptr;
    if (node) expire(node->id);
    at = end + 1;
  }
}

void KeptFiles::clear() {
  const int64_t now = steadyNs();
  for (auto& at : changedAtNs_) at = std::max(now, at.load() + 1);
  std::vector<NodeId> nodes;
  {
    const std::lock_guard lock(mutex_);
    nodes.assign(marked_.begin(), marked_.end());
    files_.clear();
    order_.clear();
    totalBytes_ = 0;
  }
  for (const NodeId id : nodes) {
    const NodePtr node = table_.get(id);
    if (!node || !node->stays.exchange(false)) continue;
    notifier_.attributesNow(id);
    notifier_.inode(id);
    for (const Link& link : table_.links(*node)) notifier_.entry(link.parent, link.name);
  }
}

void KeptFiles::forgotten(NodeId node) {
  if (held_.load(std::memory_order_relaxed) == 0) return;
  const std::lock_guard lock(mutex_);
  marked_.erase(node);
  held_ = files_.size() + marked_.size();
}

size_t KeptFiles::size() const {
  const std::lock_guard lock(mutex_);
  return files_.size();
}

void KeptFiles::drop(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  for (const std::string& name : names_) eraseLocked(pathIn(directory, name));
  held_ = files_.size() + marked_.size();
}

void KeptFiles::expire(NodeId directory) {
  for (const std::string& name : names_) {
    const NodePtr child = table_.child(directory, name);
    if (!child || !child->stays.exchange(false)) continue;
    // The attributes at once, so that whoever reads after the change was acknowledged asks again; pages and name behind
    // the caller's back, because those notifications take locks that callers hold while they wait for us.
    notifier_.attributesNow(child->id);
    notifier_.inode(child->id);
    notifier_.entry(directory, name);
  }
}

void KeptFiles::eraseLocked(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return;
  totalBytes_ -= kEntryBytes + (found->second.bytes ? found->second.bytes->size() : 0);
  files_.erase(found);
}

void KeptFiles::makeRoomLocked() {
  while (totalBytes_ > kMostBytes && !order_.empty()) {
    eraseLocked(order_.front());
    order_.pop_front();
  }
  // Keys of files that went by another way; never more of them than of files that are there.
  if (order_.size() > 2 * files_.size() + 64) {
    std::deque<std::string> left;
    std::unordered_set<std::string_view> seen;
    for (const std::string& path : order_) {
      if (files_.contains(path) && seen.insert(path).second) left.push_back(path);
    }
    order_ = std::move(left);
  }
}

}  // namespace viking
