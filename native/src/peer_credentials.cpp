#include "peer_credentials.h"

#include <sys/socket.h>

namespace viking {

Napi::Value peerCredentials(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsNumber()) throw Napi::TypeError::New(env, "peerCredentials(descriptor)");
  const int descriptor = info[0].As<Napi::Number>().Int32Value();
  // unix(7), SO_PEERCRED: as they were when the peer called connect(2); nothing it does later changes them.
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer) return env.Undefined();
  // Other sockets answer too, with nobody: pid 0 and uid -1.
  if (peer.pid == 0 || peer.uid == static_cast<uid_t>(-1)) return env.Undefined();
  auto answer = Napi::Object::New(env);
  answer.Set("pid", static_cast<double>(peer.pid));
  answer.Set("uid", static_cast<double>(peer.uid));
  answer.Set("gid", static_cast<double>(peer.gid));
  return answer;
}

}  // namespace viking
