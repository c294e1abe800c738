// A directory as it was when its listing began.
//
// With zero-message OPENDIR there is no handle to keep a position in, and the cookies of ext4 use all 63 bits. So a
// listing is read whole when it starts, kept for a while, and a cookie names the snapshot and the index in it: a
// reader neither misses nor repeats an entry that existed all along, whatever others create and remove meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "inode_table.h"

namespace viking {

struct ListedEntry {
  uint64_t inode;
  uint32_t type;
  std::string name;
};

struct Listing {
  uint32_t id;
  std::vector<ListedEntry> entries;
  // What ReadAhead knows of whoever reads the files of this listing; guesses, so no lock.
  /** Index of the entry read last from disk, and how many were read in order. */
  mutable std::atomic<uint32_t> readAt{0};
  mutable std::atomic<uint32_t> inOrder{0};
  /** Files before this index are in memory or on the way. */
  mutable std::atomic<uint32_t> aheadTo{0};
};

/** Cookie of the entry after index `index`: the snapshot in the upper half, never negative as an off_t. */
constexpr uint64_t cookieOf(uint32_t listing, size_t index) {
  return (uint64_t{listing & 0x7fffffff} << 32) | static_cast<uint32_t>(index + 1);
}
constexpr uint32_t listingOf(uint64_t cookie) { return static_cast<uint32_t>(cookie >> 32); }
constexpr size_t indexOf(uint64_t cookie) { return static_cast<uint32_t>(cookie); }

/** Listings kept per directory: one for each of this many readers at different places in a changing directory. */
constexpr size_t kListingsPerDirectory = 8;

/** Reads all entries of an open directory, `.` and `..` left out. Zero or an errno. */
int readEntries(int directory, std::vector<ListedEntry>& entries);

/** Remembers a listing on its directory, and finds it again by cookie. */
std::shared_ptr<const Listing> keepListing(Node& node, std::vector<ListedEntry> entries);
std::shared_ptr<const Listing> findListing(Node& node, uint64_t cookie);

/** Fills an answer to READDIR or READDIRPLUS, entry by entry, up to the size the kernel asked for. */
class ListingWriter {
 public:
  ListingWriter(std::vector<char>& buffer, size_t limit, bool plus) : buffer_(buffer), limit_(limit), plus_(plus) {
    buffer_.clear();
  }
  bool plus() const { return plus_; }
  /** True when an entry of this name still fits. */
  bool fits(std::string_view name) const;
  /** `entry` (with its lookup counted) for READDIRPLUS; null leaves the kernel to look the name up itself. */
  void add(const ListedEntry& listed, uint64_t cookie, const fuse_entry_out* entry);
  const std::vector<char>& bytes() const { return buffer_; }

 private:
  size_t sizeOf(std::string_view name) const;

  std::vector<char>& buffer_;
  size_t limit_;
  bool plus_;
};

}  // namespace viking
