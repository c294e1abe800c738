#include "bus_faults.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace viking {
namespace {

// Both are written once, before the handler is there.
uintptr_t pageBytes;
struct sigaction previous;

/** Puts a page of zeros where the fault was, and has the instruction run again. System calls only: see signal-safety(7). */
void onBusFault(int signal, siginfo_t* info, void* context) {
  const int saved = errno;
  if (info->si_code == BUS_ADRERR) {
    const auto page = reinterpret_cast<uintptr_t>(info->si_addr) & ~(pageBytes - 1);
    void* zeros = mmap(reinterpret_cast<void*>(page), pageBytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (zeros != MAP_FAILED) {
      errno = saved;
      return;
    }
  }
  // Another fault: what was there before us decides, and the instruction faults again under it.
  sigaction(signal, &previous, nullptr);
  errno = saved;
  static_cast<void>(context);
}

}  // namespace

Napi::Value surviveTruncatedMaps(const Napi::CallbackInfo& info) {
  static bool isInstalled = false;
  if (isInstalled) return info.Env().Undefined();
  pageBytes = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  struct sigaction action {};
  action.sa_sigaction = onBusFault;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  isInstalled = sigaction(SIGBUS, &action, &previous) == 0;
  return info.Env().Undefined();
}

}  // namespace viking
