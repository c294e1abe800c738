// Tests of the native parts without a mount, for the sanitizers: what a kernel may send, what it must not be able to
// break, and many threads at once. Built as one unit with the sources it tests; see scripts/native-sanitize.
#include <dirent.h>

#include <random>
#include <set>
#include <thread>

#include "kernel.h"

using namespace viking;
using namespace viking::test;

namespace {

std::string makeDirectory() {
  char path[] = "/tmp/vikingfs-native-XXXXXX";
  CHECK(::mkdtemp(path) != nullptr);
  return path;
}

Options optionsFor(const std::string& content) {
  Options options;
  options.mountpoint = "/nowhere";
  options.reserved = {".abstract.md", ".overview.md", ".find"};
  options.hiddenPrefix = ".vikingfs-";
  options.hiddenSuffix = ".tmp";
  options.xattrPrefix = "user.viking.";
  options.listedXattrs = {"user.viking.uri"};
  options.grafts = {{"/resources", content, {"sessions"}, {"kept"}}};
  fuse_attr attr{};
  attr.mode = S_IFDIR | 0755;
  options.statics = {{"/", attr}};
  return options;
}

/** A session on a new directory, removed afterwards. */
struct Fixture {
  Fixture() : content(makeDirectory()), session(optionsFor(content)) { CHECK(session.prepare().empty()); }
  ~Fixture() {
    const std::string command = "rm -rf " + content;
    CHECK(std::system(command.c_str()) == 0);
  }
  std::string content;
  Session session;
};

NodeId lookup(Kernel& kernel, NodeId parent, const std::string& name) {
  const Answer answer = kernel.ask(FUSE_LOOKUP, parent, named(name));
  return answer.error != 0 ? 0 : answer.as<fuse_entry_out>().nodeid;
}

NodeId create(Kernel& kernel, NodeId parent, const std::string& name) {
  fuse_create_in in{};
  in.flags = O_RDWR;
  in.mode = S_IFREG | 0644;
  const Answer answer = kernel.ask(FUSE_CREATE, parent, with(in, name));
  CHECK(answer.error == 0);
  return answer.as<fuse_entry_out>().nodeid;
}

Answer write(Kernel& kernel, NodeId node, uint64_t offset, const std::string& data) {
  fuse_write_in in{};
  in.offset = offset;
  in.size = static_cast<uint32_t>(data.size());
  return kernel.ask(FUSE_WRITE, node, bytesOf(in) + data);
}

std::string read(Kernel& kernel, NodeId node, uint32_t size) {
  fuse_read_in in{};
  in.size = size;
  const Answer answer = kernel.ask(FUSE_READ, node, bytesOf(in));
  CHECK(answer.error == 0);
  return {answer.body.begin(), answer.body.end()};
}

void forget(Kernel& kernel, NodeId node, uint64_t count) { kernel.tell(FUSE_FORGET, node, bytesOf(fuse_forget_in{count})); }

void roundTrip() {
  Fixture fixture;
  Kernel kernel(fixture.session);
  const NodeId resources = lookup(kernel, FUSE_ROOT_ID, "resources");
  CHECK(resources != 0);
  const NodeId file = create(kernel, resources, "a");
  CHECK(write(kernel, file, 0, "hello").as<fuse_write_out>().size == 5);
  CHECK(read(kernel, file, 100) == "hello");
  CHECK(lookup(kernel, resources, "a") == file);
  CHECK(kernel.ask(FUSE_LINK, resources, with(fuse_link_in{file}, "b")).as<fuse_entry_out>().nodeid == file);
  CHECK(kernel.ask(FUSE_UNLINK, resources, named("a")).error == 0);
  CHECK(kernel.ask(FUSE_UNLINK, resources, named("b")).error == 0);
  CHECK(read(kernel, file, 100) == "hello");  // unlinked, but not forgotten
  const uint64_t nodes = fixture.session.stats()["nodes"];
  forget(kernel, file, 2);
  CHECK(read(kernel, file, 100) == "hello");
  forget(kernel, file, 1);
  CHECK(fixture.session.stats()["nodes"] == nodes - 1);
  CHECK(kernel.ask(FUSE_GETATTR, file, bytesOf(fuse_getattr_in{})).error == ESTALE);
}

void refusesWalks() {
  Fixture fixture;
  Kernel kernel(fixture.session);
  const NodeId resources = lookup(kernel, FUSE_ROOT_ID, "resources");
  for (const std::string name : {"..", ".", "a/b", "/etc/passwd", ""}) {
    CHECK(kernel.ask(FUSE_LOOKUP, resources, named(name)).error == EINVAL);
    CHECK(kernel.ask(FUSE_MKDIR, resources, with(fuse_mkdir_in{}, name)).error == EINVAL);
    CHECK(kernel.ask(FUSE_UNLINK, resources, named(name)).error == EINVAL);
  }
  CHECK(kernel.ask(FUSE_LOOKUP, resources, named(std::string(256, 'n'))).error == ENAMETOOLONG);
  // A directory replaced by a symlink behind the mount is not followed.
  CHECK(kernel.ask(FUSE_MKDIR, resources, with(fuse_mkdir_in{0755, 0}, "d")).error == 0);
  const NodeId directory = lookup(kernel, resources, "d");
  CHECK(::rmdir((fixture.content + "/d").c_str()) == 0);
  CHECK(::symlink("/etc", (fixture.content + "/d").c_str()) == 0);
  CHECK(lookup(kernel, directory, "passwd") == 0);
  const auto rename = [&](const std::string& from, const std::string& to) {
    return kernel.ask(FUSE_RENAME, resources, bytesOf(fuse_rename_in{resources}) + named(from) + named(to)).error;
  };
  CHECK(rename("d", "..") == EINVAL && rename("../d", "e") == EINVAL && rename("d", "x/y") == EINVAL);
  CHECK(rename("d", ".vikingfs-1.tmp") == EACCES && rename("d", "\xff") == EILSEQ && rename("\xff", "d") == ENOENT);
  CHECK(kernel.ask(FUSE_LOOKUP, resources, named("\xff")).error == ENOENT);
  CHECK(kernel.ask(FUSE_MKDIR, resources, with(fuse_mkdir_in{}, "\xed\xa0\x80")).error == EILSEQ);
}

/** Several names at once: no link on the way is followed, with and without openat2. */
void opensBeneath() {
  const std::string base = makeDirectory();
  CHECK(::mkdir((base + "/a").c_str(), 0755) == 0 && ::mkdir((base + "/a/b").c_str(), 0755) == 0);
  CHECK(::symlink("a", (base + "/link").c_str()) == 0 && ::symlink("/etc", (base + "/a/out").c_str()) == 0);
  const Descriptor root(::open(base.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  int error = 0;
  CHECK(openBeneath(root.get(), "a/b", error) && error == 0);
  CHECK(openBeneath(root.get(), "", error));
  for (const std::string way : {"link/b", "a/out", "a/../../etc", "/etc", "a/missing"}) {
    CHECK(!openBeneath(root.get(), way, error) && error != 0);
  }
  CHECK(Descriptor(openOneByOne(root.get(), "a/b")).valid());
  for (const std::string way : {"link/b", "a/out", "a/../../etc"}) {
    CHECK(!Descriptor(openOneByOne(root.get(), way)).valid());
  }
  GraftRoots roots;
  CHECK(roots.hold({base + "/a/b", base + "/a"}) == 0 && roots.open(0, error) && roots.open(1, error));
  CHECK(!roots.open(2, error));
  CHECK(::rename((base + "/a/b").c_str(), (base + "/a/c").c_str()) == 0 && !roots.open(0, error));
  CHECK(std::system(("rm -rf " + base).c_str()) == 0);
}

void listsWhole() {
  Fixture fixture;
  Kernel kernel(fixture.session);
  const NodeId resources = lookup(kernel, FUSE_ROOT_ID, "resources");
  std::set<std::string> wanted;
  for (int i = 0; i < 1500; ++i) {
    const std::string name = "file-" + std::to_string(i);
    Descriptor(::open((fixture.content + "/" + name).c_str(), O_CREAT | O_WRONLY, 0644));
    wanted.insert(name);
  }
  std::multiset<std::string> seen;
  uint64_t offset = 0;
  for (int round = 0;; ++round) {
    fuse_read_in in{};
    in.offset = offset;
    in.size = 4096;
    const Answer answer = kernel.ask(round % 2 == 0 ? FUSE_READDIR : FUSE_READDIRPLUS, resources, bytesOf(in));
    CHECK(answer.error == 0 && answer.body.size() <= 4096);
    if (answer.body.empty()) break;
    const size_t before = round % 2 == 0 ? 0 : sizeof(fuse_entry_out);
    for (size_t at = 0; at < answer.body.size();) {
      fuse_dirent entry;
      std::memcpy(&entry, answer.body.data() + at + before, FUSE_NAME_OFFSET);
      seen.emplace(answer.body.data() + at + before + FUSE_NAME_OFFSET, entry.namelen);
      offset = entry.off;
      at += FUSE_DIRENT_ALIGN(before + FUSE_NAME_OFFSET + entry.namelen);
    }
    if (round == 3) CHECK(::unlink((fixture.content + "/file-7").c_str()) == 0);
  }
  for (const std::string& name : wanted) CHECK(name == "file-7" || seen.count(name) == 1);
  CHECK(seen.count(".") == 1 && seen.count("..") == 1 && seen.count("sessions") == 1);
}

/** Mail that has news of a durable write. */
Mail newsOf(Session& session) {
  for (int round = 0; round < 5'000; ++round) {
    Mail mail = session.outbox().drain();
    if (!mail.written.empty()) return mail;
    ::usleep(1'000);
  }
  CHECK(false);
  return {};
}

/** A write whose caller is answered by the thread that wrote: only if all of it was written, and always told of. */
void writesThrough() {
  Fixture fixture;
  Session& session = fixture.session;
  Kernel kernel(session);
  const auto park = [&] {
    kernel.tell(FUSE_LOOKUP, FUSE_ROOT_ID, named("virtual"));
    return session.outbox().drain().calls.at(0).slot;
  };
  const std::string path = fixture.content + "/messages";
  const Descriptor file(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_DSYNC | O_CLOEXEC, 0644));
  const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  CHECK(file.valid() && full.valid());
  fuse_attr attr{};
  attr.mode = S_IFREG | 0644;
  const Payload payload{reinterpret_cast<const char*>(&attr), sizeof attr, 0};
  kernel.tell(FUSE_LOOKUP, FUSE_ROOT_ID, named("virtual"));
  const auto node = session.calls().answer(session.outbox().drain().calls.at(0).slot, 0, payload);
  CHECK(node && kernel.receive().error == 0);
  const auto parkWrite = [&] {
    fuse_write_in in{};
    in.size = 4;
    kernel.tell(FUSE_WRITE, *node, bytesOf(in) + "line");
    return session.outbox().drain().calls.at(0).slot;
  };
  const uint64_t slot = parkWrite();
  CHECK(session.writeThrough({slot, file.get(), "longer line", 4}));
  CHECK(kernel.receive().as<fuse_write_out>().size == 4);
  const Mail mail = newsOf(session);
  CHECK(mail.written[0].slot == slot && mail.written[0].bytes == 11 && mail.written[0].error == 0);
  CHECK(!session.calls().answer(slot, 0, {}));
  // One that fails is left to JavaScript.
  const uint64_t failing = parkWrite();
  CHECK(session.writeThrough({failing, full.get(), "line", 4}));
  const Mail failed = newsOf(session);
  CHECK(failed.written[0].slot == failing && failed.written[0].bytes == -1 && failed.written[0].error == ENOSPC);
  CHECK(kernel.drain() == 0);
  CHECK(session.calls().answer(failing, ENOSPC, {}) && kernel.receive().error == ENOSPC);
  // Nobody waits any more; what was begun is done all the same.
  const uint64_t gone = park();
  session.calls().expire(Clock::now() + std::chrono::hours(1));
  CHECK(kernel.receive().error == ETIMEDOUT);
  (void)session.outbox().drain();
  CHECK(session.writeThrough({gone, file.get(), "!", 1}));
  CHECK(newsOf(session).written[0].bytes == 1 && kernel.drain() == 0);
  struct stat stat {};
  CHECK(::stat(path.c_str(), &stat) == 0 && stat.st_size == 12);
  session.abort();
}

/** What JavaScript would do: answers some calls, late or twice, and never others. */
void parksCalls() {
  Fixture fixture;
  Kernel kernel(fixture.session);
  const uint64_t first = kernel.tell(FUSE_LOOKUP, FUSE_ROOT_ID, named("virtual"));
  kernel.tell(FUSE_LOOKUP, FUSE_ROOT_ID, named("other"));
  CHECK(kernel.drain() == 0);
  const Mail mail = fixture.session.outbox().drain();
  CHECK(mail.calls.size() == 2 && mail.calls[0].path == "/virtual" && mail.calls[0].pid == 4711);
  kernel.tell(FUSE_INTERRUPT, 0, bytesOf(fuse_interrupt_in{first}));
  CHECK(kernel.receive().error == EINTR);
  fuse_attr attr{};
  attr.mode = S_IFREG | 0644;
  Payload payload;
  payload.data = reinterpret_cast<const char*>(&attr);
  payload.size = sizeof attr;
  CHECK(!fixture.session.calls().answer(mail.calls[0].slot, 0, payload));
  const auto node = fixture.session.calls().answer(mail.calls[1].slot, 0, payload);
  CHECK(node && kernel.receive().as<fuse_entry_out>().nodeid == *node);
  CHECK(!fixture.session.calls().answer(mail.calls[1].slot, 0, payload));
  // New content is a new node; the same content is the same node.
  kernel.tell(FUSE_LOOKUP, FUSE_ROOT_ID, named("other"));
  attr.size = 1;
  const auto changed = fixture.session.calls().answer(fixture.session.outbox().drain().calls.at(0).slot, 0, payload);
  CHECK(changed && *changed != *node);
  kernel.tell(FUSE_LOOKUP, FUSE_ROOT_ID, named("other"));
  CHECK(fixture.session.calls().answer(fixture.session.outbox().drain().calls.at(0).slot, 0, payload) == changed);
  kernel.tell(FUSE_LOOKUP, FUSE_ROOT_ID, named("late"));
  kernel.drain();
  fixture.session.calls().expire(Clock::now() + std::chrono::hours(1));
  CHECK(kernel.receive().error == ETIMEDOUT);
  // An answer that is too short, and one that says "never again" to the kernel.
  kernel.tell(FUSE_GETATTR, *changed, bytesOf(fuse_getattr_in{}));
  (void)fixture.session.outbox().drain();
  fixture.session.calls().expire(Clock::now() + std::chrono::hours(1));
  CHECK(kernel.receive().error == ETIMEDOUT);
  kernel.tell(FUSE_LOOKUP, FUSE_ROOT_ID, named("short"));
  payload.size = 3;
  CHECK(fixture.session.calls().answer(fixture.session.outbox().drain().calls.at(0).slot, 0, payload));
  CHECK(kernel.receive().error == EIO);
  kernel.tell(FUSE_LOOKUP, FUSE_ROOT_ID, named("nosys"));
  CHECK(fixture.session.calls().answer(fixture.session.outbox().drain().calls.at(0).slot, ENOSYS, {}));
  CHECK(kernel.receive().error == EOPNOTSUPP);
}

/** What JavaScript says of a generated file that stays as it is. */
Payload staying(fuse_attr& attr, uint64_t size) {
  attr.mode = S_IFREG | 0644;
  attr.size = size;
  attr.flags = kNodeStays;
  Payload payload;
  payload.data = reinterpret_cast<const char*>(&attr);
  payload.size = sizeof attr;
  return payload;
}

/** A generated file is answered without JavaScript until something in or below its directory changes. */
void keepsFiles() {
  Fixture fixture;
  Session& session = fixture.session;
  Kernel kernel(session);
  const NodeId resources = lookup(kernel, FUSE_ROOT_ID, "resources");
  CHECK(kernel.ask(FUSE_MKDIR, resources, with(fuse_mkdir_in{0755, 0}, "d")).error == 0);
  const NodeId directory = lookup(kernel, resources, "d");
  const NodeId file = create(kernel, directory, "f");
  fuse_read_in in{};
  in.size = 4096;
  fuse_attr attr{};
  /** Asks for the overview and reads it; how many of the two reached JavaScript. */
  const auto ask = [&](NodeId parent, const std::string& text) {
    size_t asked = 0;
    kernel.tell(FUSE_LOOKUP, parent, named(".overview.md"));
    for (const CallMessage& call : session.outbox().drain().calls) {
      ++asked;
      session.calls().answer(call.slot, 0, staying(attr, text.size()));
    }
    const auto entry = kernel.receive().as<fuse_entry_out>();
    CHECK(entry.attr.flags == 0 && entry.attr.size == text.size());
    kernel.tell(FUSE_READ, entry.nodeid, bytesOf(in));
    for (const CallMessage& call : session.outbox().drain().calls) {
      ++asked;
      session.calls().answer(call.slot, 0, {text.data(), text.size(), 0});
    }
    const Answer answer = kernel.receive();
    CHECK(std::string(answer.body.begin(), answer.body.end()) == text);
    kernel.tell(FUSE_GETATTR, entry.nodeid, bytesOf(fuse_getattr_in{}));
    for (const CallMessage& call : session.outbox().drain().calls) {
      ++asked;
      session.calls().answer(call.slot, 0, staying(attr, text.size()));
    }
    CHECK(kernel.receive().as<fuse_attr_out>().attr.size == text.size());
    forget(kernel, entry.nodeid, 1);
    return asked;
  };
  const auto settle = [&](NodeId parent, const std::string& text) {
    // A text is kept only when nothing changed for a while.
    for (int round = 0; ask(parent, text) != 0; ++round) {
      CHECK(round < 100);
      ::usleep(20'000);
    }
  };
  CHECK(ask(directory, "one") == 3);  // the directory was made a moment ago
  CHECK(ask(directory, "one") == 3);
  settle(directory, "one");
  settle(resources, "above");
  CHECK(ask(directory, "one") == 0);
  // A change below is one for every directory above it, and for no other.
  CHECK(kernel.ask(FUSE_MKDIR, resources, with(fuse_mkdir_in{0755, 0}, "other")).error == 0);
  CHECK(ask(resources, "above 2") == 3 && ask(directory, "one") == 0);
  settle(resources, "above 2");
  CHECK(write(kernel, file, 0, "text").error == 0);
  CHECK(ask(directory, "two") == 3 && ask(resources, "above 3") == 3);
  settle(directory, "two");
  // What JavaScript says has changed, wherever it is.
  session.stale("/resources/d/f");
  CHECK(ask(directory, "three") == 3);
  settle(directory, "three");
  session.stale("/resources/else");
  CHECK(ask(directory, "three") == 0);
  session.stale("/");
  CHECK(ask(directory, "four") == 3);
  settle(directory, "four");
  // Another directory of the same name, made where nobody told us.
  CHECK(::rename((fixture.content + "/d").c_str(), (fixture.content + "/gone").c_str()) == 0);
  CHECK(::mkdir((fixture.content + "/d").c_str(), 0755) == 0);
  const NodeId second = lookup(kernel, resources, "d");
  CHECK(second != directory && ask(second, "five") == 2);
  // An answer that comes after a change was asked for before it: given, but not kept.
  settle(second, "five");
  session.stale("/resources/d");
  ::usleep(450'000);
  kernel.tell(FUSE_LOOKUP, second, named(".overview.md"));
  const Mail mail = session.outbox().drain();
  create(kernel, second, "late");
  CHECK(session.calls().answer(mail.calls.at(0).slot, 0, staying(attr, 3)));
  CHECK(kernel.receive().as<fuse_entry_out>().attr_valid == 0);
  CHECK(ask(second, "six") == 3);
}

/** Bodies cut short, without a terminator, with lengths that lie: every opcode must answer or ignore, never read on. */
void survivesNonsense() {
  Fixture fixture;
  Kernel kernel(fixture.session);
  const NodeId resources = lookup(kernel, FUSE_ROOT_ID, "resources");
  const NodeId file = create(kernel, resources, "f");
  std::mt19937 random(20261121);
  for (int round = 0; round < 20'000; ++round) {
    const uint32_t opcode = random() % 56;
    // These wait or make special files; nothing of them depends on the body's length.
    if (opcode == FUSE_MKNOD || opcode == FUSE_FALLOCATE || opcode == FUSE_COPY_FILE_RANGE) continue;
    std::string body(random() % 200, '\0');
    for (char& byte : body) byte = static_cast<char>(random() % 3 == 0 ? 0 : random());
    const NodeId nodes[] = {FUSE_ROOT_ID, resources, file, random()};
    // Large sizes are what a kernel would never send for a buffer it has not: a read of 4 GiB is bounded by it.
    if (opcode == FUSE_READ || opcode == FUSE_READDIR || opcode == FUSE_READDIRPLUS || opcode == FUSE_GETXATTR ||
        opcode == FUSE_SETATTR || opcode == FUSE_WRITE || opcode == FUSE_LSEEK) {
      if (body.size() >= 24) std::memset(body.data() + 8, 0, 16);
    }
    kernel.tell(opcode, nodes[random() % 4], body);
    if (round % 16 == 0) {
      kernel.drain();
      (void)fixture.session.outbox().drain();
      fixture.session.calls().expire(Clock::now() + std::chrono::hours(1));
      kernel.drain();
    }
  }
  kernel.drain();
  CHECK(lookup(kernel, FUSE_ROOT_ID, "resources") != 0);
}

/** Threads that make, move, read, list and forget the same few names while others answer and invalidate. */
void holdsUnderThreads() {
  Fixture fixture;
  Session& session = fixture.session;
  session.enableChanges();
  std::atomic<bool> stop{false};
  std::thread answers([&] {
    while (!stop) {
      Mail mail = session.outbox().drain();
      fuse_attr attr{};
      const Payload payload = staying(attr, 4);
      for (const CallMessage& call : mail.calls) {
        session.calls().answer(call.slot, 0, call.opcode == FUSE_READ ? Payload{"text", 4, 0} : payload);
      }
      session.invalidate("/resources/n1");
      session.stats();
      ::usleep(200);
    }
  });
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&session, seed] {
      Kernel kernel(session);
      std::mt19937 random(seed);
      const NodeId resources = lookup(kernel, FUSE_ROOT_ID, "resources");
      for (int round = 0; round < 400; ++round) {
        const std::string name = "n" + std::to_string(random() % 6);
        const std::string other = "n" + std::to_string(random() % 6);
        switch (random() % 6) {
          case 0: {
            const NodeId node = create(kernel, resources, name);
            write(kernel, node, random() % 64, "text");
            forget(kernel, node, 1);
            break;
          }
          case 1:
            if (const NodeId node = lookup(kernel, resources, name)) {
              fuse_read_in in{};
              in.size = 64;
              kernel.ask(FUSE_READ, node, bytesOf(in));
              forget(kernel, node, 1);
            }
            break;
          case 2:
            kernel.ask(FUSE_RENAME, resources, bytesOf(fuse_rename_in{resources}) + named(name) + named(other));
            break;
          case 3:
            kernel.ask(FUSE_UNLINK, resources, named(name));
            break;
          case 4: {
            fuse_read_in in{};
            in.size = 4096;
            kernel.ask(FUSE_READDIR, resources, bytesOf(in));
            break;
          }
          default:
            if (const NodeId node = lookup(kernel, resources, ".overview.md")) {
              read(kernel, node, 64);
              forget(kernel, node, 1);
            }
        }
      }
      forget(kernel, resources, 1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop = true;
  answers.join();
  CHECK(session.stats()["nodes"] == 1);
  CHECK(session.stats()["lookups"] == 1);
}

}  // namespace

int main() {
  roundTrip();
  refusesWalks();
  opensBeneath();
  listsWhole();
  parksCalls();
  writesThrough();
  keepsFiles();
  survivesNonsense();
  holdsUnderThreads();
  std::puts("native tests passed");
  return 0;
}
