#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>

#include "listings.h"
#include "names.h"

namespace viking {

namespace {

/** Longest a listing waits to hear which sidecars are built; then it shows none, and is corrected afterwards. */
constexpr auto kListedWait = std::chrono::milliseconds(10);

/** Inode numbers of names that have no backing file yet: above any of ext4, xfs or btrfs in practice. */
constexpr uint64_t kSyntheticInode = 1ULL << 62;

ListedEntry synthetic(const Node& directory, const std::string& name, uint32_t type, size_t index) {
  return {kSyntheticInode | (directory.key.inode << 6) | index, type, name};
}

}  // namespace

bool Listings::build(const NodePtr& node, std::vector<ListedEntry>& entries, int& error) {
  const auto directory = fs_.backing.directory(node, error);
  if (!directory) return false;
  if (fs_.watcher != nullptr) fs_.watcher->watch(node, directory->get());
  if (fs_.options.asksListed && node->listedState.load() != Node::known) awaitListed(node);

  // Opened anew: the position of a shared descriptor belongs to nobody.
  const Descriptor reader(::openat(directory->get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!reader.valid()) {
    error = errno;
    return false;
  }
  entries.push_back({node->key.inode, DT_DIR, "."});
  entries.push_back({node->key.inode, DT_DIR, ".."});
  error = readEntries(reader.get(), entries);
  if (error != 0) return false;
  uint32_t present = 0;
  std::erase_if(entries, [&](const ListedEntry& entry) {
    const int reserved = fs_.reservedIndex(entry.name);
    if (reserved >= 0) present |= 1U << reserved;
    if (fs_.isHidden(entry.name) || !isUtf8(entry.name)) return true;
    return node->graft && std::ranges::find(node->graft->virtualNames, entry.name) != node->graft->virtualNames.end();
  });
  const uint32_t shown = node->listed.load() & ~present;
  // First, and with the lowest numbers: programs that copy a tree go by order or by inode, and a copy of a layer must
  // be made before its new directory has content and, by that, a layer of its own (O_EXCL would fail).
  std::vector<ListedEntry> sidecars;
  for (size_t i = 0; i < fs_.options.reserved.size(); ++i) {
    if ((shown & (1U << i)) != 0) sidecars.push_back({i + 1, DT_REG, fs_.options.reserved[i]});
  }
  entries.insert(entries.begin() + 2, sidecars.begin(), sidecars.end());
  if (node->graft) {
    for (size_t i = 0; i < node->graft->virtualNames.size(); ++i) {
      entries.push_back(synthetic(*node, node->graft->virtualNames[i], DT_DIR, 32 + i));
    }
  }
  return true;
}

void Listings::content(const Request& request, const NodePtr& node, Scratch& scratch) {
  (void)scratch;
  const auto in = request.as<fuse_read_in>();
  const bool plus = request.opcode() == FUSE_READDIRPLUS;
  const uint32_t changesBefore = node->changes.load();
  auto listing = in.offset == 0 ? nullptr : findListing(*node, in.offset);
  if (!listing) {
    std::vector<ListedEntry> entries;
    int error = 0;
    if (!build(node, entries, error)) {
      Reply(request).error(error);
      return;
    }
    listing = keepListing(*node, std::move(entries));
  }
  emit(Reply(request), node, *listing, in.offset == 0 ? 0 : indexOf(in.offset), in.size, plus, changesBefore);
}

void Listings::emit(const Reply& reply, const NodePtr& node, const Listing& listing, size_t from, uint32_t room,
                    bool plus, uint32_t changesBefore) {
  static thread_local std::vector<char> buffer;
  ListingWriter writer(buffer, room, plus);
  std::vector<NodePtr> counted;
  std::vector<NodePtr> unknown;
  int error = 0;
  const auto directory = node->isVirtual() ? nullptr : fs_.backing.directory(node, error);
  const Validity validity = fs_.contentValidity(*node);
  const bool withFiles = Clock::now().time_since_epoch().count() < fs_.attributesUntilNs.load(std::memory_order_relaxed);
  if (plus && directory) node->listedBare = !withFiles;
  for (size_t index = from; index < listing.entries.size(); ++index) {
    const ListedEntry& listed = listing.entries[index];
    if (!writer.fits(listed.name)) break;
    const uint64_t cookie = cookieOf(listing.id, index);
    struct statx stat {};
    // Names JavaScript answers for, and names that went meanwhile, carry no attributes: the kernel asks for them.
    const bool wanted = withFiles || listed.type == DT_DIR || listed.type == DT_UNKNOWN;
    const bool known = plus && directory && index >= 2 && wanted && !fs_.isVirtualName(*node, listed.name) &&
                       statName(directory->get(), listed.name, stat) == 0;
    if (!known) {
      writer.add(listed, cookie, nullptr);
      continue;
    }
    NodePtr child = content_.intern(node, listed.name, stat);
    if (child->kind == NodeKind::directory && child->listedState.load() == Node::unknown) unknown.push_back(child);
    // A directory's own attributes are watched only once it is opened; the parent's watch covers its names.
    const auto entry = entryOf(child->id, attrOf(stat, fs_.device), validity, validity);
    writer.add(listed, cookie, &entry);
    counted.push_back(std::move(child));
  }
  const bool atEnd = writer.bytes().empty();
  const bool sent = reply.bytes(writer.bytes().data(), writer.bytes().size());
  if (!sent) {
    for (const NodePtr& child : counted) fs_.forget(child->id, 1);
  }
  if (!node->isVirtual()) {
    if (node->changes.load() != changesBefore) fs_.notifier.inode(node->id);
    if (fs_.options.asksListed) {
      for (const NodePtr& child : unknown) askListed(child);
    }
  } else if (atEnd) {
    // The kernel keeps a finished listing; a virtual one may differ next time.
    fs_.notifier.inode(node->id);
  }
}

bool Listings::virtualContinued(const Request& request, const NodePtr& node, Scratch&) {
  const auto in = request.as<fuse_read_in>();
  if (in.offset == 0) return false;
  const auto listing = findListing(*node, in.offset);
  if (!listing) return false;
  emit(Reply(request), node, *listing, indexOf(in.offset), in.size, request.opcode() == FUSE_READDIRPLUS, 0);
  return true;
}

void Listings::virtualAnswered(const Call& call, const Payload& payload) {
  const NodePtr node = fs_.table.get(call.node);
  if (!node) {
    call.reply.error(ESTALE);
    return;
  }
  std::vector<ListedEntry> entries;
  const fuse_attr attr = fs_.table.attr(*node);
  const uint64_t self = attr.ino != 0 ? attr.ino : node->id;
  entries.push_back({self, DT_DIR, "."});
  entries.push_back({self, DT_DIR, ".."});
  for (size_t at = 0; at + 10 <= payload.size;) {
    ListedEntry entry{};
    std::memcpy(&entry.inode, payload.data + at, 8);
    entry.type = static_cast<uint8_t>(payload.data[at + 8]);
    const size_t length = static_cast<uint8_t>(payload.data[at + 9]);
    if (at + 10 + length > payload.size) break;
    entry.name.assign(payload.data + at + 10, length);
    at += 10 + length;
    if (entry.inode == 0) entry.inode = kSyntheticInode | (node->id << 6);
    entries.push_back(std::move(entry));
  }
  const auto listing = keepListing(*node, std::move(entries));
  emit(call.reply, node, *listing, indexOf(call.flags), call.size, call.plus, 0);
}

void Listings::askListed(const NodePtr& node) {
  uint8_t state = Node::unknown;
  if (!node->listedState.compare_exchange_strong(state, Node::asked)) return;
  auto path = fs_.table.path(node->id);
  if (!path) return;
  outbox_.post([&](Mail& mail) { mail.listed.push_back({node->id, std::move(*path)}); });
}

void Listings::awaitListed(const NodePtr& node) {
  askListed(node);
  if (!responsive_.load()) {
    node->listedLate = true;
    return;
  }
  std::unique_lock lock(listedMutex_);
  const bool answered = listedAnswered_.wait_for(lock, kListedWait, [&] { return node->listedState == Node::known; });
  if (answered) return;
  responsive_ = false;
  node->listedLate = true;
}

void Listings::setListed(const NodePtr& node, uint32_t mask) {
  {
    const std::lock_guard lock(listedMutex_);
    node->listed = mask;
    node->listedState = Node::known;
    responsive_ = true;
  }
  listedAnswered_.notify_all();
  if (node->listedLate.exchange(false) && mask != 0) fs_.notifier.inode(node->id);
}

void Listings::forgetListed(const NodePtr& node) {
  node->listedState = Node::unknown;
  fs_.notifier.inode(node->id);
}

}  // namespace viking
