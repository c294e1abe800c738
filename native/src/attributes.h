// Backing attributes to protocol attributes.
#pragma once

#include <sys/stat.h>

#include "inode_table.h"
#include "protocol.h"

namespace viking {

/** How long the kernel may trust a name and attributes. Zero: it asks every time. */
struct Validity {
  uint64_t seconds;
  uint32_t nanoseconds = 0;
};
/** Content whose directory is watched, and static directories: until we say otherwise. */
constexpr Validity kLong{86'400};
/** Content in a directory that could not be watched (inotify limit). */
constexpr Validity kShort{1};
constexpr Validity kNone{0};
/** From the look-up of a generated file to the first read of whoever looked it up: one question less for each reading. */
constexpr Validity kOneCommand{0, 2'000'000};

/** statx fields every operation asks for. */
constexpr unsigned kStatxMask = STATX_BASIC_STATS | STATX_BTIME;

InodeKey keyOf(const struct statx& stat);
Stamp stampOf(const struct statx& stat);
NodeKind kindOf(const struct statx& stat);
/** `device` is the tree's own device; inodes of others (a mount inside content) get the device mixed in. */
fuse_attr attrOf(const struct statx& stat, uint64_t device);

fuse_entry_out entryOf(NodeId node, const fuse_attr& attr, Validity name, Validity attributes);
fuse_attr_out attrOutOf(const fuse_attr& attr, Validity validity);
StatxOut statxOutOf(const struct statx& stat, uint64_t device, Validity validity);
StatxOut statxOutOf(const fuse_attr& attr, Validity validity);

/** Directory entry type (DT_*) of a mode. */
inline uint32_t typeOf(uint32_t mode) { return (mode & S_IFMT) >> 12; }

}  // namespace viking
