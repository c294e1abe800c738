// From a node to its file: descriptors of backing directories and files, reached one name at a time.
//
// No path is ever walked: a child is opened relative to its parent's descriptor, with O_NOFOLLOW, and its inode is
// compared with the one the node stands for. (O_NOFOLLOW on a single name rather than openat2(RESOLVE_BENEATH): there
// is nothing between the two for a link to be in, and it works on every kernel. Only the way from the content directory
// to a graft has several names: graft_roots.h.) So neither a symlink nor a rename behind the mount can lead an operation
// out of the content tree or to another file than the one the kernel asked for.
#pragma once

#include <string>
#include <string_view>

#include "attributes.h"
#include "descriptor_cache.h"
#include "inode_table.h"

namespace viking {

enum class Access : uint8_t { path, read, write };

class Backing {
 public:
  Backing(InodeTable& table, size_t descriptorLimit);

  /** A descriptor to use with the *at calls. Null with `error` set (ESTALE: the directory is not what it was). */
  SharedDescriptor directory(const NodePtr& node, int& error);
  /** A descriptor of the node itself. With Access::path it may be O_PATH. */
  SharedDescriptor open(const NodePtr& node, Access access, int& error);
  /** Attributes now. Zero or an errno. */
  int stat(const NodePtr& node, struct statx& out);

  /** Remembers a descriptor made by CREATE, so that the writes that follow need no open. */
  void adopt(Node& node, SharedDescriptor descriptor, bool writable);
  /** Keeps the inode reachable until FORGET although the name is about to go. */
  void pin(const NodePtr& node, int parent, const std::string& name);
  /** The name went behind the mount: what is open of the inode stays open until FORGET, for those who still read it. */
  void keep(const NodePtr& node);
  /** The kernel forgot the node: its descriptors close, that of an unlinked file when next reaped. */
  void retire(Node& node);
  /** Closes every descriptor, at the end of the session. */
  void release();
  /** Closes descriptors of unlinked files. The last one frees the file's blocks, which no request shall wait for. */
  void reap();
  size_t reapable() const;

  size_t openDescriptors() const { return files_.size() + directories_.size() + reapable(); }

 private:
  SharedDescriptor openByName(const NodePtr& node, int flags, int& error);
  SharedDescriptor reopen(const SharedDescriptor& pinned, int flags, int& error);
  SharedDescriptor pinned(Node& node);

  static constexpr size_t kMostReapable = 1024;

  mutable std::mutex reapMutex_;
  std::vector<SharedDescriptor> unreaped_;
  InodeTable& table_;
  DescriptorCache files_;
  DescriptorCache directories_;
};

/** `/proc/self/fd/N`: how calls without an *at form with AT_EMPTY_PATH reach exactly the inode of a descriptor. */
std::string procPath(int fd);

/** statx of a name without following a symlink. Zero or an errno. */
int statName(int directory, const std::string& name, struct statx& out);
int statDescriptor(int fd, struct statx& out);

}  // namespace viking
