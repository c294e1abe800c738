// Reads small files ahead of a program that reads a directory's files one after the other, as `grep -r` does.
//
// On a cold cache each file costs two waits for the disk (its inode, its first block), one after the other. The kernel
// reads ahead within a file only; which file is next is known to whoever made the listing.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "backing.h"
#include "inode_table.h"
#include "listing.h"

namespace viking {

class ReadAhead {
 public:
  ReadAhead(InodeTable& table, Backing& backing) : table_(table), backing_(backing) {}
  ~ReadAhead() { stop(); }

  void start();
  void stop();

  /**
   * The beginning of a file was not in memory. When the one listed shortly before it was read like that too, those
   * listed after it are brought into the page cache by a thread of its own. Never waits for the disk.
   */
  void coldRead(const NodePtr& node);

  uint64_t files() const { return files_.load(std::memory_order_relaxed); }

 private:
  struct Stretch {
    SharedDescriptor directory;
    std::shared_ptr<const Listing> listing;
    size_t from;
    size_t to;
  };
  void run();
  void bring(const Stretch& stretch);

  InodeTable& table_;
  Backing& backing_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Stretch> queue_;
  bool stopping_ = false;
  std::atomic<uint64_t> files_{0};
  std::thread thread_;
};

}  // namespace viking
