#include "memory.h"

#include <cstddef>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace viking {
namespace {

#ifdef __GLIBC__
/**
 * glibc raises both thresholds to the largest block it ever saw freed (up to 32 MB, mallopt(3)): then the arrays that an
 * index outgrows stay in the heap, above and below what is still used. Setting one keeps all as they are.
 */
constexpr int kMappedFromBytes = 256 * 1024;
constexpr int kTrimFromBytes = 256 * 1024;
/** An arena for each of a dozen threads holds free pages for each of them; ours allocate little at the same time. */
constexpr int kArenas = 2;
#endif

}  // namespace

Napi::Value giveMemoryBack(const Napi::CallbackInfo& info) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, kArenas);
  mallopt(M_MMAP_THRESHOLD, kMappedFromBytes);
  mallopt(M_TRIM_THRESHOLD, kTrimFromBytes);
#endif
  return info.Env().Undefined();
}

}  // namespace viking
