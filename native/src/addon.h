// The Node-API face of a session.
#pragma once

#include <napi.h>

#include <memory>

#include "mailbox.h"
#include "session.h"

namespace viking {

/** Version of what addon and TypeScript say to each other (src/base/native-addon.ts has the same number). */
constexpr uint32_t kAddonProtocol = 4;

/** JavaScript options to ours. @throws Napi::Error */
Options optionsFrom(const Napi::Object& given);
fuse_attr attrFrom(const Napi::Value& bytes);
/** What native threads had to say, as one plain object. */
Napi::Object mailObject(Napi::Env env, Mail& mail);

class SessionObject : public Napi::ObjectWrap<SessionObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit SessionObject(const Napi::CallbackInfo& info);
  ~SessionObject() override;

 private:
  Napi::Value mount(const Napi::CallbackInfo& info);
  Napi::Value unmount(const Napi::CallbackInfo& info);
  Napi::Value abort(const Napi::CallbackInfo& info);
  Napi::Value answer(const Napi::CallbackInfo& info);
  Napi::Value writeThrough(const Napi::CallbackInfo& info);
  Napi::Value takeMail(const Napi::CallbackInfo& info);
  Napi::Value invalidate(const Napi::CallbackInfo& info);
  Napi::Value stale(const Napi::CallbackInfo& info);
  Napi::Value setListed(const Napi::CallbackInfo& info);
  Napi::Value setStatic(const Napi::CallbackInfo& info);
  Napi::Value enableChanges(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);

  void deliver(Napi::Env env);
  void disconnect();
  static void onEnvironmentEnd(void* self);

  std::shared_ptr<Session> session_;
  Napi::FunctionReference onMail_;
  std::unique_ptr<Mailbox> mailbox_;
  napi_env environment_;
  bool kept_ = false;
};

}  // namespace viking
