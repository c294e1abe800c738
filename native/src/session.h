// One mount, from INIT to its end.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "content.h"
#include "durable_writes.h"
#include "listings.h"
#include "outbox.h"
#include "virtual_calls.h"
#include "virtual_nodes.h"
#include "watchdog.h"
#include "watcher.h"
#include "workers.h"

namespace viking {

class Session {
 public:
  explicit Session(Options options);
  ~Session();

  /** Mounts and starts serving. Empty on success, else what went wrong. Not on the JavaScript thread. */
  std::string mount();
  /** Unmounts, lets requests finish for at most `graceMs`, then ends every thread. Safe to call twice. */
  std::string unmount(uint32_t graceMs);
  /** Ends everything without waiting for anybody: the environment goes away. */
  void abort();

  Outbox& outbox() { return outbox_; }
  VirtualCalls& calls() { return calls_; }
  /** See `DurableWrites::begin`. The end is told in the mail; if all was written, its caller has its answer by then. */
  bool writeThrough(DurableWrite write) { return writes_.begin(std::move(write)); }
  /** Drops what the kernel caches of a path. */
  void invalidate(const std::string& path);
  /** Something at a path changed (`/`: anything): generated files that tell of it are asked for again. */
  void stale(const std::string& path);
  void setListed(NodeId node, uint32_t mask);
  void setStatic(const std::string& path, const fuse_attr& attr);
  void enableChanges() { fs_.changes.enable(); }
  std::map<std::string, uint64_t> stats() const;

  /** Prepares the tree without mounting it. Empty on success; `mount` does it by itself. */
  std::string prepare();
  /** Serves one request, on any thread; the answer goes to the request's device. */
  void dispatch(const Request& request, Scratch& scratch);

 private:
  void dispatchNamed(const Request& request, const NodePtr& node);
  void dispatchPair(const Request& request, const NodePtr& node);
  void dispatchVirtual(const Request& request, const NodePtr& node, Scratch& scratch);
  void dispatchContent(const Request& request, const NodePtr& node, Scratch& scratch);
  /** True when the extended attribute named at `offset` is one that JavaScript answers. */
  bool isOurAttribute(const Request& request, size_t offset) const;
  void initialise(const Request& request);
  void forget(const Request& request);
  bool openGrafts(std::string& problem);
  void tick();
  void wrote(const DurableWrite& write, ssize_t written, int error);
  void end();

  Filesystem fs_;
  Outbox outbox_;
  Content content_;
  Listings listings_;
  VirtualNodes virtuals_;
  VirtualCalls calls_;
  DurableWrites writes_;
  Watcher watcher_;
  Workers workers_;
  Watchdog watchdog_;
  std::vector<Descriptor> devices_;

  std::mutex lifeMutex_;
  bool mounted_ = false;
  std::thread ticker_;
  std::mutex tickMutex_;
  std::condition_variable tickWake_;
  bool tickStop_ = false;
  std::mutex endMutex_;
  std::condition_variable endWake_;
  bool ended_ = false;
};

}  // namespace viking
