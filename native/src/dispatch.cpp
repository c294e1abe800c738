// Which part serves which request.
#include <cerrno>

#include "names.h"
#include "session.h"

namespace viking {

namespace {

/** What the kernel says of every absent name; `missing` for a name that is asked for, `refused` for one to be made. */
int nameError(const Filesystem& fs, const Node& directory, std::string_view name, bool isNew) {
  if (!isSingleName(name)) return EINVAL;
  if (name.size() > 255) return ENAMETOOLONG;
  // A name without a URI could be stored, but nothing that knows files by their URI would ever find it.
  if (!isUtf8(name)) return isNew ? EILSEQ : ENOENT;
  if (!directory.isVirtual() && fs.isHidden(name)) return isNew ? EACCES : ENOENT;
  return 0;
}

}  // namespace

void Session::forget(const Request& request) {
  if (request.opcode() == FUSE_FORGET) {
    fs_.forget(request.node(), request.as<fuse_forget_in>().nlookup);
    return;
  }
  const auto in = request.as<fuse_batch_forget_in>();
  for (uint32_t i = 0; i < in.count; ++i) {
    fuse_forget_one one{};
    const auto bytes = request.data(sizeof in + i * sizeof one, sizeof one);
    if (bytes.size() < sizeof one) return;
    std::memcpy(&one, bytes.data(), sizeof one);
    fs_.forget(one.nodeid, one.nlookup);
  }
}

void Session::dispatch(const Request& request, Scratch& scratch) {
  fs_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  if (request.opcode() < fs_.counters.byOpcode.size()) {
    fs_.counters.byOpcode[request.opcode()].fetch_add(1, std::memory_order_relaxed);
  }
  switch (request.opcode()) {
    case FUSE_INIT:
      return initialise(request);
    case FUSE_DESTROY:
      Reply(request).ok();
      return;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
      return forget(request);
    case FUSE_INTERRUPT:
      // A request served natively ends soon by itself; the kernel waits for its answer.
      calls_.interrupt(request.as<fuse_interrupt_in>().unique);
      return;
    case FUSE_OPEN:
      if (fs_.passthrough) break;
      [[fallthrough]];
    case FUSE_OPENDIR:
    case FUSE_FLUSH:
      // "Never ask again": from now on opening and closing costs no message.
    case FUSE_BMAP:
    case FUSE_POLL:
      Reply(request).error(ENOSYS);
      return;
    case FUSE_RELEASE:
      if (fs_.passthrough) break;
      [[fallthrough]];
    case FUSE_RELEASEDIR:
      Reply(request).ok();
      return;
    case FUSE_IOCTL:
      Reply(request).error(ENOTTY);
      return;
    default:
      break;
  }
  const NodePtr node = fs_.table.get(request.node());
  if (!node) {
    Reply(request).error(ESTALE);
    return;
  }
  switch (request.opcode()) {
    case FUSE_LOOKUP:
    case FUSE_CREATE:
    case FUSE_MKDIR:
    case FUSE_MKNOD:
    case FUSE_SYMLINK:
    case FUSE_UNLINK:
    case FUSE_RMDIR:
      return dispatchNamed(request, node);
    case FUSE_RENAME:
    case FUSE_RENAME2:
    case FUSE_LINK:
      return dispatchPair(request, node);
    default:
      return node->isVirtual() ? dispatchVirtual(request, node, scratch) : dispatchContent(request, node, scratch);
  }
}

void Session::dispatchNamed(const Request& request, const NodePtr& node) {
  size_t offset = 0;
  if (request.opcode() == FUSE_CREATE) offset = sizeof(fuse_create_in);
  if (request.opcode() == FUSE_MKDIR) offset = sizeof(fuse_mkdir_in);
  if (request.opcode() == FUSE_MKNOD) offset = sizeof(fuse_mknod_in);
  const std::string name(request.text(offset));
  const bool isNew = request.opcode() != FUSE_LOOKUP && request.opcode() != FUSE_UNLINK && request.opcode() != FUSE_RMDIR;
  if (const int refused = nameError(fs_, *node, name, isNew)) {
    Reply(request).error(refused);
    return;
  }
  const bool guarded = request.opcode() != FUSE_LOOKUP && fs_.isGuardedName(*node, name);
  if (guarded || fs_.isVirtualName(*node, name)) {
    if (request.opcode() == FUSE_LOOKUP) {
      if (virtuals_.lookupStatic(request, node, name) || virtuals_.lookupKept(request, node, name)) return;
    }
    return virtuals_.askByName(request, node, name);
  }
  switch (request.opcode()) {
    case FUSE_LOOKUP:
      return content_.lookup(request, node, name);
    case FUSE_CREATE:
      return content_.create(request, node, name);
    case FUSE_MKDIR:
      return content_.mkdir(request, node, name);
    case FUSE_MKNOD:
      return content_.mknod(request, node, name);
    case FUSE_SYMLINK:
      return content_.symlink(request, node, name, std::string(request.text(name.size() + 1)));
    default:
      return content_.unlink(request, node, name, request.opcode() == FUSE_RMDIR);
  }
}

void Session::dispatchPair(const Request& request, const NodePtr& node) {
  if (request.opcode() == FUSE_LINK) {
    const auto in = request.as<fuse_link_in>();
    const std::string name(request.text(sizeof in));
    const NodePtr existing = fs_.table.get(in.oldnodeid);
    if (!existing) {
      Reply(request).error(ESTALE);
    } else if (const int refused = nameError(fs_, *node, name, true)) {
      Reply(request).error(refused);
    } else if (existing->isVirtual() || fs_.isVirtualName(*node, name) || fs_.isGuardedName(*node, name)) {
      virtuals_.askLink(request, existing, node, name);
    } else {
      content_.link(request, node, name, existing);
    }
    return;
  }
  const bool hasFlags = request.opcode() == FUSE_RENAME2;
  const auto in = request.as<fuse_rename2_in>();  // the older request is its first field
  const uint32_t flags = hasFlags ? in.flags : 0;
  const size_t offset = hasFlags ? sizeof(fuse_rename2_in) : sizeof(fuse_rename_in);
  const std::string name(request.text(offset));
  const std::string newName(request.text(offset + name.size() + 1));
  const NodePtr target = fs_.table.get(in.newdir);
  if (!target) {
    Reply(request).error(ESTALE);
  } else if (const int missing = nameError(fs_, *node, name, false)) {
    Reply(request).error(missing);
  } else if (const int refused = nameError(fs_, *target, newName, true)) {
    Reply(request).error(refused);
  } else if (fs_.isVirtualName(*node, name) || fs_.isVirtualName(*target, newName) || fs_.isGuardedName(*node, name) ||
             fs_.isGuardedName(*target, newName)) {
    virtuals_.askRename(request, node, name, target, newName, flags);
  } else {
    content_.rename(request, node, name, target, newName, flags);
  }
}

bool Session::isOurAttribute(const Request& request, size_t offset) const {
  return !fs_.options.xattrPrefix.empty() && request.text(offset).starts_with(fs_.options.xattrPrefix);
}

void Session::dispatchVirtual(const Request& request, const NodePtr& node, Scratch& scratch) {
  switch (request.opcode()) {
    case FUSE_ACCESS:
    case FUSE_RELEASE:
      Reply(request).ok();
      return;
    case FUSE_OPEN: {
      OpenOut out{};
      out.open_flags = FOPEN_KEEP_CACHE | kOpenNoFlush;  // new content is a new node, as without OPEN
      Reply(request).value(out);
      return;
    }
    case FUSE_GETATTR:
      if (!virtuals_.getattrStatic(request, node) && !virtuals_.getattrKept(request, node)) virtuals_.ask(request, node);
      return;
    case kOpStatx:
      if (!virtuals_.statxStatic(request, node) && !virtuals_.getattrKept(request, node)) virtuals_.ask(request, node);
      return;
    case FUSE_READDIR:
    case FUSE_READDIRPLUS:
      if (!listings_.virtualContinued(request, node, scratch)) virtuals_.ask(request, node);
      return;
    case FUSE_STATFS: {
      content_.statfsOfTree(request);
      return;
    }
    case FUSE_FSYNCDIR:
      Reply(request).ok();
      return;
    case FUSE_READ:
      if (!virtuals_.readKept(request, node)) virtuals_.ask(request, node);
      return;
    case FUSE_WRITE:
    case FUSE_SETATTR:
    case FUSE_READLINK:
    case FUSE_FSYNC:
    case FUSE_LISTXATTR:
      return virtuals_.ask(request, node);
    case FUSE_GETXATTR: {
      // The kernel asks for access lists, labels and capabilities at every turn: a virtual node has none.
      if (isOurAttribute(request, sizeof(fuse_getxattr_in))) return virtuals_.ask(request, node);
      const auto name = request.text(sizeof(fuse_getxattr_in));
      const bool never = name == "security.selinux" || (fs_.isSole() && name.starts_with("system.posix_acl_"));
      Reply(request).error(never ? EOPNOTSUPP : ENODATA);
      return;
    }
    case FUSE_SETXATTR:
      if (isOurAttribute(request, sizeof(fuse_setxattr_in))) return virtuals_.ask(request, node);
      Reply(request).error(EOPNOTSUPP);
      return;
    case FUSE_REMOVEXATTR:
      if (isOurAttribute(request, 0)) return virtuals_.ask(request, node);
      Reply(request).error(ENODATA);
      return;
    case FUSE_LSEEK:
      Reply(request).error(EINVAL);
      return;
    case FUSE_COPY_FILE_RANGE:
    case kOpCopyFileRange64:
      Reply(request).error(EXDEV);
      return;
    default:
      Reply(request).error(EOPNOTSUPP);
  }
}

void Session::dispatchContent(const Request& request, const NodePtr& node, Scratch& scratch) {
  switch (request.opcode()) {
    case FUSE_ACCESS:
      return content_.access(request, node);
    case FUSE_OPEN:
      return content_.open(request, node);
    case FUSE_RELEASE:
      return content_.release(request, node);
    case FUSE_GETATTR:
      return content_.getattr(request, node);
    case kOpStatx:
      return content_.statx(request, node);
    case FUSE_SETATTR:
      return content_.setattr(request, node);
    case FUSE_READ:
      return content_.read(request, node, scratch);
    case FUSE_WRITE:
      return content_.write(request, node, scratch);
    case FUSE_READDIR:
    case FUSE_READDIRPLUS:
      return listings_.content(request, node, scratch);
    case FUSE_READLINK:
      return content_.readlink(request, node);
    case FUSE_STATFS:
      return content_.statfs(request, node);
    case FUSE_FSYNC:
    case FUSE_FSYNCDIR:
      return content_.fsync(request, node, scratch);
    case FUSE_FALLOCATE:
      return content_.fallocate(request, node, scratch);
    case FUSE_LSEEK:
      return content_.lseek(request, node);
    case FUSE_COPY_FILE_RANGE:
    case kOpCopyFileRange64:
      return content_.copyFileRange(request, node, scratch);
    case FUSE_TMPFILE:
      return content_.tmpfile(request, node);
    case FUSE_GETXATTR:
      return isOurAttribute(request, sizeof(fuse_getxattr_in)) ? virtuals_.ask(request, node) : content_.getxattr(request, node, scratch);
    case FUSE_SETXATTR:
      return isOurAttribute(request, sizeof(fuse_setxattr_in)) ? virtuals_.ask(request, node) : content_.setxattr(request, node);
    case FUSE_REMOVEXATTR:
      return isOurAttribute(request, 0) ? virtuals_.ask(request, node) : content_.removexattr(request, node);
    case FUSE_LISTXATTR:
      return content_.listxattr(request, node, scratch);
    default:
      Reply(request).error(ENOSYS);
  }
}

}  // namespace viking
