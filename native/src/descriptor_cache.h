// A bounded set of open backing descriptors. One per inode, as libfuse's examples hold, exhausts RLIMIT_NOFILE on
// any tree of size; without OPEN and RELEASE nothing says when a file is done with, so recency decides.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>

#include "inode_table.h"

namespace viking {

class DescriptorCache {
 public:
  explicit DescriptorCache(size_t capacity) : capacity_(capacity) {}

  /** The node's open descriptor, if it can do what is asked. */
  SharedDescriptor find(Node& node, bool writable);
  /** Remembers a descriptor for the node in place of the one it had; the least recent of all others may go. */
  void put(Node& node, SharedDescriptor descriptor, bool writable);
  /** Lets the node's descriptor go; it closes when its last user is done. Returns it. */
  SharedDescriptor drop(Node& node);
  /** The same for a node the kernel forgot: nothing is remembered for it afterwards. */
  void retire(Node& node);

  size_t size() const;

 private:
  const size_t capacity_;
  mutable std::mutex mutex_;
  std::list<Node*> recent_;
};

}  // namespace viking
