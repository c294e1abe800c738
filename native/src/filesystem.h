// What one mount is made of, shared by the parts that serve its requests.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "backing.h"
#include "changes.h"
#include "graft_roots.h"
#include "inode_table.h"
#include "kept_files.h"
#include "notifier.h"
#include "read_ahead.h"
#include "reply.h"

namespace viking {

class Watcher;
class VirtualCalls;

struct GraftOption {
  std::string path;
  std::string backing;
  /** Names at the graft's root that JavaScript answers wholly. */
  std::vector<std::string> virtualNames;
  /** Names at the graft's root that are served natively, but changed (removed, renamed, replaced) by JavaScript. */
  std::vector<std::string> guardedNames;
};

struct StaticOption {
  std::string path;
  fuse_attr attr;
};

struct Options {
  std::string mountpoint;
  std::string source;
  bool readOnly = false;
  bool allowOther = false;
  /** Serve as root through mount(2); otherwise through fusermount3. */
  bool privileged = false;
  /** Names JavaScript answers in every directory of content, at most 32. */
  std::vector<std::string> reserved;
  /** Names hidden from listings: staging files of atomic writes. */
  std::string hiddenPrefix;
  std::string hiddenSuffix;
  /** Extended attributes with this prefix are answered by JavaScript, on content too. */
  std::string xattrPrefix;
  /** Those that exist on every entry, for listxattr of content. */
  std::vector<std::string> listedXattrs;
  std::vector<GraftOption> grafts;
  /** The root and the directories on the way to grafts, parents first. */
  std::vector<StaticOption> statics;
  /** JavaScript says which reserved names a listing shows. */
  bool asksListed = false;
  uint32_t timeoutMs = 15'000;
  uint32_t workers = 4;
  uint32_t spinUs = 50;
  uint32_t maxCalls = 4096;
  uint32_t watchdogSeconds = 120;
  /** Files of at least `passthroughBytes` are read and written by the kernel itself; opening then costs a message. */
  bool passthrough = false;
  uint64_t passthroughBytes = 1 << 20;
  /** The program that ends the connection when this process is stopped; empty: none. */
  std::string watchdogProgram;
  /** What it waits beyond `timeoutMs`. */
  uint32_t watchdogGraceMs = 5'000;
  bool watch = true;
};

struct Counters {
  std::atomic<uint64_t> requests{0};
  /** By opcode; the protocol's ordinary opcodes are below 64. */
  std::array<std::atomic<uint64_t>, 64> byOpcode{};
  std::atomic<uint64_t> virtualRequests{0};
  std::atomic<uint64_t> timeouts{0};
  std::atomic<uint64_t> interrupts{0};
  std::atomic<uint64_t> refused{0};
  std::atomic<uint64_t> watchOverflows{0};
  std::atomic<uint64_t> externalChanges{0};
  /** Backing files the kernel holds now. */
  std::atomic<uint64_t> passedThrough{0};
  /** Appends answered by the thread that wrote them. */
  std::atomic<uint64_t> directAnswers{0};
};

struct Filesystem {
  explicit Filesystem(Options given, size_t descriptorLimit)
      : options(std::move(given)), backing(table, descriptorLimit), kept(table, notifier, options.reserved), changes(table, kept) {
    for (size_t i = 0; i < options.grafts.size(); ++i) graftByPath[options.grafts[i].path] = i;
  }

  const Options options;
  InodeTable table;
  Backing backing;
  Notifier notifier;
  KeptFiles kept;
  Changes changes;
  ReadAhead readAhead{table, backing};
  GraftRoots roots;
  Counters counters;
  Watcher* watcher = nullptr;
  VirtualCalls* calls = nullptr;
  std::unordered_map<std::string, size_t> graftByPath;
  /** Device number of the content tree; inode numbers of other devices get theirs mixed in. */
  uint64_t device = 0;
  uint32_t minor = 0;
  /**
   * Until when listings bring the attributes of files along (steady clock, nanoseconds). A program that only wants
   * names must not pay for reading every inode; one that looks files up after a listing gets them with the next ones.
   */
  std::atomic<int64_t> attributesUntilNs{0};
  /** The kernel agreed to pass files through, so OPEN and RELEASE arrive. */
  std::atomic<bool> passthrough{false};
  /** A file that CREATE opens for writing only bypasses the page cache; see Content::create. */
  std::atomic<bool> writesDirectly{false};

  /** Index of a reserved name, or -1. */
  int reservedIndex(std::string_view name) const {
    if (name.empty() || name.front() != '.') return -1;
    for (size_t i = 0; i < options.reserved.size(); ++i) {
      if (options.reserved[i] == name) return static_cast<int>(i);
    }
    return -1;
  }

  bool isHidden(std::string_view name) const {
    return !options.hiddenPrefix.empty() && name.starts_with(options.hiddenPrefix) &&
           name.ends_with(options.hiddenSuffix);
  }

  /** True when JavaScript answers for `name` in `directory`. */
  bool isVirtualName(const Node& directory, std::string_view name) const {
    if (directory.isVirtual()) return true;
    if (reservedIndex(name) >= 0) return true;
    return directory.graft && std::ranges::find(directory.graft->virtualNames, name) != directory.graft->virtualNames.end();
  }

  /**
   * Only its owner enters the mount, and access lists are about others: the kernel is not asked to keep them. It would check
   * that of the root at every path walk with a GETXATTR, because the root's inode is made before INIT is answered and stays
   * marked as one whose lists are not kept (`fuse_init_inode`; `forget_cached_acl` no longer lifts the mark since 6.18.42).
   * Where root serves itself, modes stop nobody, and FUSE_POSIX_ACL implies default_permissions: every change in a directory
   * would be followed by a GETATTR of it, for the next check's sake.
   */
  bool isSole() const { return !options.allowOther; }

  /** True when JavaScript decides whether `name` may be made, removed, renamed or replaced. */
  bool isGuardedName(const Node& directory, std::string_view name) const {
    return directory.graft && std::ranges::find(directory.graft->guardedNames, name) != directory.graft->guardedNames.end();
  }

  /** Long when the watcher would tell us of a change behind the mount, short otherwise. */
  Validity contentValidity(const Node& directory) const {
    return directory.watch.load(std::memory_order_relaxed) >= 0 ? kLong : kShort;
  }

  /** Takes back a lookup that was never delivered, or that the kernel forgot. */
  void forget(NodeId id, uint64_t count);
};

/** Memory of one worker, used for one request at a time. */
struct Scratch {
  std::vector<char> bytes;
  /** The worker gives up the place of the thread that reads requests before it may wait for a disk. */
  void (*beforeBlocking)(void* worker) = nullptr;
  void* worker = nullptr;
  void mayBlock() const {
    if (beforeBlocking != nullptr) beforeBlocking(worker);
  }
};

}  // namespace viking
