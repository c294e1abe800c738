// The kernel's FUSE protocol as this driver speaks it: <linux/fuse.h> of the build machine, plus what newer kernels
// add and an older header lacks. Every feature is negotiated at run time, so a binary built against an old header
// still uses what a new kernel offers. Numbers and layouts: include/uapi/linux/fuse.h, versions noted beside each.
#pragma once

#include <linux/fuse.h>
#include <sys/ioctl.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace viking {

using NodeId = uint64_t;

/** The newest protocol minor this code knows; the lower of ours and the kernel's is spoken. */
constexpr uint32_t kProtocolMinor = 45;
/** Oldest minor with every structure layout used here (7.31: kernel 5.2). */
constexpr uint32_t kOldestMinor = 31;

/** Most bytes of one READ or WRITE, as negotiated; nothing larger is ever allocated for a request. */
constexpr uint32_t kMaxTransfer = 1 << 20;

constexpr uint64_t kInitDirectIoAllowMmap = 1ULL << 36;  // 7.39
constexpr uint64_t kInitPassthrough = 1ULL << 37;     // 7.40
constexpr uint64_t kInitRequestTimeout = 1ULL << 42;  // 7.43
constexpr uint32_t kOpenPassthrough = 1U << 7;        // 7.40, FOPEN_PASSTHROUGH
constexpr uint32_t kOpenNoFlush = 1U << 5;            // 7.35, FOPEN_NOFLUSH

/** In `fuse_attr.flags` as JavaScript gives it, never to the kernel: a node for each process; see `internVirtual`. */
constexpr uint32_t kNodePerProcess = 1U << 31;
/** The same: the file stays as it is until something it is made from changes; see `KeptFiles`. */
constexpr uint32_t kNodeStays = 1U << 30;

constexpr uint32_t kOpStatx = 52;               // 7.39
constexpr uint32_t kOpCopyFileRange64 = 53;     // 7.45
constexpr int kNotifyIncEpoch = 8;              // 7.44, FUSE_NOTIFY_INC_EPOCH
constexpr uint32_t kMinorIncEpoch = 44;
constexpr uint32_t kMinorExpireOnly = 38;

/** struct fuse_notify_inval_entry_out since 7.38; older kernels read `flags` as padding. */
struct NotifyInvalEntryOut {
  uint64_t parent;
  uint32_t namelen;
  uint32_t flags;
};
/** FUSE_EXPIRE_ONLY (7.38): the name is asked for again, but a directory somebody works in keeps its place. */
constexpr uint32_t kExpireOnly = 1U << 0;


/** struct fuse_init_out since 7.43; older kernels read the same bytes as unused. */
struct InitOut {
  uint32_t major;
  uint32_t minor;
  uint32_t max_readahead;
  uint32_t flags;
  uint16_t max_background;
  uint16_t congestion_threshold;
  uint32_t max_write;
  uint32_t time_gran;
  uint16_t max_pages;
  uint16_t map_alignment;
  uint32_t flags2;
  uint32_t max_stack_depth;
  uint16_t request_timeout;
  uint16_t unused[11];
};
static_assert(sizeof(InitOut) == 64);

/** struct fuse_open_out since 7.40. */
struct OpenOut {
  uint64_t fh;
  uint32_t open_flags;
  int32_t backing_id;
};
static_assert(sizeof(OpenOut) == sizeof(fuse_open_out));

/** struct fuse_backing_map, argument of the ioctls that register a backing file (7.40). */
struct BackingMap {
  int32_t fd;
  uint32_t flags;
  uint64_t padding;
};
constexpr unsigned long kIocBackingOpen = _IOW(FUSE_DEV_IOC_MAGIC, 1, BackingMap);
constexpr unsigned long kIocBackingClose = _IOW(FUSE_DEV_IOC_MAGIC, 2, uint32_t);

/** struct fuse_copy_file_range_out (7.45). */
struct CopyFileRangeOut {
  uint64_t bytes_copied;
};

/** struct fuse_statx_in and its answer (7.39). */
struct StatxTime {
  int64_t tv_sec;
  uint32_t tv_nsec;
  int32_t reserved;
};
struct StatxIn {
  uint32_t getattr_flags;
  uint32_t reserved;
  uint64_t fh;
  uint32_t sx_flags;
  uint32_t sx_mask;
};
struct StatxOut {
  uint64_t attr_valid;
  uint32_t attr_valid_nsec;
  uint32_t flags;
  uint64_t spare[2];
  uint32_t mask;
  uint32_t blksize;
  uint64_t attributes;
  uint32_t nlink;
  uint32_t uid;
  uint32_t gid;
  uint16_t mode;
  uint16_t spare0;
  uint64_t ino;
  uint64_t size;
  uint64_t blocks;
  uint64_t attributes_mask;
  StatxTime atime;
  StatxTime btime;
  StatxTime ctime;
  StatxTime mtime;
  uint32_t rdev_major;
  uint32_t rdev_minor;
  uint32_t dev_major;
  uint32_t dev_minor;
  uint64_t spare2[14];
};
static_assert(sizeof(StatxOut) == 288);

/** One request as it lies in a worker's buffer. Bodies are read through bounds-checked accessors only. */
class Request {
 public:
  Request(const char* bytes, size_t size, int device) : bytes_(bytes), size_(size), device_(device) {}

  /** True when the kernel's length field agrees with what was read. */
  bool valid() const { return size_ >= sizeof(fuse_in_header) && header().len == size_; }
  const fuse_in_header& header() const { return *reinterpret_cast<const fuse_in_header*>(bytes_); }
  uint32_t opcode() const { return header().opcode; }
  uint64_t unique() const { return header().unique; }
  NodeId node() const { return header().nodeid; }
  /** The descriptor the answer must be written to: the clone that read the request. */
  int device() const { return device_; }

  const char* body() const { return bytes_ + sizeof(fuse_in_header); }
  /** Bytes after the header, without the trailing extensions (7.38). */
  size_t bodySize() const {
    const size_t extensions = size_t{header().total_extlen} * 8;
    const size_t total = size_ - sizeof(fuse_in_header);
    return extensions > total ? 0 : total - extensions;
  }

  /** The fixed part of the body; zeroes when the kernel sent less. */
  template <typename T>
  T as() const {
    T value{};
    std::memcpy(&value, body(), bodySize() < sizeof(T) ? bodySize() : sizeof(T));
    return value;
  }

  /** The NUL-terminated string that starts `offset` bytes into the body. */
  std::string_view text(size_t offset) const {
    if (offset >= bodySize()) return {};
    const char* start = body() + offset;
    return {start, strnlen(start, bodySize() - offset)};
  }

  /** Raw bytes from `offset`, at most `count`. */
  std::string_view data(size_t offset, size_t count) const {
    if (offset >= bodySize()) return {};
    return {body() + offset, count < bodySize() - offset ? count : bodySize() - offset};
  }

 private:
  const char* bytes_;
  size_t size_;
  int device_;
};

}  // namespace viking
