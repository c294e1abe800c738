#include "listing.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace viking {

namespace {

std::atomic<uint32_t> lastListing{0};

}  // namespace

int readEntries(int directory, std::vector<ListedEntry>& entries) {
  alignas(dirent64) char buffer[32 * 1024];
  for (;;) {
    const long count = ::syscall(SYS_getdents64, directory, buffer, sizeof buffer);
    if (count < 0) return errno;
    if (count == 0) return 0;
    for (long offset = 0; offset < count;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer + offset);
      offset += entry->d_reclen;
      const std::string_view name(entry->d_name);
      if (name != "." && name != "..") entries.push_back({entry->d_ino, entry->d_type, std::string(name)});
    }
  }
}

std::shared_ptr<const Listing> keepListing(Node& node, std::vector<ListedEntry> entries) {
  auto listing = std::make_shared<Listing>();
  uint32_t id;
  do {
    id = ++lastListing & 0x7fffffff;
  } while (id == 0);
  listing->id = id;
  listing->entries = std::move(entries);
  const std::lock_guard lock(node.mutex);
  if (node.listings.size() >= kListingsPerDirectory) node.listings.erase(node.listings.begin());
  node.listings.push_back(listing);
  return listing;
}

std::shared_ptr<const Listing> findListing(Node& node, uint64_t cookie) {
  const std::lock_guard lock(node.mutex);
  for (const auto& listing : node.listings) {
    if (listing->id == listingOf(cookie)) return listing;
  }
  return nullptr;
}

size_t ListingWriter::sizeOf(std::string_view name) const {
  const size_t header = plus_ ? FUSE_NAME_OFFSET_DIRENTPLUS : FUSE_NAME_OFFSET;
  return FUSE_DIRENT_ALIGN(header + name.size());
}

bool ListingWriter::fits(std::string_view name) const { return buffer_.size() + sizeOf(name) <= limit_; }

void ListingWriter::add(const ListedEntry& listed, uint64_t cookie, const fuse_entry_out* entry) {
  const size_t start = buffer_.size();
  buffer_.resize(start + sizeOf(listed.name));  // value-initialised: the padding is zero
  char* at = buffer_.data() + start;
  if (plus_) {
    if (entry != nullptr) std::memcpy(at, entry, sizeof *entry);
    at += sizeof(fuse_entry_out);
  }
  fuse_dirent dirent{};
  dirent.ino = listed.inode;
  dirent.off = cookie;
  dirent.namelen = static_cast<uint32_t>(listed.name.size());
  dirent.type = listed.type;
  std::memcpy(at, &dirent, FUSE_NAME_OFFSET);
  std::memcpy(at + FUSE_NAME_OFFSET, listed.name.data(), listed.name.size());
}

}  // namespace viking
