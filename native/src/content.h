// Requests on content, served from backing files without JavaScript.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "filesystem.h"
#include "listing.h"
#include "watcher.h"

namespace viking {

/** While it lives, the watcher does not judge the node: what it would compare is half done. */
class OwnOperation {
 public:
  explicit OwnOperation(Node& node) : node_(node) { node_.ownBegun.fetch_add(1); }
  ~OwnOperation() { node_.ownEnded.fetch_add(1); }
  OwnOperation(const OwnOperation&) = delete;
  OwnOperation& operator=(const OwnOperation&) = delete;

 private:
  Node& node_;
};

class Content {
 public:
  explicit Content(Filesystem& filesystem) : fs_(filesystem) {}

  // Names: content_names.cpp
  void lookup(const Request& request, const NodePtr& parent, const std::string& name);
  void create(const Request& request, const NodePtr& parent, const std::string& name);
  void tmpfile(const Request& request, const NodePtr& parent);
  void mkdir(const Request& request, const NodePtr& parent, const std::string& name);
  void mknod(const Request& request, const NodePtr& parent, const std::string& name);
  void symlink(const Request& request, const NodePtr& parent, const std::string& name, const std::string& target);
  void link(const Request& request, const NodePtr& parent, const std::string& name, const NodePtr& existing);
  void unlink(const Request& request, const NodePtr& parent, const std::string& name, bool isDirectory);
  void rename(const Request& request, const NodePtr& from, const std::string& name, const NodePtr& to,
              const std::string& newName, unsigned flags);
  void readlink(const Request& request, const NodePtr& node);

  // Data: content_data.cpp
  void read(const Request& request, const NodePtr& node, Scratch& scratch);
  void write(const Request& request, const NodePtr& node, Scratch& scratch);
  void fsync(const Request& request, const NodePtr& node, Scratch& scratch);
  void fallocate(const Request& request, const NodePtr& node, Scratch& scratch);
  void lseek(const Request& request, const NodePtr& node);
  void copyFileRange(const Request& request, const NodePtr& node, Scratch& scratch);

  // Opens, on a connection with passthrough only: content_opens.cpp
  void open(const Request& request, const NodePtr& node);
  void release(const Request& request, const NodePtr& node);
  /** A CREATE opened the node too. */
  void opened(const NodePtr& node);

  // Attributes: content_attributes.cpp
  void access(const Request& request, const NodePtr& node);
  void getattr(const Request& request, const NodePtr& node);
  void statx(const Request& request, const NodePtr& node);
  void setattr(const Request& request, const NodePtr& node);
  void statfs(const Request& request, const NodePtr& node);
  /** For a virtual node: the room that counts is the content's. */
  void statfsOfTree(const Request& request);
  void getxattr(const Request& request, const NodePtr& node, Scratch& scratch);
  void setxattr(const Request& request, const NodePtr& node);
  void listxattr(const Request& request, const NodePtr& node, Scratch& scratch);
  void removexattr(const Request& request, const NodePtr& node);

  /** Attributes as seen now; tells the kernel when they are not what it was told before. */
  void observe(const NodePtr& node, const struct statx& stat);
  /**
   * Before an operation of our own: the stamp it leaves would hide from the watcher what somebody else changed a moment ago
   * behind the mount.
   */
  void observeFirst(const NodePtr& node, int fd);
  /** Remembers what an operation of our own left behind, so that the watcher does not take it for another's. */
  void settle(Node& node, int fd);
  /** True when `node` was last told to be something else than the inode behind `fd` is now. */
  bool isForeign(Node& node, const struct statx& stat);

  Validity validityOf(const Node& node) const;
  /** The node of a name found in a directory, with its lookup counted. */
  NodePtr intern(const NodePtr& parent, const std::string& name, const struct statx& stat);

 private:
  void answerEntry(const Request& request, const NodePtr& parent, const std::string& name, const NodePtr& node,
                   const struct statx& stat, uint32_t changesBefore);
  void answerNew(const Request& request, const NodePtr& parent, const std::string& name, int directory);
  SharedDescriptor writableDirectory(const Request& request, const NodePtr& parent);
  void settleName(Node& node, int directory, const std::string& name);
  /** `observeFirst` of what a name leads to. */
  void observeName(const NodePtr& node, int directory, const std::string& name);
  int openBacking(int device, const NodePtr& node);
  void closed(int device, const NodePtr& node);

  Filesystem& fs_;
  /** Guards what nodes say of their opens. */
  std::mutex opensMutex_;
};

}  // namespace viking
