// Files mapped into memory that somebody cut short.
#pragma once

#include <napi.h>

namespace viking {

/**
 * surviveTruncatedMaps(): from now on reading a page of a mapped file that lies beyond the file's new end gives zeros
 * instead of ending the process (SIGBUS). LevelDB maps its tables; its readers find the zeros damaged.
 */
Napi::Value surviveTruncatedMaps(const Napi::CallbackInfo& info);

}  // namespace viking
