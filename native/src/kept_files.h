// Generated files that stay as they are until something they are made from changes: the layers of a directory. Asked
// for once, they cost what an ordinary file costs: the kernel caches their names, attributes and pages, and when it has
// forgotten those (memory was short), they are answered from here, without JavaScript.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "inode_table.h"
#include "notifier.h"

namespace viking {

/** Whether attributes describe one state of a generated file. */
bool sameText(const fuse_attr& a, const fuse_attr& b);

class KeptFiles {
 public:
  KeptFiles(InodeTable& table, Notifier& notifier, const std::vector<std::string>& names)
      : table_(table), notifier_(notifier), names_(names) {}

  /** What a question takes along, so that its answer is kept only if nothing changed while it was made. */
  struct Ticket {
    size_t slot = 0;
    int64_t changedAtNs = 0;
    /** Nothing had changed for so long that JavaScript did not answer from a text it made before the last change. */
    bool settled = false;
  };
  /** For the directory of the file at `path`. */
  Ticket ticket(const std::string& path) const;
  /** Nothing in the directory or below it changed since the ticket. */
  bool isUnchanged(const Ticket& ticket) const { return ticket.changedAtNs == changedAtNs_[ticket.slot].load(); }

  /** Attributes of a kept file, if its directory still has the stamp it had then. */
  std::optional<fuse_attr> attr(const std::string& path, const Stamp& directory);
  /** The bytes of a kept file, if they are those that `attr` describes. */
  std::optional<std::string> bytes(const std::string& path, const fuse_attr& attr) const;
  /** Keeps attributes and marks the node that stands for them. False when something changed since the ticket. */
  bool keep(const Ticket& ticket, const std::string& path, const Stamp& directory, Node& node, const fuse_attr& attr);
  /** Marks a node whose attributes the kernel is about to be given for long. */
  void mark(Node& node);
  void keepBytes(const Ticket& ticket, const std::string& path, const fuse_attr& attr, std::string_view bytes);

  /** Something in the directory changed: its files and those of every directory above are asked for again. */
  void changed(NodeId directory);
  /** The same for what lies at or around a path, whether the kernel knows it or not. */
  void changedAt(const std::string& path);
  /** Everything is asked for again. */
  void clear();
  /** The kernel forgot a node. */
  void forgotten(NodeId node);

  size_t size() const;

 private:
  struct File {
    Stamp directory;
    fuse_attr attr{};
    std::optional<std::string> bytes;
  };

  /** Remembers when the directory and those above it changed. */
  void note(std::string_view directory);
  static size_t slotOf(std::string_view directory);
  /** Drops the files of one directory. */
  void drop(const std::string& directory);
  /** Makes the kernel ask again for the files of one directory. */
  void expire(NodeId directory);
  void eraseLocked(const std::string& path);
  void makeRoomLocked();

  static constexpr size_t kMostBytes = 16 << 20;
  static constexpr size_t kMostFileBytes = 64 << 10;
  /** What an entry costs beside its bytes, roughly. */
  static constexpr size_t kEntryBytes = 512;
  /** Longer than JavaScript serves a text again without looking (250 ms: src/vfs/editable-file.ts). */
  static constexpr auto kSettled = std::chrono::milliseconds(400);

  InodeTable& table_;
  Notifier& notifier_;
  const std::vector<std::string>& names_;
  /**
   * When directories last changed (steady clock; every value later than the one before), by the hash of their path: two
   * that share a place only ask more often than they must.
   */
  std::array<std::atomic<int64_t>, 4096> changedAtNs_{};
  /** Files and marked nodes; while there are none, nothing is looked for. */
  std::atomic<size_t> held_{0};
  /** Raised by everything that is kept or marked. */
  std::atomic<uint64_t> keeps_{0};
  /** The directory whose files were dropped last, and `keeps_` then: in a burst there is nothing left to drop. */
  std::atomic<uint64_t> dropped_{0};
  mutable std::mutex mutex_;
  std::unordered_map<std::string, File> files_;
  /** Keys in the order they came; some may be gone. */
  std::deque<std::string> order_;
  size_t totalBytes_ = 0;
  std::unordered_set<NodeId> marked_;
};

}  // namespace viking
