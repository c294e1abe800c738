// What the mount changed, told to JavaScript afterwards: coalesced, bounded, and never a loss.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "inode_table.h"
#include "kept_files.h"

namespace viking {

enum class ChangeKind : uint8_t { created, written, removed, renamed, rescan };

struct Change {
  ChangeKind kind;
  std::string path;
  /** Where it went, for `renamed`. */
  std::string to;
};

class Changes {
 public:
  Changes(InodeTable& table, KeptFiles& kept) : table_(table), kept_(kept) {}

  void enable() { enabled_ = true; }
  bool enabled() const { return enabled_; }

  /** The content or attributes of a node changed. Cheap when it is already queued. */
  void written(const NodePtr& node);
  void created(NodeId parent, std::string_view name);
  void removed(NodeId parent, std::string_view name);
  void renamed(std::string from, std::string to);

  /** Where a change shows in generated files, whether or not anybody is told of it. */
  void touched(const Node& node);

  bool pending() const;
  /** Everything since the last call, in the order it happened, one entry for each path and kind. */
  std::vector<Change> take();

  uint64_t reported() const { return reported_; }
  uint64_t overflows() const { return overflows_; }

 private:
  void push(ChangeKind kind, std::string path, std::string to = {});

  /** Beyond this many waiting changes, directories to scan again take their place. */
  static constexpr size_t kLimit = 8192;

  InodeTable& table_;
  KeptFiles& kept_;
  std::atomic<bool> enabled_{false};
  std::atomic<uint64_t> reported_{0};
  std::atomic<uint64_t> overflows_{0};
  mutable std::mutex mutex_;
  std::vector<Change> queue_;
  /** Last kind queued for a path, to drop repetitions. */
  std::unordered_map<std::string, ChangeKind> last_;
  std::vector<NodePtr> writtenNodes_;
};

}  // namespace viking
