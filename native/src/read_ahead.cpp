#include "read_ahead.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>

namespace viking {

namespace {

/** Files brought in ahead of the reader: more than a disk's queue answers while one is read and looked through. */
constexpr size_t kAhead = 16;
/** Of each file; the kernel itself reads ahead in one that goes on. */
constexpr size_t kFileBytes = 64 << 10;
/** How far from the last one the next is looked for: between two files lie directories, and threads take turns. */
constexpr size_t kWindow = 32;
/** Reads in the order of the listing before it is believed to go on. */
constexpr uint32_t kInOrder = 2;
/** A disk that cannot keep up is not asked for more. */
constexpr size_t kMostWaiting = 8;

}  // namespace

void ReadAhead::start() {
  thread_ = std::thread([this] { run(); });
}

void ReadAhead::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ReadAhead::coldRead(const NodePtr& node) {
  const auto link = table_.firstLink(*node);
  const NodePtr parent = link ? table_.get(link->parent) : nullptr;
  if (!parent || parent->isVirtual()) return;
  std::shared_ptr<const Listing> listing;
  {
    const std::lock_guard lock(parent->mutex);
    if (!parent->listings.empty()) listing = parent->listings.back();
  }
  if (!listing) return;
  const auto& entries = listing->entries;
  const size_t last = listing->readAt.load(std::memory_order_relaxed);
  const size_t end = std::min(entries.size(), last + kWindow);
  size_t at = last < kWindow ? 0 : last - kWindow;
  while (at < end && entries[at].name != link->name) ++at;
  if (at == end) {
    // Somebody jumps about, or begins anew.
    listing->inOrder.store(0, std::memory_order_relaxed);
    listing->readAt.store(0, std::memory_order_relaxed);
    listing->aheadTo.store(0, std::memory_order_relaxed);
    return;
  }
  listing->readAt.store(static_cast<uint32_t>(std::max(at, last)), std::memory_order_relaxed);
  if (listing->inOrder.fetch_add(1, std::memory_order_relaxed) + 1 < kInOrder) return;
  // Half of the way again at once, so that the disk always has some of them to do.
  const size_t ahead = listing->aheadTo.load(std::memory_order_relaxed);
  if (ahead >= entries.size() || ahead > at + kAhead / 2) return;
  const size_t to = std::min(entries.size(), at + 1 + kAhead);
  listing->aheadTo.store(static_cast<uint32_t>(to), std::memory_order_relaxed);
  int error = 0;
  auto directory = backing_.directory(parent, error);
  if (!directory) return;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= kMostWaiting) return;
    queue_.push_back({std::move(directory), listing, std::max(ahead, at + 1), to});
  }
  wake_.notify_one();
}

void ReadAhead::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const Stretch stretch = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    bring(stretch);
    lock.lock();
  }
}

void ReadAhead::bring(const Stretch& stretch) {
  for (size_t at = stretch.from; at < stretch.to; ++at) {
    const ListedEntry& entry = stretch.listing->entries[at];
    if (entry.type != DT_REG) continue;
    // What the name is now may be another thing: never a device or a FIFO that opening would set in motion or wait for.
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const Descriptor file(::openat(stretch.directory->get(), entry.name.c_str(), flags));
    struct stat stat {};
    if (!file.valid() || ::fstat(file.get(), &stat) != 0 || !S_ISREG(stat.st_mode)) continue;
    ::readahead(file.get(), 0, kFileBytes);
    files_.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace viking
