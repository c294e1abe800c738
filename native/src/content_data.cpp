#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "caller.h"
#include "content.h"

namespace viking {

void Content::read(const Request& request, const NodePtr& node, Scratch& scratch) {
  auto in = request.as<fuse_read_in>();
  in.size = std::min(in.size, kMaxTransfer);
  int error = 0;
  const auto file = fs_.backing.open(node, Access::read, error);
  if (!file) {
    Reply(request).error(error);
    return;
  }
  if (scratch.bytes.size() < in.size) scratch.bytes.resize(in.size);
  size_t done = 0;
  // What is in the page cache is answered at once; before a wait for the disk another thread takes the next request.
  iovec part{scratch.bytes.data(), in.size};
  const ssize_t cached = ::preadv2(file->get(), &part, 1, static_cast<off_t>(in.offset), RWF_NOWAIT);
  if (cached > 0) done = static_cast<size_t>(cached);
  bool mayWait = cached < 0;
  if (mayWait && errno == EAGAIN && in.offset == 0) {
    scratch.mayBlock();
    fs_.readAhead.coldRead(node);
  }
  while (done < in.size) {
    if (mayWait) scratch.mayBlock();
    const ssize_t count = ::pread(file->get(), scratch.bytes.data() + done, in.size - done,
                                  static_cast<off_t>(in.offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      Reply(request).error(errno);
      return;
    }
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  Reply(request).bytes(scratch.bytes.data(), done);
}

void Content::write(const Request& request, const NodePtr& node, Scratch& scratch) {
  const auto in = request.as<fuse_write_in>();
  const auto data = request.data(sizeof in, in.size);
  int error = 0;
  const auto file = fs_.backing.open(node, Access::write, error);
  if (!file) {
    Reply(request).error(error);
    return;
  }
  struct stat before {};
  const bool known = ::fstat(file->get(), &before) == 0;
  if (known) {
    const Stamp now{before.st_mtim.tv_sec * 1'000'000'000LL + before.st_mtim.tv_nsec,
                    before.st_ctim.tv_sec * 1'000'000'000LL + before.st_ctim.tv_nsec,
                    static_cast<uint64_t>(before.st_size)};
    bool foreign;
    {
      const std::lock_guard lock(node->mutex);
      foreign = !(node->stamp == now);
    }
    // Somebody wrote behind the mount: our stamp after this write would hide it from the watcher.
    if (foreign) fs_.notifier.inode(node->id);
  }
  // O_APPEND goes to the real end, which another's write behind the mount may have moved.
  const bool fromCache = (in.write_flags & FUSE_WRITE_CACHE) != 0;
  const bool append = !fromCache && (in.flags & O_APPEND) != 0 && known &&
                      static_cast<uint64_t>(before.st_size) != in.offset;
  if (data.size() > 256 * 1024) scratch.mayBlock();
  const OwnOperation own(*node);
  size_t done = 0;
  bool reaped = false;
  while (done < data.size()) {
    iovec part{const_cast<char*>(data.data()) + done, data.size() - done};
    const off_t offset = append ? -1 : static_cast<off_t>(in.offset + done);
    const ssize_t count = ::pwritev2(file->get(), &part, 1, offset, append ? RWF_APPEND : 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == ENOSPC || errno == EDQUOT) && !std::exchange(reaped, true)) {
      fs_.backing.reap();  // the room of files just removed is given back only now
      continue;
    }
    if (count < 0) {
      if (done > 0) break;
      Reply(request).error(errno);
      return;
    }
    done += static_cast<size_t>(count);
  }
  if ((in.write_flags & FUSE_WRITE_KILL_SUIDGID) != 0) killSetIdBits(file->get());
  settle(*node, file->get());
  fs_.changes.written(node);
  fuse_write_out out{};
  out.size = static_cast<uint32_t>(done);
  Reply(request).value(out);
  if (append) fs_.notifier.inode(node->id);  // the kernel cached the pages at the offset it believed in
}

void Content::fsync(const Request& request, const NodePtr& node, Scratch& scratch) {
  const auto in = request.as<fuse_fsync_in>();
  scratch.mayBlock();
  int error = 0;
  const auto file = fs_.backing.open(node, Access::read, error);
  if (!file) {
    Reply(request).error(error);
    return;
  }
  const bool dataOnly = (in.fsync_flags & FUSE_FSYNC_FDATASYNC) != 0;
  Reply(request).status((dataOnly ? ::fdatasync(file->get()) : ::fsync(file->get())) == 0 ? 0 : errno);
}

void Content::fallocate(const Request& request, const NodePtr& node, Scratch& scratch) {
  const auto in = request.as<fuse_fallocate_in>();
  scratch.mayBlock();
  int error = 0;
  const auto file = fs_.backing.open(node, Access::write, error);
  const OwnOperation own(*node);
  if (file) {
    observeFirst(node, file->get());
    error = ::fallocate(file->get(), static_cast<int>(in.mode), static_cast<off_t>(in.offset),
                        static_cast<off_t>(in.length)) == 0 ? 0 : errno;
    // Unlike a write, this request has no flag for it; the kernel leaves it to the filesystem (fuse_file_fallocate).
    if (error == 0 && request.header().uid != 0) killSetIdBits(file->get());
    settle(*node, file->get());
    fs_.changes.written(node);
  }
  Reply(request).status(error);
}

void Content::lseek(const Request& request, const NodePtr& node) {
  const auto in = request.as<fuse_lseek_in>();
  int error = 0;
  const auto file = fs_.backing.open(node, Access::read, error);
  // The kernel sends SEEK_DATA and SEEK_HOLE only; the position this moves is used by nobody.
  const off_t offset = file ? ::lseek(file->get(), static_cast<off_t>(in.offset), static_cast<int>(in.whence)) : -1;
  if (offset < 0) {
    Reply(request).error(file ? errno : error);
    return;
  }
  fuse_lseek_out out{};
  out.offset = static_cast<uint64_t>(offset);
  Reply(request).value(out);
}

void Content::copyFileRange(const Request& request, const NodePtr& node, Scratch& scratch) {
  const auto in = request.as<fuse_copy_file_range_in>();
  const NodePtr target = fs_.table.get(in.nodeid_out);
  if (!target || target->isVirtual()) {
    Reply(request).error(EXDEV);  // the caller falls back to reading and writing
    return;
  }
  scratch.mayBlock();
  int error = 0;
  const auto source = fs_.backing.open(node, Access::read, error);
  const auto sink = source ? fs_.backing.open(target, Access::write, error) : nullptr;
  if (!sink) {
    Reply(request).error(error);
    return;
  }
  const OwnOperation own(*target);
  observeFirst(target, sink->get());
  auto from = static_cast<off64_t>(in.off_in);
  auto to = static_cast<off64_t>(in.off_out);
  const bool is64 = request.opcode() == kOpCopyFileRange64;
  const size_t length = is64 ? in.len : std::min<uint64_t>(in.len, UINT32_MAX & ~4095U);
  const ssize_t count = ::copy_file_range(source->get(), &from, sink->get(), &to, length, 0);
  if (count < 0) {
    Reply(request).error(errno);
    return;
  }
  if (count > 0 && request.header().uid != 0) killSetIdBits(sink->get());
  settle(*target, sink->get());
  fs_.changes.written(target);
  if (is64) {
    Reply(request).value(CopyFileRangeOut{static_cast<uint64_t>(count)});
  } else {
    fuse_write_out out{};
    out.size = static_cast<uint32_t>(count);
    Reply(request).value(out);
  }
}

}  // namespace viking
