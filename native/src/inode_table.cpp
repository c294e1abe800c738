#include "inode_table.h"

#include <sys/stat.h>

#include <algorithm>

namespace viking {

InodeTable::InodeTable() {
  root_ = add(NodeKind::virtualDirectory);
  root_->isStatic = true;
  root_->lookups = 1;
}

NodePtr InodeTable::add(NodeKind kind) {
  auto node = std::make_shared<Node>(nextId_++, kind);
  byId_.emplace(node->id, node);
  return node;
}

NodePtr InodeTable::get(NodeId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = byId_.find(id);
  return found == byId_.end() ? nullptr : found->second;
}

NodePtr InodeTable::child(NodeId parent, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = byName_.find(NameView{parent, name});
  return found == byName_.end() ? nullptr : found->second;
}

bool InodeTable::isPerProcess(const Node& node) const {
  const std::lock_guard lock(mutex_);
  return node.owner != 0;
}

NodePtr InodeTable::internVirtual(NodeId parent, std::string_view name, NodeKind kind, const fuse_attr& attr,
                                  uint32_t owner) {
  const std::lock_guard lock(mutex_);
  const auto found = byName_.find(NameView{parent, name});
  NodePtr node;
  if (found != byName_.end() && found->second->kind == kind) {
    const fuse_attr& old = found->second->attr;
    const bool same = old.size == attr.size && old.mtime == attr.mtime && old.mtimensec == attr.mtimensec &&
                      old.ino == attr.ino && (old.mode & S_IFMT) == (attr.mode & S_IFMT) && found->second->owner == owner;
    if (same || kind == NodeKind::virtualDirectory) node = found->second;
  }
  if (!node) {
    node = add(kind);
    // A replaced node keeps its link, so that files still open on it can be answered by path.
    node->links.push_back({parent, std::string(name)});
    byName_.insert_or_assign(NameKey{parent, std::string(name)}, node);
  }
  node->attr = attr;
  node->owner = owner;
  node->lookups += 1;
  return node;
}

NodePtr InodeTable::addStatic(NodeId parent, std::string_view name, const fuse_attr& attr) {
  const std::lock_guard lock(mutex_);
  NodePtr node = add(NodeKind::virtualDirectory);
  node->isStatic = true;
  node->attr = attr;
  node->lookups = 1;
  linkLocked(node, parent, name);
  return node;
}

NodePtr InodeTable::forget(NodeId id, uint64_t count) {
  const std::lock_guard lock(mutex_);
  const auto found = byId_.find(id);
  if (found == byId_.end() || id == FUSE_ROOT_ID) return nullptr;
  NodePtr node = found->second;
  node->lookups -= std::min(count, node->lookups);
  if (node->lookups > 0) return nullptr;
  for (const Link& name : node->links) {
    const auto entry = byName_.find(NameView{name.parent, name.name});
    if (entry != byName_.end() && entry->second == node) byName_.erase(entry);
  }
  node->links.clear();
  const auto keyed = byKey_.find(node->key);
  if (keyed != byKey_.end() && keyed->second == node) byKey_.erase(keyed);
  byId_.erase(found);
  return node;
}

void InodeTable::link(const NodePtr& node, NodeId parent, std::string_view name) {
  const std::lock_guard lock(mutex_);
  linkLocked(node, parent, name);
}

void InodeTable::linkLocked(const NodePtr& node, NodeId parent, std::string_view name) {
  const auto found = byName_.find(NameView{parent, name});
  if (found != byName_.end()) {
    if (found->second == node) return;
    unlinkLocked(parent, name);
  }
  // A directory has one name; a stale one (moved behind the mount) must not survive the lookup of the new one.
  if (node->isDirectory()) {
    for (const Link& old : node->links) byName_.erase(NameKey{old.parent, old.name});
    node->links.clear();
  }
  byName_.emplace(NameKey{parent, std::string(name)}, node);
  node->links.push_back({parent, std::string(name)});
}

NodePtr InodeTable::unlink(NodeId parent, std::string_view name) {
  const std::lock_guard lock(mutex_);
  return unlinkLocked(parent, name);
}

NodePtr InodeTable::unlinkLocked(NodeId parent, std::string_view name) {
  const auto found = byName_.find(NameView{parent, name});
  if (found == byName_.end()) return nullptr;
  NodePtr node = found->second;
  byName_.erase(found);
  std::erase_if(node->links, [&](const Link& link) { return link.parent == parent && link.name == name; });
  return node;
}

void InodeTable::rename(NodeId fromParent, std::string_view from, NodeId toParent, std::string_view to,
                        bool exchange) {
  const std::lock_guard lock(mutex_);
  NodePtr moved = unlinkLocked(fromParent, from);
  NodePtr replaced = unlinkLocked(toParent, to);
  if (moved) linkLocked(moved, toParent, to);
  if (exchange && replaced) linkLocked(replaced, fromParent, from);
}

std::optional<Link> InodeTable::firstLink(const Node& node) const {
  const std::lock_guard lock(mutex_);
  if (node.links.empty()) return std::nullopt;
  return node.links.front();
}

std::vector<Link> InodeTable::links(const Node& node) const {
  const std::lock_guard lock(mutex_);
  return node.links;
}

bool InodeTable::hasLinks(const Node& node) const {
  const std::lock_guard lock(mutex_);
  return !node.links.empty();
}

std::optional<std::string> InodeTable::path(NodeId id) const {
  const std::lock_guard lock(mutex_);
  return pathLocked(id);
}

std::optional<std::string> InodeTable::path(NodeId parent, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  auto directory = pathLocked(parent);
  if (!directory) return std::nullopt;
  if (directory->size() > 1) *directory += '/';
  *directory += name;
  return directory;
}

std::optional<std::string> InodeTable::pathLocked(NodeId id) const {
  if (id == FUSE_ROOT_ID) return "/";
  std::vector<const std::string*> names;
  while (id != FUSE_ROOT_ID) {
    const auto found = byId_.find(id);
    if (found == byId_.end() || found->second->links.empty() || names.size() > 4096) return std::nullopt;
    const Link& link = found->second->links.front();
    names.push_back(&link.name);
    id = link.parent;
  }
  std::string path;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    path += '/';
    path += **name;
  }
  return path;
}

fuse_attr InodeTable::attr(const Node& node) const {
  const std::lock_guard lock(mutex_);
  return node.attr;
}

void InodeTable::setAttr(Node& node, const fuse_attr& attr) {
  const std::lock_guard lock(mutex_);
  node.attr = attr;
}

std::vector<NodePtr> InodeTable::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<NodePtr> nodes;
  nodes.reserve(byId_.size());
  for (const auto& [id, node] : byId_) nodes.push_back(node);
  return nodes;
}

size_t InodeTable::size() const {
  const std::lock_guard lock(mutex_);
  return byId_.size();
}

uint64_t InodeTable::totalLookups() const {
  const std::lock_guard lock(mutex_);
  uint64_t total = 0;
  for (const auto& [id, node] : byId_) total += node->lookups;
  return total;
}

}  // namespace viking
