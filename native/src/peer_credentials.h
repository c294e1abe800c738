// Who is at the other end of a connected Unix socket.
#pragma once

#include <napi.h>

namespace viking {

/** peerCredentials(descriptor): {pid, uid, gid}, or undefined when the descriptor is no connected Unix socket. */
Napi::Value peerCredentials(const Napi::CallbackInfo& info);

}  // namespace viking
