// What the kernel knows of us: nodes, their names and how often it looked each of them up.
//
// A node of content stands for one backing inode, whatever its names: two hard links share a node, so that size,
// link count and cached pages are the same through both. A virtual node stands for a name that JavaScript answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "descriptor.h"
#include "protocol.h"

namespace viking {

/** Identity of a backing inode. Birth time guards against an inode number that was freed and used again. */
struct InodeKey {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t birthNs = 0;
  bool operator==(const InodeKey&) const = default;
};

struct InodeKeyHash {
  size_t operator()(const InodeKey& key) const {
    return (key.inode * 0x9e3779b97f4a7c15ULL) ^ (key.device << 7) ^ static_cast<uint64_t>(key.birthNs);
  }
};

/** Tells one state of a file's content from another. */
struct Stamp {
  int64_t mtimeNs = 0;
  int64_t ctimeNs = 0;
  uint64_t size = 0;
  bool operator==(const Stamp&) const = default;
};

enum class NodeKind : uint8_t { directory, file, virtualDirectory, virtualFile };

struct Link {
  NodeId parent;
  std::string name;
};

struct Listing;

/** What a graft's root adds to an ordinary directory: names JavaScript answers for, or guards against change. */
struct GraftRoot {
  std::string path;
  std::vector<std::string> virtualNames;
  std::vector<std::string> guardedNames;
};

struct Node {
  Node(NodeId nodeId, NodeKind nodeKind) : id(nodeId), kind(nodeKind) {}

  const NodeId id;
  const NodeKind kind;
  InodeKey key;
  /** Set for the root of a graft, before the node is published; never changes. */
  std::shared_ptr<const GraftRoot> graft;

  bool isVirtual() const { return kind == NodeKind::virtualDirectory || kind == NodeKind::virtualFile; }
  bool isDirectory() const { return kind == NodeKind::directory || kind == NodeKind::virtualDirectory; }

  /** Virtual directories on the way to a graft: answered natively from `attr`, so that no path walk waits on JS. */
  std::atomic<bool> isStatic{false};
  /** Directory: inotify reports what others change in it. Without a watch its names are cached for a second only. */
  std::atomic<int> watch{-1};
  /** Directory: raised by the watcher before it tells the kernel; a lookup that raced with it tells it again. */
  std::atomic<uint32_t> changes{0};
  /** Operations of ours on it, or on names in it, that began, and that are done with their stamp and the table. */
  std::atomic<uint32_t> ownBegun{0};
  std::atomic<uint32_t> ownEnded{0};
  /** Directory: which reserved names a listing shows (bit i: i-th reserved name), and whether JS said so yet. */
  std::atomic<uint32_t> listed{0};
  enum ListedState : uint8_t { unknown, asked, known };
  std::atomic<uint8_t> listedState{unknown};
  /** A listing was given before JS answered; it is corrected when the answer comes. */
  std::atomic<bool> listedLate{false};
  /** Directory: its last listing left the attributes of files out. */
  std::atomic<bool> listedBare{false};
  /** Made by us and never given an extended attribute: the kernel asks for one before every first write. */
  std::atomic<bool> isBare{false};
  /** Virtual file: the kernel holds its attributes for long, so it must be told when they change; see KeptFiles. */
  std::atomic<bool> stays{false};
  /** Queued as changed for the next report to JavaScript. */
  std::atomic<bool> changeQueued{false};

  /** With passthrough: the kernel's number of the backing file while the node is open that way, else 0. */
  std::atomic<int> backingId{0};
  uint32_t opens = 0;  // guarded by Content's mutex

  // Guarded by the table's mutex.
  std::vector<Link> links;
  uint64_t lookups = 0;
  uint32_t owner = 0;
  fuse_attr attr{};

  // Guarded by `mutex`.
  std::mutex mutex;
  Stamp stamp;
  /** Keeps an inode without a name alive until FORGET: unlinked while open, or O_TMPFILE. Also a graft's root. */
  SharedDescriptor pinned;
  std::vector<std::shared_ptr<const Listing>> listings;

  // Guarded by the descriptor cache's mutex.
  SharedDescriptor cached;
  bool cachedWritable = false;
  bool retired = false;
  std::list<Node*>::iterator recency;
};

using NodePtr = std::shared_ptr<Node>;

class InodeTable {
 public:
  InodeTable();

  NodePtr root() const { return root_; }
  /** Null when the kernel has forgotten it. */
  NodePtr get(NodeId id) const;
  NodePtr child(NodeId parent, std::string_view name) const;
  /** Whether each process that opens the file has a node of its own. */
  bool isPerProcess(const Node& node) const;

  struct Interned {
    NodePtr node;
    bool isNew;
  };
  /**
   * The node of a backing inode, one lookup richer, known as `name` in `parent`. `prepare` runs on a new node before
   * anybody else can see it.
   */
  template <typename Prepare>
  Interned intern(const InodeKey& key, NodeKind kind, NodeId parent, std::string_view name, Prepare prepare) {
    const std::lock_guard lock(mutex_);
    auto found = byKey_.find(key);
    // A freed inode number with an equal birth time but another type is another inode.
    if (found != byKey_.end() && found->second->kind != kind) {
      byKey_.erase(found);
      found = byKey_.end();
    }
    const bool isNew = found == byKey_.end();
    NodePtr node = isNew ? add(kind) : found->second;
    if (isNew) {
      node->key = key;
      byKey_.emplace(key, node);
      prepare(*node);
    }
    node->lookups += 1;
    if (!name.empty()) linkLocked(node, parent, name);
    return {node, isNew};
  }
  NodePtr intern(const InodeKey& key, NodeKind kind, NodeId parent, std::string_view name) {
    return intern(key, kind, parent, name, [](Node&) {}).node;
  }

  /**
   * The virtual node of a name. A file whose stamp changed gets a new node: without OPEN the kernel would serve the
   * old node's pages, so new content needs a new inode. Directories keep their node. With an `owner` (a thread id) a
   * file's node is not shared with another: the kernel holds an inode's lock during a write, and so would let appends
   * of many processes through one at a time, each waiting for its own sync.
   */
  NodePtr internVirtual(NodeId parent, std::string_view name, NodeKind kind, const fuse_attr& attr, uint32_t owner = 0);
  /** A static virtual directory, created at mount time and never forgotten. */
  NodePtr addStatic(NodeId parent, std::string_view name, const fuse_attr& attr);

  /** Takes `count` lookups back; the node goes at zero. Returns the node when it went. */
  NodePtr forget(NodeId id, uint64_t count);

  void link(const NodePtr& node, NodeId parent, std::string_view name);
  /** Takes a name away; returns the node it belonged to. */
  NodePtr unlink(NodeId parent, std::string_view name);
  void rename(NodeId fromParent, std::string_view from, NodeId toParent, std::string_view to, bool exchange);

  std::optional<Link> firstLink(const Node& node) const;
  std::vector<Link> links(const Node& node) const;
  bool hasLinks(const Node& node) const;
  /** Path from the mount's root, `/` first; nothing when an ancestor is gone. */
  std::optional<std::string> path(NodeId id) const;
  std::optional<std::string> path(NodeId parent, std::string_view name) const;

  fuse_attr attr(const Node& node) const;
  void setAttr(Node& node, const fuse_attr& attr);

  std::vector<NodePtr> all() const;
  size_t size() const;
  uint64_t totalLookups() const;

 private:
  NodePtr add(NodeKind kind);
  void linkLocked(const NodePtr& node, NodeId parent, std::string_view name);
  NodePtr unlinkLocked(NodeId parent, std::string_view name);
  std::optional<std::string> pathLocked(NodeId id) const;

  struct NameKey {
    NodeId parent;
    std::string name;
  };
  struct NameView {
    NodeId parent;
    std::string_view name;
  };
  struct NameHash {
    using is_transparent = void;
    size_t operator()(const NameView& key) const {
      return std::hash<std::string_view>{}(key.name) ^ (key.parent * 0x9e3779b97f4a7c15ULL);
    }
    size_t operator()(const NameKey& key) const { return (*this)(NameView{key.parent, key.name}); }
  };
  struct NameEqual {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return a.parent == b.parent && std::string_view(a.name) == std::string_view(b.name);
    }
  };

  mutable std::mutex mutex_;
  NodeId nextId_ = FUSE_ROOT_ID;
  std::unordered_map<NodeId, NodePtr> byId_;
  std::unordered_map<InodeKey, NodePtr, InodeKeyHash> byKey_;
  std::unordered_map<NameKey, NodePtr, NameHash, NameEqual> byName_;
  NodePtr root_;
};

}  // namespace viking
