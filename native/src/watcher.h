// Changes made behind the mount, seen by inotify, become invalidations.
//
// Every directory of content the kernel holds names of is watched, from before the first name is looked up in it.
// The driver's own operations raise the same events: they are recognised by comparing stamps, so that a write
// through the mount does not throw away the pages it just cached.
#pragma once

#include <atomic>
#include <mutex>
#include <set>
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
  void run();
  void collect(std::set<std::pair<NodeId, std::string>>& names);
  void judge(NodeId directory, const std::string& name);
  void overflow();

  Filesystem& filesystem_;
  Descriptor inotify_;
  Descriptor stopEvent_;
  mutable std::mutex mutex_;
  std::unordered_map<int, NodeId> byWatch_;
  bool overflowed_ = false;
  std::thread thread_;
};

}  // namespace viking
