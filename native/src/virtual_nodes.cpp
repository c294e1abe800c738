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
  switch (request.opcode()) {
    case FUSE_READ:
    case FUSE_READDIR:
    case FUSE_READDIRPLUS: {
      const auto in = request.as<fuse_read_in>();
      message.offset = in.offset;
      message.size = in.size;
      message.flags = in.flags;
      call.size = in.size;
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
  attr.flags = 0;
  const NodeKind kind = S_ISDIR(attr.mode) ? NodeKind::virtualDirectory : NodeKind::virtualFile;
  const NodePtr node = fs_.table.internVirtual(call.parent, call.name, kind, attr, owner);
  // A directory of the frame (`.viking`) stays what it is; asking for it at every step of a path would double the cost
  // of what is in it.
  const NodePtr parent = fs_.table.get(call.parent);
  const bool isFrame = kind == NodeKind::virtualDirectory && parent && parent->isStatic;
  const auto entry = entryOf(node->id, attr, isFrame ? kShort : kNone, isFrame ? kShort : kNone);
  OpenOut open{};
  const bool sent = withOpen ? call.reply.bytes(&entry, sizeof entry, &open, sizeof open) : call.reply.value(entry);
  if (!sent) fs_.forget(node->id, 1);
  return node->id;
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
      attr.flags = 0;
      const NodePtr node = fs_.table.get(call.node);
      bool changed = false;
      if (node) {
        const fuse_attr old = fs_.table.attr(*node);
        changed = old.size == attr.size && (old.mtime != attr.mtime || old.mtimensec != attr.mtimensec);
        fs_.table.setAttr(*node, attr);
      }
      if (call.opcode == kOpStatx) {
        call.reply.value(statxOutOf(attr, kNone));
      } else {
        call.reply.value(attrOutOf(attr, kNone));
      }
      // A change of size drops cached pages by itself; new content of the same size does not.
      if (changed && node->kind == NodeKind::virtualFile) fs_.notifier.inode(call.node);
      return call.node;
    }
    case FUSE_READDIR:
    case FUSE_READDIRPLUS:
      listings_.virtualAnswered(call, payload);
      return call.node;
    case FUSE_READ:
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
      fuse_write_out out{};
      out.size = static_cast<uint32_t>(payload.number);
      call.reply.value(out);
      return call.node;
    }
    case FUSE_UNLINK:
    case FUSE_RMDIR:
      fs_.table.unlink(call.parent, call.name);
      call.reply.ok();
      return 0;
    case FUSE_RENAME:
    case FUSE_RENAME2: {
      // Content moved under a virtual name, or the reverse: the kernel's entries are of the wrong kind now.
      const bool exchange = (call.flags & RENAME_EXCHANGE) != 0;
      fs_.table.rename(call.parent, call.name, call.otherParent, call.otherName, exchange);
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
