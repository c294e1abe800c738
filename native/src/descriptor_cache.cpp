#include "descriptor_cache.h"

namespace viking {

SharedDescriptor DescriptorCache::find(Node& node, bool writable) {
  const std::lock_guard lock(mutex_);
  if (!node.cached || (writable && !node.cachedWritable)) return nullptr;
  recent_.splice(recent_.begin(), recent_, node.recency);
  return node.cached;
}

void DescriptorCache::put(Node& node, SharedDescriptor descriptor, bool writable) {
  SharedDescriptor replaced;
  SharedDescriptor evicted;  // closed after the lock is released
  const std::lock_guard lock(mutex_);
  if (node.retired) return;
  if (node.cached) {
    recent_.erase(node.recency);
    replaced = std::move(node.cached);
  } else if (recent_.size() >= capacity_ && !recent_.empty()) {
    Node* oldest = recent_.back();
    recent_.pop_back();
    evicted = std::move(oldest->cached);
    oldest->cached = nullptr;
  }
  recent_.push_front(&node);
  node.recency = recent_.begin();
  node.cached = std::move(descriptor);
  node.cachedWritable = writable;
}

SharedDescriptor DescriptorCache::drop(Node& node) {
  const std::lock_guard lock(mutex_);
  if (!node.cached) return nullptr;
  recent_.erase(node.recency);
  SharedDescriptor dropped = std::move(node.cached);
  node.cached = nullptr;
  return dropped;
}

void DescriptorCache::retire(Node& node) {
  SharedDescriptor dropped;
  const std::lock_guard lock(mutex_);
  node.retired = true;
  if (!node.cached) return;
  recent_.erase(node.recency);
  dropped = std::move(node.cached);
}

size_t DescriptorCache::size() const {
  const std::lock_guard lock(mutex_);
  return recent_.size();
}

}  // namespace viking
