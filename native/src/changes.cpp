#include "changes.h"

#include "names.h"

namespace viking {

void Changes::touched(const Node& node) {
  for (const Link& link : table_.links(node)) kept_.changed(link.parent);
}

void Changes::written(const NodePtr& node) {
  touched(*node);
  if (!enabled_ || node->changeQueued.exchange(true)) return;
  const std::lock_guard lock(mutex_);
  writtenNodes_.push_back(node);
}

void Changes::created(NodeId parent, std::string_view name) {
  kept_.changed(parent);
  if (!enabled_) return;
  if (auto path = table_.path(parent, name)) push(ChangeKind::created, std::move(*path));
}

void Changes::removed(NodeId parent, std::string_view name) {
  kept_.changed(parent);
  if (!enabled_) return;
  if (auto path = table_.path(parent, name)) push(ChangeKind::removed, std::move(*path));
}

void Changes::renamed(std::string from, std::string to) {
  if (enabled_) push(ChangeKind::renamed, std::move(from), std::move(to));
}

void Changes::push(ChangeKind kind, std::string path, std::string to) {
  const std::lock_guard lock(mutex_);
  if (queue_.size() >= kLimit) {
    overflows_ += 1;
    // Both ends of a rename are scanned; a directory is queued once however many changes it stands for.
    if (!to.empty()) {
      std::string target = parentPath(to);
      if (last_.try_emplace(target, ChangeKind::rescan).second) queue_.push_back({ChangeKind::rescan, target, {}});
    }
    kind = ChangeKind::rescan;
    path = parentPath(path);
    to.clear();
  }
  if (to.empty()) {
    const auto [found, isNew] = last_.try_emplace(path, kind);
    if (!isNew && found->second == kind) return;
    found->second = kind;
  } else {
    last_.erase(path);
    last_.erase(to);
  }
  queue_.push_back({kind, std::move(path), std::move(to)});
}

bool Changes::pending() const {
  const std::lock_guard lock(mutex_);
  return !queue_.empty() || !writtenNodes_.empty();
}

std::vector<Change> Changes::take() {
  std::vector<NodePtr> nodes;
  {
    const std::lock_guard lock(mutex_);
    nodes.swap(writtenNodes_);
  }
  for (const NodePtr& node : nodes) {
    // Cleared before the path is read: a write from now on queues the node again.
    node->changeQueued = false;
    if (auto path = table_.path(node->id)) push(ChangeKind::written, std::move(*path));
  }
  std::vector<Change> taken;
  const std::lock_guard lock(mutex_);
  taken.swap(queue_);
  last_.clear();
  reported_ += taken.size();
  return taken;
}

}  // namespace viking
