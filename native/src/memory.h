// How the allocator treats what a daemon lets go of.
#pragma once

#include <napi.h>

namespace viking {

/**
 * giveMemoryBack(): from now on large blocks go back to the system when they are freed, and threads share few arenas.
 * Call it before much is allocated; what is in an arena already stays there.
 */
Napi::Value giveMemoryBack(const Napi::CallbackInfo& info);

}  // namespace viking
