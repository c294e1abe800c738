// Changes made behind the mount, seen by inotify, become invalidations.
//
// Every directory of content the kernel holds names of is watched, from before the first name is looked up in it.
// The driver's own operations raise the same events: they are recognised by comparing stamps, so that a write
// through the mount does not throw away the pages it just cached.
#pragma once

#include <atomic>
#include <mutex>
#include <map>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

#include "filesystem.h"

namespace viking {

class Watcher {
 public:
  explicit Watcher(Filesystem& filesystem) : filesystem_(filesystem) {}
  ~Watcher() { stop(); }

  /** False when inotify cannot be used here; every name is then trusted for a second only. */
  bool start();
  void stop();
  /** Closes what a stopped watcher held. */
  void release();

  /** Watches a directory unless it is watched already. `fd` is any descriptor of it. */
  void watch(const NodePtr& directory, int fd);
  void unwatch(Node& directory);

  size_t watches() const;

 private:
  /** Names in directories (empty: the directory itself), and how often each was looked at in vain. */
  using Names = std::map<std::pair<NodeId, std::string>, int>;

  void run();
  void collect(Names& names);
  bool judge(NodeId directory, const std::string& name, bool isLastTry);
  void overflow();

  Filesystem& filesystem_;
  Descriptor inotify_;
  Descriptor stopEvent_;
  mutable std::mutex mutex_;
  std::unordered_map<int, NodeId> byWatch_;
  bool overflowed_ = false;
  /** To be looked at again. */
  Names unsettled_;
  std::thread thread_;
};

}  // namespace viking
