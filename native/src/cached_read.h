// Reading what is in the page cache, and only that.
#pragma once

#include <napi.h>

namespace viking {

/**
 * readCached(descriptor, bytes: Uint8Array): fills the bytes from the start of the file; returns how many came, or
 * undefined when none can be had without waiting (RWF_NOWAIT), or the file system cannot tell.
 */
Napi::Value readCached(const Napi::CallbackInfo& info);

}  // namespace viking
