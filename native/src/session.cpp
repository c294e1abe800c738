#include "session.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <chrono>

#include "mount.h"

namespace viking {

namespace {

constexpr size_t kBufferSize = kMaxTransfer + 4096;
/** Changes are reported, and deadlines checked, this often while there are any. */
constexpr auto kTick = std::chrono::milliseconds(20);
constexpr auto kIdleTick = std::chrono::seconds(5);

/** Raises the soft limit of descriptors to the hard one; returns what is allowed. */
size_t descriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlim_t soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = soft;
  }
  return std::min<size_t>(static_cast<size_t>(limit.rlim_cur), 16'384);
}

}  // namespace

void Filesystem::forget(NodeId id, uint64_t count) {
  const NodePtr gone = table.forget(id, count);
  if (!gone) return;
  if (gone->isVirtual()) return kept.forgotten(id);
  if (gone->kind == NodeKind::directory && watcher != nullptr) watcher->unwatch(*gone);
  backing.retire(*gone);
}

Session::Session(Options options)
    : fs_(std::move(options), descriptorLimit()),
      content_(fs_),
      listings_(fs_, content_, outbox_),
      virtuals_(fs_, listings_),
      calls_(fs_, outbox_, [this](const Call& call, int error, const Payload& payload) {
        return virtuals_.finish(call, error, payload);
      }),
      writes_([this](const DurableWrite& write, ssize_t written, int error) { wrote(write, written, error); }),
      watcher_(fs_),
      workers_([this](const Request& request, Scratch& scratch) { dispatch(request, scratch); }, fs_.options.spinUs) {
  fs_.calls = &calls_;
}

Session::~Session() {
  abort();
  writes_.stop();
  watcher_.stop();
}

bool Session::openGrafts(std::string& problem) {
  for (const StaticOption& option : fs_.options.statics) {
    if (option.path == "/") {
      fs_.table.setAttr(*fs_.table.root(), option.attr);
      continue;
    }
    const size_t slash = option.path.rfind('/');
    NodePtr parent = fs_.table.root();
    // Parents come first, so every step of the way is there.
    for (size_t at = 1; parent && at < slash;) {
      const size_t next = option.path.find('/', at);
      parent = fs_.table.child(parent->id, option.path.substr(at, next - at));
      at = next + 1;
    }
    if (parent) fs_.table.addStatic(parent->id, option.path.substr(slash + 1), option.attr);
  }
  std::vector<std::string> backings;
  for (const GraftOption& graft : fs_.options.grafts) backings.push_back(graft.backing);
  int error = fs_.roots.hold(backings);
  for (size_t i = 0; i < backings.size(); ++i) {
    const auto directory = error == 0 ? fs_.roots.open(i, error) : nullptr;
    struct stat stat {};
    if (!directory || ::fstat(directory->get(), &stat) != 0) {
      problem = "the content directory " + backings[i] + " cannot be opened: " + std::strerror(error != 0 ? error : errno);
      return false;
    }
    if (fs_.device == 0) fs_.device = stat.st_dev;
  }
  return true;
}

std::string Session::prepare() {
  std::string problem;
  if (!openGrafts(problem)) return problem;
  if (fs_.options.watch && watcher_.start()) fs_.watcher = &watcher_;
  return {};
}

std::string Session::mount() {
  const std::lock_guard life(lifeMutex_);
  std::string problem = prepare();
  if (!problem.empty()) return problem;
  Descriptor device;
  problem = attach(fs_.options, device);
  if (!problem.empty()) {
    watcher_.stop();
    return problem;
  }
  std::vector<int> numbers;
  for (uint32_t i = 1; i < fs_.options.workers; ++i) {
    devices_.push_back(cloneDevice(device.get()));
    numbers.push_back(devices_.back().get());
  }
  numbers.push_back(device.get());
  devices_.push_back(std::move(device));
  mounted_ = true;
  fs_.notifier.start(numbers.back());
  fs_.readAhead.start();
  workers_.start(numbers, kBufferSize, [this] { end(); });
  watchdog_.start({fs_.options.watchdogProgram, fs_.options.mountpoint, fs_.options.timeoutMs + fs_.options.watchdogGraceMs});
  ticker_ = std::thread([this] { tick(); });
  return {};
}

void Session::end() {
  {
    const std::lock_guard lock(endMutex_);
    ended_ = true;
  }
  endWake_.notify_all();
  calls_.abandon(ENOTCONN);
  outbox_.post([](Mail& mail) { mail.ended = true; });
}

std::string Session::unmount(uint32_t graceMs) {
  std::string problem;
  {
    const std::lock_guard life(lifeMutex_);
    if (!mounted_) return {};
    bool isGone;
    {
      const std::lock_guard lock(endMutex_);
      isGone = ended_;
    }
    if (!isGone) problem = detach(fs_.options);
    if (!problem.empty()) return problem;
    // A lazy unmount lives on while files are open in it; they get this long.
    std::unique_lock lock(endMutex_);
    endWake_.wait_for(lock, std::chrono::milliseconds(graceMs), [this] { return ended_; });
  }
  abort();
  return {};
}

void Session::abort() {
  const std::lock_guard life(lifeMutex_);
  if (!mounted_) return;
  mounted_ = false;
  bool wasEnded;
  {
    const std::lock_guard lock(endMutex_);
    wasEnded = ended_;
  }
  if (!wasEnded) detach(fs_.options);
  calls_.abandon(ENOTCONN);
  writes_.stop();
  {
    const std::lock_guard lock(tickMutex_);
    tickStop_ = true;
  }
  tickWake_.notify_all();
  if (ticker_.joinable()) ticker_.join();
  watchdog_.stop();
  watcher_.stop();
  // While the workers still serve: a notification may wait for a caller that waits for them.
  fs_.notifier.stop();
  fs_.readAhead.stop();
  workers_.stop();
  devices_.clear();  // the last descriptor of the connection ends it
  // JavaScript may hold the session for long after its end; what it was made of goes now.
  watcher_.release();
  workers_.release();
  fs_.backing.release();
  fs_.roots.release();
  if (!wasEnded) end();
}

void Session::tick() {
  std::unique_lock lock(tickMutex_);
  while (!tickStop_) {
    const bool busy = calls_.pending() > 0 || fs_.changes.pending() || fs_.backing.reapable() > 0;
    tickWake_.wait_for(lock, busy ? std::chrono::nanoseconds(kTick) : std::chrono::nanoseconds(kTick * 5));
    if (tickStop_) return;
    calls_.expire(Clock::now());
    // This thread runs, so the process does, and calls of JavaScript end by their deadline. What is left is native
    // threads that all hang in the backing filesystem; as long as the kernel's own watchdog would wait.
    if (workers_.allBusySeconds() < std::max(fs_.options.watchdogSeconds, 1U)) watchdog_.beat();
    fs_.backing.reap();
    if (fs_.changes.pending()) {
      auto changes = fs_.changes.take();
      outbox_.post([&](Mail& mail) {
        std::move(changes.begin(), changes.end(), std::back_inserter(mail.changes));
      });
    }
  }
}

/** JavaScript has the news before the caller has its answer, so it hears of them before whatever the caller asks next. */
void Session::wrote(const DurableWrite& write, ssize_t written, int error) {
  const bool isFirst = outbox_.put([&](Mail& mail) { mail.written.push_back({write.slot, written, error}); });
  if (written == static_cast<ssize_t>(write.bytes.size())) {
    ++fs_.counters.directAnswers;
    calls_.answer(write.slot, 0, Payload{nullptr, 0, write.answer});
  }
  if (isFirst) outbox_.announce();
}

void Session::initialise(const Request& request) {
  const auto in = request.as<fuse_init_in>();
  if (in.major != FUSE_KERNEL_VERSION || in.minor < kOldestMinor) {
    Reply(request).error(EPROTO);
    return;
  }
  fs_.minor = std::min(in.minor, kProtocolMinor);
  fs_.notifier.setMinor(fs_.minor);
  const bool extended = (in.flags & FUSE_INIT_EXT) != 0;
  const uint64_t offered = in.flags | (extended ? uint64_t{in.flags2} << 32 : 0);
  // Left out on purpose: ATOMIC_O_TRUNC needs OPEN; WRITEBACK_CACHE gains nothing and hides sizes; POSIX_LOCKS and
  // FLOCK_LOCKS because the kernel's own locks serve all processes of the mount without a message; AUTO_INVAL_DATA
  // would drop pages after each of our own writes (the watcher says exactly when they are stale).
  const uint64_t wanted = (fs_.isSole() ? 0 : uint64_t{FUSE_POSIX_ACL}) | FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_DONT_MASK | FUSE_DO_READDIRPLUS |
                          FUSE_ASYNC_DIO | FUSE_NO_OPEN_SUPPORT | FUSE_NO_OPENDIR_SUPPORT |
                          FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES | FUSE_CACHE_SYMLINKS |
                          FUSE_HANDLE_KILLPRIV_V2 | FUSE_ABORT_ERROR | FUSE_SETXATTR_EXT | FUSE_INIT_EXT |
                          kInitRequestTimeout | kInitDirectIoAllowMmap;
  // Needs CAP_SYS_ADMIN, and an OPEN for every file: only when it was asked for.
  const uint64_t large = fs_.options.passthrough && fs_.options.privileged ? kInitPassthrough : 0;
  const uint64_t agreed = offered & (wanted | large);
  fs_.passthrough = (agreed & kInitPassthrough) != 0;
  fs_.writesDirectly = (agreed & kInitDirectIoAllowMmap) != 0;
  InitOut out{};
  out.major = FUSE_KERNEL_VERSION;
  out.minor = fs_.minor;
  out.max_readahead = in.max_readahead;
  out.flags = static_cast<uint32_t>(agreed);
  out.flags2 = static_cast<uint32_t>(agreed >> 32);
  out.max_background = 64;
  out.congestion_threshold = 48;
  out.max_write = kMaxTransfer;
  out.time_gran = 1;
  out.max_pages = kMaxTransfer / 4096;
  if (fs_.passthrough) out.max_stack_depth = 1;  // the backing filesystem is none of those that stack themselves
  // The kernel's own watchdog: a daemon that stopped answering (SIGSTOP, deadlock) loses its connection, and callers
  // get ECONNABORTED instead of hanging for ever.
  if ((agreed & kInitRequestTimeout) != 0) out.request_timeout = static_cast<uint16_t>(fs_.options.watchdogSeconds);
  Reply(request).value(out);
}

void Session::stale(const std::string& path) {
  if (path == "/") {
    fs_.kept.clear();
  } else {
    fs_.kept.changedAt(path);
  }
}

void Session::invalidate(const std::string& path) {
  fs_.kept.changedAt(path);
  NodePtr node = fs_.table.root();
  size_t at = 1;
  while (at < path.size()) {
    const size_t slash = path.find('/', at);
    const std::string name = path.substr(at, slash == std::string::npos ? slash : slash - at);
    const bool isLast = slash == std::string::npos;
    const NodePtr child = fs_.table.child(node->id, name);
    if (isLast && child && fs_.table.isPerProcess(*child)) {
      // Every open looks it up anew; only what one of its processes has read through an open file can be old.
      fs_.notifier.inodeSoon(child->id);
      return;
    }
    if (isLast) {
      fs_.notifier.entry(node->id, name);
      if (fs_.reservedIndex(name) >= 0 && node->kind == NodeKind::directory) listings_.forgetListed(node);
    }
    node = child;
    if (!node || isLast) break;
    at = slash + 1;
  }
  if (node) fs_.notifier.inode(node->id);
}

void Session::setListed(NodeId id, uint32_t mask) {
  const NodePtr node = fs_.table.get(id);
  if (node) listings_.setListed(node, mask);
}

void Session::setStatic(const std::string& path, const fuse_attr& attr) {
  NodePtr node = fs_.table.root();
  for (size_t at = 1; node && at < path.size();) {
    const size_t slash = std::min(path.find('/', at), path.size());
    node = fs_.table.child(node->id, path.substr(at, slash - at));
    at = slash + 1;
  }
  if (!node || !node->isStatic) return;
  fs_.table.setAttr(*node, attr);
  fs_.notifier.inode(node->id);
}

std::map<std::string, uint64_t> Session::stats() const {
  std::map<std::string, uint64_t> stats = {
      {"nodes", fs_.table.size()},
      {"lookups", fs_.table.totalLookups()},
      {"openDescriptors", fs_.backing.openDescriptors()},
      {"watches", watcher_.watches()},
      {"watchOverflows", fs_.counters.watchOverflows},
      {"requests", fs_.counters.requests},
      {"virtualRequests", fs_.counters.virtualRequests},
      {"keptFiles", fs_.kept.size()},
      {"pending", calls_.pending()},
      {"timeouts", fs_.counters.timeouts},
      {"interrupts", fs_.counters.interrupts},
      {"refused", fs_.counters.refused},
      {"changes", fs_.changes.reported()},
      {"changeOverflows", fs_.changes.overflows()},
      {"externalChanges", fs_.counters.externalChanges},
      {"passedThrough", fs_.counters.passedThrough},
      {"directAnswers", fs_.counters.directAnswers},
      {"notifications", fs_.notifier.sent()},
      {"readAhead", fs_.readAhead.files()},
      {"workers", workers_.running()},
      {"watchdog", watchdog_.running() ? 1U : 0U},
  };
  for (size_t opcode = 0; opcode < fs_.counters.byOpcode.size(); ++opcode) {
    if (const uint64_t count = fs_.counters.byOpcode[opcode]) stats["opcode" + std::to_string(opcode)] = count;
  }
  return stats;
}

}  // namespace viking
