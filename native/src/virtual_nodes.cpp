#include "virtual_nodes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace viking {

namespace {

int64_t nanoseconds(uint64_t seconds, uint32_t rest) {
  // Unsigned, so that a time no clock shows wraps instead of being undefined.
  return static_cast<int64_t>(seconds * 1'000'000'000ULL + rest);
}

bool makesEntry(uint32_t opcode) {
  return opcode == FUSE_LOOKUP || opcode == FUSE_MKDIR || opcode == FUSE_MKNOD || opcode == FUSE_SYMLINK ||
         opcode == FUSE_LINK || opcode == FUSE_CREATE;
}

}  // namespace

bool VirtualNodes::lookupStatic(const Request& request, const NodePtr& parent, const std::string& name) {
  if (!parent->isVirtual()) return false;
  if (const NodePtr child = fs_.table.child(parent->id, name); child && child->isStatic) {
    const NodePtr found = fs_.table.internVirtual(parent->id, name, NodeKind::virtualDirectory, fs_.table.attr(*child));
    if (!Reply(request).value(entryOf(found->id, fs_.table.attr(*found), kLong, kLong))) fs_.forget(found->id, 1);
    return true;
  }
  const auto path = fs_.table.path(parent->id, name);
  const auto graft = path ? fs_.graftByPath.find(*path) : fs_.graftByPath.end();
  if (graft == fs_.graftByPath.end()) return false;
  const GraftOption& option = fs_.options.grafts[graft->second];
  int error = 0;
  const auto root = fs_.roots.open(graft->second, error);
  struct statx stat {};
  if (root) error = statDescriptor(root->get(), stat);
  if (error != 0) {
    Reply(request).error(error);
    return true;
  }
  const Stamp stamp = stampOf(stat);
  const auto node = fs_.table.intern(keyOf(stat), NodeKind::directory, parent->id, name, [&](Node& created) {
    created.stamp = stamp;
    created.pinned = root;
    created.graft = std::make_shared<GraftRoot>(GraftRoot{option.path, option.virtualNames, option.guardedNames});
  }).node;
  if (!Reply(request).value(entryOf(node->id, attrOf(stat, fs_.device), kLong, kLong))) fs_.forget(node->id, 1);
  return true;
}

bool VirtualNodes::getattrStatic(const Request& request, const NodePtr& node) {
  if (!node->isStatic) return false;
  Reply(request).value(attrOutOf(fs_.table.attr(*node), kLong));
  return true;
}

bool VirtualNodes::statxStatic(const Request& request, const NodePtr& node) {
  if (!node->isStatic) return false;
  Reply(request).value(statxOutOf(fs_.table.attr(*node), kLong));
  return true;
}

CallMessage VirtualNodes::messageFor(const Request& request) const {
  CallMessage message;
  message.opcode = request.opcode();
  message.node = request.node();
  message.pid = request.header().pid;
  message.uid = request.header().uid;
  message.gid = request.header().gid;
  return message;
}

bool VirtualNodes::lookupKept(const Request& request, const NodePtr& parent, const std::string& name) {
  if (parent->isVirtual() || fs_.kept.size() == 0) return false;
  const auto path = fs_.table.path(parent->id, name);
  if (!path) return false;
  const KeptFiles::Ticket ticket = fs_.kept.ticket(*path);
  const auto attr = fs_.kept.attr(*path, directoryStamp(*parent));
  if (!attr) return false;
  const NodePtr node = fs_.table.internVirtual(parent->id, name, NodeKind::virtualFile, *attr);
  fs_.kept.mark(*node);
  const Validity validity = fs_.contentValidity(*parent);
  if (!Reply(request).value(entryOf(node->id, *attr, validity, validity))) fs_.forget(node->id, 1);
  takeBackIfChanged(ticket, node, parent->id, name);
  return true;
}

/** The kernel asks for attributes after every READ it sent, to learn the time of access. */
bool VirtualNodes::getattrKept(const Request& request, const NodePtr& node) {
  if (!node->stays) return false;
  const auto link = fs_.table.firstLink(*node);
  const NodePtr parent = link ? fs_.table.get(link->parent) : nullptr;
  const auto path = parent ? fs_.table.path(node->id) : std::nullopt;
  if (!path) return false;
  const KeptFiles::Ticket ticket = fs_.kept.ticket(*path);
  const auto attr = fs_.kept.attr(*path, directoryStamp(*parent));
  if (!attr || !sameText(*attr, fs_.table.attr(*node))) return false;
  const Validity validity = fs_.contentValidity(*parent);
  if (request.opcode() == kOpStatx) {
    Reply(request).value(statxOutOf(*attr, validity));
  } else {
    Reply(request).value(attrOutOf(*attr, validity));
  }
  takeBackIfChanged(ticket, node, link->parent, link->name);
  return true;
}

bool VirtualNodes::readKept(const Request& request, const NodePtr& node) {
  if (!node->stays) return false;
  const auto path = fs_.table.path(node->id);
  const auto bytes = path ? fs_.kept.bytes(*path, fs_.table.attr(*node)) : std::nullopt;
  if (!bytes) return false;
  const auto in = request.as<fuse_read_in>();
  const size_t from = std::min<uint64_t>(in.offset, bytes->size());
  Reply(request).bytes(bytes->data() + from, std::min<size_t>(in.size, bytes->size() - from));
  return true;
}

Stamp VirtualNodes::directoryStamp(Node& directory) {
  const std::lock_guard lock(directory.mutex);
  return directory.stamp;
}

/** Something changed while the answer was on its way to the kernel, which would trust it for long. */
void VirtualNodes::takeBackIfChanged(const KeptFiles::Ticket& ticket, const NodePtr& node, NodeId parent,
                                     const std::string& name) {
  if (fs_.kept.isUnchanged(ticket)) return;
  fs_.notifier.inode(node->id);
  fs_.notifier.entry(parent, name);
}

void VirtualNodes::askByName(const Request& request, const NodePtr& parent, const std::string& name) {
  CallMessage message = messageFor(request);
  auto path = fs_.table.path(parent->id, name);
  if (!path) {
    Reply(request).error(ESTALE);
    return;
  }
  message.path = std::move(*path);
  switch (request.opcode()) {
    case FUSE_CREATE: {
      const auto in = request.as<fuse_create_in>();
      message.flags = in.flags;
      message.mode = in.mode & ~in.umask;
      break;
    }
    case FUSE_MKDIR: {
      const auto in = request.as<fuse_mkdir_in>();
      message.mode = in.mode & ~in.umask;
      break;
    }
    case FUSE_MKNOD: {
      const auto in = request.as<fuse_mknod_in>();
      message.mode = in.mode & (S_IFMT | ~in.umask);
      break;
    }
    case FUSE_SYMLINK:
      message.other = std::string(request.text(name.size() + 1));
      break;
    default:
      break;
  }
  Call call{Reply(request), request.opcode(), parent->id, parent->id, name};
  call.pid = request.header().pid;
  call.ticket = fs_.kept.ticket(message.path);
  message.unsettled = request.opcode() == FUSE_LOOKUP && !call.ticket.settled;
  fs_.calls->begin(std::move(call), std::move(message));
}

void VirtualNodes::askRename(const Request& request, const NodePtr& from, const std::string& name, const NodePtr& to,
                             const std::string& newName, uint32_t flags) {
  CallMessage message = messageFor(request);
  auto before = fs_.table.path(from->id, name);
  auto after = fs_.table.path(to->id, newName);
  if (!before || !after) {
    Reply(request).error(ESTALE);
    return;
  }
  message.path = std::move(*before);
  message.other = std::move(*after);
  message.flags = flags;
  Call call{Reply(request), request.opcode(), from->id, from->id, name};
  call.otherParent = to->id;
  call.otherName = newName;
  call.flags = flags;
  fs_.calls->begin(std::move(call), std::move(message));
}

void VirtualNodes::askLink(const Request& request, const NodePtr& existing, const NodePtr& parent,
                           const std::string& name) {
  CallMessage message = messageFor(request);
  auto before = fs_.table.path(existing->id);
  auto after = fs_.table.path(parent->id, name);
  if (!before || !after) {
    Reply(request).error(ESTALE);
    return;
  }
  message.path = std::move(*before);
  message.other = std::move(*after);
  Call call{Reply(request), request.opcode(), existing->id, parent->id, name};
  fs_.calls->begin(std::move(call), std::move(message));
}

void VirtualNodes::ask(const Request& request, const NodePtr& node) {
  CallMessage message = messageFor(request);
  auto path = fs_.table.path(node->id);
  if (!path) {
    Reply(request).error(ESTALE);
    return;
  }
  message.path = std::move(*path);
  Call call{Reply(request), request.opcode(), node->id};
  call.ticket = fs_.kept.ticket(message.path);
  message.unsettled = request.opcode() == FUSE_GETATTR && !call.ticket.settled;
  switch (request.opcode()) {
    case FUSE_READ:
    case FUSE_READDIR:
    case FUSE_READDIRPLUS: {
      const auto in = request.as<fuse_read_in>();
      message.offset = in.offset;
      message.size = in.size;
      message.flags = in.flags;
      call.size = in.size;
      call.offset = in.offset;
      call.plus = request.opcode() == FUSE_READDIRPLUS;
      call.flags = in.offset == 0 ? 0 : static_cast<uint32_t>(indexOf(in.offset));
      break;
    }
    case FUSE_WRITE: {
      const auto in = request.as<fuse_write_in>();
      message.offset = in.offset;
      message.flags = in.flags;
      message.data = std::string(request.data(sizeof in, in.size));
      message.size = message.data.size();
      break;
    }
    case FUSE_SETATTR: {
      const auto in = request.as<fuse_setattr_in>();
      message.valid = in.valid;
      message.size = in.size;
      message.mode = in.mode & 07777;
      message.newUid = in.uid;
      message.newGid = in.gid;
      message.atimeNs = nanoseconds(in.atime, in.atimensec);
      message.mtimeNs = nanoseconds(in.mtime, in.mtimensec);
      break;
    }
    case FUSE_FSYNC:
      message.flags = request.as<fuse_fsync_in>().fsync_flags;
      break;
    case FUSE_GETXATTR: {
      const auto in = request.as<fuse_getxattr_in>();
      message.other = std::string(request.text(sizeof in));
      call.size = in.size;
      break;
    }
    case FUSE_LISTXATTR:
      call.size = request.as<fuse_getxattr_in>().size;
      break;
    case FUSE_SETXATTR: {
      const auto in = request.as<fuse_setxattr_in>();
      message.other = std::string(request.text(sizeof in));
      message.data = std::string(request.data(sizeof in + message.other.size() + 1, in.size));
      message.flags = in.flags;
      break;
    }
    case FUSE_REMOVEXATTR:
      message.other = std::string(request.text(0));
      break;
    default:
      break;
  }
  fs_.calls->begin(std::move(call), std::move(message));
}

NodeId VirtualNodes::finishEntry(const Call& call, const Payload& payload, bool withOpen) {
  fuse_attr attr{};
  if (payload.size < sizeof attr) {
    call.reply.error(EIO);
    return 0;
  }
  std::memcpy(&attr, payload.data, sizeof attr);
  const uint32_t owner = (attr.flags & kNodePerProcess) != 0 ? call.pid : 0;
  const bool stays = (attr.flags & kNodeStays) != 0;
  attr.flags = 0;
  const NodeKind kind = S_ISDIR(attr.mode) ? NodeKind::virtualDirectory : NodeKind::virtualFile;
  const NodePtr node = fs_.table.internVirtual(call.parent, call.name, kind, attr, owner);
  // A directory of the frame (`.viking`) stays what it is; asking for it at every step of a path would double the cost
  // of what is in it.
  const NodePtr parent = fs_.table.get(call.parent);
  const bool isFrame = kind == NodeKind::virtualDirectory && parent && parent->isStatic;
  if (withOpen) changedIn(call.parent);
  const bool kept = stays && parent && keep(call, *parent, *node, attr);
  const Validity validity = kept ? fs_.contentValidity(*parent) : isFrame ? kShort : kNone;
  // A file whose end many processes move is asked for its size at every read.
  const bool isOneCommand = call.opcode == FUSE_LOOKUP && validity.seconds == 0 && owner == 0;
  const auto entry = entryOf(node->id, attr, validity, isOneCommand ? kOneCommand : validity);
  OpenOut open{};
  const bool sent = withOpen ? call.reply.bytes(&entry, sizeof entry, &open, sizeof open) : call.reply.value(entry);
  if (!sent) fs_.forget(node->id, 1);
  if (kept) takeBackIfChanged(call.ticket, node, call.parent, call.name);
  return node->id;
}

/** Keeps a file that stays as it is, unless something changed since it was asked for. */
bool VirtualNodes::keep(const Call& call, Node& directory, Node& node, const fuse_attr& attr) {
  if (directory.isVirtual() || node.kind != NodeKind::virtualFile) return false;
  const auto path = fs_.table.path(node.id);
  return path && fs_.kept.keep(call.ticket, *path, directoryStamp(directory), node, attr);
}

void VirtualNodes::changedAround(const Node& node) {
  if (const auto link = fs_.table.firstLink(node)) changedIn(link->parent);
}

/** Writing, removing or replacing a generated file of a directory of content pins or unpins it. */
void VirtualNodes::changedIn(NodeId directory) {
  const NodePtr node = fs_.table.get(directory);
  if (node && !node->isVirtual()) fs_.kept.changed(directory);
}

/** A read of a whole kept file brings its bytes. */
void VirtualNodes::keepBytes(const Call& call, const Payload& payload) {
  const NodePtr node = fs_.table.get(call.node);
  if (!node || !node->stays || call.offset != 0) return;
  const fuse_attr attr = fs_.table.attr(*node);
  const auto path = payload.size == attr.size ? fs_.table.path(node->id) : std::nullopt;
  if (path) fs_.kept.keepBytes(call.ticket, *path, attr, {payload.data, payload.size});
}

NodeId VirtualNodes::finish(const Call& call, int error, const Payload& payload) {
  if (error != 0) {
    call.reply.error(error);
    return 0;
  }
  if (makesEntry(call.opcode)) return finishEntry(call, payload, call.opcode == FUSE_CREATE);
  switch (call.opcode) {
    case FUSE_GETATTR:
    case kOpStatx:
    case FUSE_SETATTR: {
      fuse_attr attr{};
      if (payload.size < sizeof attr) {
        call.reply.error(EIO);
        return 0;
      }
      std::memcpy(&attr, payload.data, sizeof attr);
      const bool isChange = call.opcode == FUSE_SETATTR;
      const bool stays = (attr.flags & kNodeStays) != 0 && !isChange;
      attr.flags = 0;
      const NodePtr node = fs_.table.get(call.node);
      bool changed = false;
      Validity validity = kNone;
      const auto link = node && stays ? fs_.table.firstLink(*node) : std::nullopt;
      if (const NodePtr parent = link ? fs_.table.get(link->parent) : nullptr) {
        if (keep(call, *parent, *node, attr)) validity = fs_.contentValidity(*parent);
      }
      if (node && isChange) changedAround(*node);
      if (node) {
        const fuse_attr old = fs_.table.attr(*node);
        changed = old.size == attr.size && (old.mtime != attr.mtime || old.mtimensec != attr.mtimensec);
        fs_.table.setAttr(*node, attr);
      }
      if (call.opcode == kOpStatx) {
        call.reply.value(statxOutOf(attr, validity));
      } else {
        call.reply.value(attrOutOf(attr, validity));
      }
      if (validity.seconds > 0) takeBackIfChanged(call.ticket, node, link->parent, link->name);
      // A change of size drops cached pages by itself; new content of the same size does not.
      if (changed && node->kind == NodeKind::virtualFile) fs_.notifier.inode(call.node);
      return call.node;
    }
    case FUSE_READDIR:
    case FUSE_READDIRPLUS:
      listings_.virtualAnswered(call, payload);
      return call.node;
    case FUSE_READ:
      keepBytes(call, payload);
      [[fallthrough]];
    case FUSE_READLINK:
      call.reply.bytes(payload.data, payload.size);
      return call.node;
    case FUSE_GETXATTR:
    case FUSE_LISTXATTR: {
      if (call.size == 0) {
        fuse_getxattr_out out{};
        out.size = static_cast<uint32_t>(payload.size);
        call.reply.value(out);
      } else if (payload.size > call.size) {
        call.reply.error(ERANGE);
      } else {
        call.reply.bytes(payload.data, payload.size);
      }
      return call.node;
    }
    case FUSE_WRITE: {
      if (const NodePtr node = fs_.table.get(call.node)) changedAround(*node);
      fuse_write_out out{};
      out.size = static_cast<uint32_t>(payload.number);
      call.reply.value(out);
      return call.node;
    }
    case FUSE_UNLINK:
    case FUSE_RMDIR:
      changedIn(call.parent);
      fs_.table.unlink(call.parent, call.name);
      call.reply.ok();
      return 0;
    case FUSE_RENAME:
    case FUSE_RENAME2: {
      // Content moved under a virtual name, or the reverse: the kernel's entries are of the wrong kind now.
      const bool exchange = (call.flags & RENAME_EXCHANGE) != 0;
      fs_.table.rename(call.parent, call.name, call.otherParent, call.otherName, exchange);
      fs_.kept.clear();
      call.reply.ok();
      fs_.notifier.entry(call.parent, call.name);
      fs_.notifier.entry(call.otherParent, call.otherName);
      return 0;
    }
    default:
      call.reply.ok();
      return call.node;
  }
}

}  // namespace viking
