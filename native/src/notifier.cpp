#include "notifier.h"

#include <sys/uio.h>


namespace viking {

namespace {

constexpr auto kSoon = std::chrono::milliseconds(10);

}  // namespace

void Notifier::start(int device) {
  device_ = device;
  thread_ = std::thread([this] { run(); });
}

void Notifier::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Notifier::inode(NodeId node) { push({FUSE_NOTIFY_INVAL_INODE, node, {}}); }

void Notifier::inodeSoon(NodeId node) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    const bool isFirst = soon_.empty();
    soon_.insert(node);
    if (!isFirst) return;
    soonAt_ = std::chrono::steady_clock::now() + kSoon;
  }
  wake_.notify_one();
}

void Notifier::attributes(NodeId node) { push({FUSE_NOTIFY_INVAL_INODE, node, {}, true}); }

void Notifier::attributesNow(NodeId node) { send({FUSE_NOTIFY_INVAL_INODE, node, {}, true}); }

void Notifier::entry(NodeId parent, std::string name) {
  push({FUSE_NOTIFY_INVAL_ENTRY, parent, std::move(name)});
}

bool Notifier::everything() {
  if (minor_ < kMinorIncEpoch) return false;
  push({kNotifyIncEpoch, 0, {}});
  return true;
}

void Notifier::push(Notice notice) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    queue_.push_back(std::move(notice));
  }
  wake_.notify_one();
}

void Notifier::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty() || !soon_.empty(); });
    if (!soon_.empty()) {
      wake_.wait_until(lock, soonAt_, [this] { return stopping_ || !queue_.empty(); });
      if (!stopping_ && std::chrono::steady_clock::now() >= soonAt_) {
        for (const NodeId node : soon_) queue_.push_back({FUSE_NOTIFY_INVAL_INODE, node, {}});
        soon_.clear();
      }
    }
    if (stopping_) return;
    if (queue_.empty()) continue;
    const Notice notice = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    send(notice);
    lock.lock();
  }
}

void Notifier::send(const Notice& notice) {
  // A notification is an answer with unique 0 and its code in the error field.
  fuse_out_header header{};
  header.error = notice.code;
  fuse_notify_inval_inode_out inode{};
  NotifyInvalEntryOut entry{};
  iovec parts[3] = {{&header, sizeof header}, {nullptr, 0}, {nullptr, 0}};
  int count = 1;
  if (notice.code == FUSE_NOTIFY_INVAL_INODE) {
    inode.ino = notice.node;
    inode.off = notice.keepsPages ? -1 : 0;  // with len 0: attributes, and from 0 on all pages
    parts[count++] = {&inode, sizeof inode};
  } else if (notice.code == FUSE_NOTIFY_INVAL_ENTRY) {
    entry.parent = notice.node;
    entry.namelen = static_cast<uint32_t>(notice.name.size());
    // Dropping the entry of a directory would unhash it under a process that works there: its getcwd fails (ENOENT).
    // An expired one is looked up again, and dropped only when it leads elsewhere.
    entry.flags = minor_ >= kMinorExpireOnly ? kExpireOnly : 0;
    parts[count++] = {&entry, sizeof entry};
    parts[count++] = {const_cast<char*>(notice.name.c_str()), notice.name.size() + 1};
  }
  for (int i = 0; i < count; ++i) header.len += static_cast<uint32_t>(parts[i].iov_len);
  // ENOENT: the kernel does not know the inode or name, which is what was wanted.
  if (::writev(device_, parts, count) >= 0) sent_ += 1;
}

}  // namespace viking
