#include "cached_read.h"

#include <sys/uio.h>

namespace viking {

Napi::Value readCached(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsTypedArray()) {
    throw Napi::TypeError::New(env, "readCached(descriptor, bytes)");
  }
  const int descriptor = info[0].As<Napi::Number>().Int32Value();
  auto bytes = info[1].As<Napi::Uint8Array>();
  iovec place{bytes.Data(), bytes.ByteLength()};
  const ssize_t count = preadv2(descriptor, &place, 1, 0, RWF_NOWAIT);
  // EAGAIN: it is on the disk. EOPNOTSUPP: this file system does not say. Whatever else there is, a plain read tells.
  if (count < 0) return env.Undefined();
  return Napi::Number::New(env, static_cast<double>(count));
}

}  // namespace viking
