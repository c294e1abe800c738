#include "attributes.h"

#include <sys/sysmacros.h>

namespace viking {

namespace {

int64_t nanoseconds(const statx_timestamp& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

uint64_t deviceOf(const struct statx& stat) { return makedev(stat.stx_dev_major, stat.stx_dev_minor); }

uint64_t inodeNumber(const struct statx& stat, uint64_t device) {
  const uint64_t own = deviceOf(stat);
  return own == device ? stat.stx_ino : stat.stx_ino ^ (own << 44);
}

StatxTime timeOf(const statx_timestamp& time) { return {time.tv_sec, time.tv_nsec, 0}; }

}  // namespace

InodeKey keyOf(const struct statx& stat) {
  const bool hasBirth = (stat.stx_mask & STATX_BTIME) != 0;
  return {deviceOf(stat), stat.stx_ino, hasBirth ? nanoseconds(stat.stx_btime) : 0};
}

Stamp stampOf(const struct statx& stat) {
  return {nanoseconds(stat.stx_mtime), nanoseconds(stat.stx_ctime), stat.stx_size};
}

NodeKind kindOf(const struct statx& stat) {
  return S_ISDIR(stat.stx_mode) ? NodeKind::directory : NodeKind::file;
}

fuse_attr attrOf(const struct statx& stat, uint64_t device) {
  fuse_attr attr{};
  attr.ino = inodeNumber(stat, device);
  attr.size = stat.stx_size;
  attr.blocks = stat.stx_blocks;
  attr.atime = static_cast<uint64_t>(stat.stx_atime.tv_sec);
  attr.mtime = static_cast<uint64_t>(stat.stx_mtime.tv_sec);
  attr.ctime = static_cast<uint64_t>(stat.stx_ctime.tv_sec);
  attr.atimensec = stat.stx_atime.tv_nsec;
  attr.mtimensec = stat.stx_mtime.tv_nsec;
  attr.ctimensec = stat.stx_ctime.tv_nsec;
  attr.mode = stat.stx_mode;
  attr.nlink = stat.stx_nlink;
  attr.uid = stat.stx_uid;
  attr.gid = stat.stx_gid;
  attr.rdev = static_cast<uint32_t>(makedev(stat.stx_rdev_major, stat.stx_rdev_minor));
  attr.blksize = stat.stx_blksize;
  return attr;
}

fuse_entry_out entryOf(NodeId node, const fuse_attr& attr, Validity name, Validity attributes) {
  fuse_entry_out out{};
  out.nodeid = node;
  out.entry_valid = name.seconds;
  out.entry_valid_nsec = name.nanoseconds;
  out.attr_valid = attributes.seconds;
  out.attr_valid_nsec = attributes.nanoseconds;
  out.attr = attr;
  return out;
}

fuse_attr_out attrOutOf(const fuse_attr& attr, Validity validity) {
  fuse_attr_out out{};
  out.attr_valid = validity.seconds;
  out.attr_valid_nsec = validity.nanoseconds;
  out.attr = attr;
  return out;
}

StatxOut statxOutOf(const struct statx& stat, uint64_t device, Validity validity) {
  StatxOut out{};
  out.attr_valid = validity.seconds;
  out.attr_valid_nsec = validity.nanoseconds;
  out.mask = stat.stx_mask;
  out.blksize = stat.stx_blksize;
  out.attributes = stat.stx_attributes;
  out.attributes_mask = stat.stx_attributes_mask;
  out.nlink = stat.stx_nlink;
  out.uid = stat.stx_uid;
  out.gid = stat.stx_gid;
  out.mode = stat.stx_mode;
  out.ino = inodeNumber(stat, device);
  out.size = stat.stx_size;
  out.blocks = stat.stx_blocks;
  out.atime = timeOf(stat.stx_atime);
  out.btime = timeOf(stat.stx_btime);
  out.ctime = timeOf(stat.stx_ctime);
  out.mtime = timeOf(stat.stx_mtime);
  out.rdev_major = stat.stx_rdev_major;
  out.rdev_minor = stat.stx_rdev_minor;
  return out;
}

StatxOut statxOutOf(const fuse_attr& attr, Validity validity) {
  StatxOut out{};
  out.attr_valid = validity.seconds;
  out.attr_valid_nsec = validity.nanoseconds;
  out.mask = STATX_BASIC_STATS;
  out.blksize = attr.blksize;
  out.nlink = attr.nlink;
  out.uid = attr.uid;
  out.gid = attr.gid;
  out.mode = static_cast<uint16_t>(attr.mode);
  out.ino = attr.ino;
  out.size = attr.size;
  out.blocks = attr.blocks;
  out.atime = {static_cast<int64_t>(attr.atime), attr.atimensec, 0};
  out.ctime = {static_cast<int64_t>(attr.ctime), attr.ctimensec, 0};
  out.mtime = {static_cast<int64_t>(attr.mtime), attr.mtimensec, 0};
  return out;
}

}  // namespace viking
