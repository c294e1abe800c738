#include "addon.h"
#include "bus_faults.h"
#include "cached_read.h"
#include "compare_rows.h"
#include "copy_attributes.h"
#include "memory.h"
#include "peer_credentials.h"
#include "score_terms.h"

namespace viking {

namespace {

/** A step of a session's life on a thread of libuv: mount(2) and the joining of threads must not stop JavaScript. */
class LifeWorker : public Napi::AsyncWorker {
 public:
  LifeWorker(Napi::Env env, std::function<std::string()> step, std::function<void()> then = nullptr)
      : Napi::AsyncWorker(env),
        step_(std::move(step)),
        then_(std::move(then)),
        promise_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise start() {
    Queue();
    return promise_.Promise();
  }

 protected:
  void Execute() override {
    const std::string problem = step_();
    if (!problem.empty()) SetError(problem);
  }
  void OnOK() override {
    if (then_) then_();
    promise_.Resolve(Env().Undefined());
  }
  void OnError(const Napi::Error& error) override { promise_.Reject(error.Value()); }

 private:
  std::function<std::string()> step_;
  std::function<void()> then_;
  Napi::Promise::Deferred promise_;
};

}  // namespace

Napi::Function SessionObject::define(Napi::Env env) {
  return DefineClass(env, "Session",
                     {
                         InstanceMethod<&SessionObject::mount>("mount"),
                         InstanceMethod<&SessionObject::unmount>("unmount"),
                         InstanceMethod<&SessionObject::abort>("abort"),
                         InstanceMethod<&SessionObject::answer>("answer"),
                         InstanceMethod<&SessionObject::writeThrough>("writeThrough"),
                         InstanceMethod<&SessionObject::takeMail>("takeMail"),
                         InstanceMethod<&SessionObject::invalidate>("invalidate"),
                         InstanceMethod<&SessionObject::stale>("stale"),
                         InstanceMethod<&SessionObject::setListed>("setListed"),
                         InstanceMethod<&SessionObject::setStatic>("setStatic"),
                         InstanceMethod<&SessionObject::enableChanges>("enableChanges"),
                         InstanceMethod<&SessionObject::stats>("stats"),
                     });
}

SessionObject::SessionObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<SessionObject>(info), environment_(info.Env()) {
  if (info.Length() < 2 || !info[0].IsObject() || !info[1].IsFunction()) {
    throw Napi::TypeError::New(info.Env(), "Session(options, onMail)");
  }
  session_ = std::make_shared<Session>(optionsFrom(info[0].As<Napi::Object>()));
  onMail_ = Napi::Persistent(info[1].As<Napi::Function>());
  mailbox_ = std::make_unique<Mailbox>(info.Env(), [this](Napi::Env env) { deliver(env); });
  session_->outbox().onPost([mailbox = mailbox_.get()] { mailbox->wake(); });
  // Hooks run in reverse order: this one before that of the mailbox.
  napi_add_env_cleanup_hook(environment_, onEnvironmentEnd, this);
}

SessionObject::~SessionObject() {
  napi_remove_env_cleanup_hook(environment_, onEnvironmentEnd, this);
  if (session_) session_->abort();
  disconnect();
}

void SessionObject::onEnvironmentEnd(void* self) {
  auto* object = static_cast<SessionObject*>(self);
  if (object->session_) object->session_->abort();
  object->disconnect();
}

void SessionObject::disconnect() {
  if (session_) session_->outbox().onPost(nullptr);
  mailbox_.reset();
}

void SessionObject::deliver(Napi::Env env) {
  if (!session_) return;
  Mail mail = session_->outbox().drain();
  if (mail.empty()) return;
  onMail_.Value().Call({mailObject(env, mail)});
}

Napi::Value SessionObject::mount(const Napi::CallbackInfo& info) {
  auto session = session_;
  if (!session) throw Napi::Error::New(info.Env(), "the session has ended");
  if (!std::exchange(kept_, true)) Ref();  // a live session is not collected, whoever forgets it
  return (new LifeWorker(info.Env(), [session] { return session->mount(); }))->start();
}

Napi::Value SessionObject::unmount(const Napi::CallbackInfo& info) {
  const uint32_t graceMs = info[0].As<Napi::Number>().Uint32Value();
  auto session = session_;
  if (!session) return (new LifeWorker(info.Env(), [] { return std::string(); }))->start();
  // Once no thread is left, the session keeps the event loop alive no longer, and what it was made of goes now: the
  // collector sees a few bytes of JavaScript and is in no hurry.
  const auto then = [this] {
    deliver(Env());  // the last of them may be what a write under way has to say
    disconnect();
    session_.reset();
    if (std::exchange(kept_, false)) Unref();
  };
  return (new LifeWorker(info.Env(), [session, graceMs] { return session->unmount(graceMs); }, then))->start();
}

/** Unmounts and ends every thread before it returns: process.exit() runs no cleanup hook. */
Napi::Value SessionObject::abort(const Napi::CallbackInfo& info) {
  if (session_) session_->abort();
  return info.Env().Undefined();
}

/** answer(slot, errno, payload?: Uint8Array | number): node id, or -1 when nobody waits any more. */
Napi::Value SessionObject::answer(const Napi::CallbackInfo& info) {
  const auto slot = static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value());
  const int error = info[1].As<Napi::Number>().Int32Value();
  Payload payload;
  if (info[2].IsTypedArray()) {
    const auto bytes = info[2].As<Napi::Uint8Array>();
    payload.data = reinterpret_cast<const char*>(bytes.Data());
    payload.size = bytes.ByteLength();
  } else if (info[2].IsNumber()) {
    payload.number = static_cast<uint64_t>(info[2].As<Napi::Number>().Int64Value());
  }
  const auto node = session_ ? session_->calls().answer(slot, error, payload) : std::nullopt;
  return Napi::Number::New(info.Env(), node ? static_cast<double>(*node) : -1);
}

/** writeThrough(slot, fd, bytes, answer): whether the write was begun; its end is in the mail. */
Napi::Value SessionObject::writeThrough(const Napi::CallbackInfo& info) {
  const auto bytes = info[2].As<Napi::Uint8Array>();
  DurableWrite write;
  write.slot = static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value());
  write.file = info[1].As<Napi::Number>().Int32Value();
  write.bytes.assign(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
  write.answer = static_cast<uint64_t>(info[3].As<Napi::Number>().Int64Value());
  return Napi::Boolean::New(info.Env(), session_ && session_->writeThrough(std::move(write)));
}

/** takeMail(): delivers what waits now, within this call, instead of when the event loop comes to it. */
Napi::Value SessionObject::takeMail(const Napi::CallbackInfo& info) {
  deliver(info.Env());
  return info.Env().Undefined();
}

Napi::Value SessionObject::invalidate(const Napi::CallbackInfo& info) {
  if (session_) session_->invalidate(info[0].As<Napi::String>().Utf8Value());
  return info.Env().Undefined();
}

Napi::Value SessionObject::stale(const Napi::CallbackInfo& info) {
  if (session_) session_->stale(info[0].As<Napi::String>().Utf8Value());
  return info.Env().Undefined();
}

/** setListed(node, mask): bit i shows the i-th reserved name in listings of the directory. */
Napi::Value SessionObject::setListed(const Napi::CallbackInfo& info) {
  if (session_) session_->setListed(static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value()),
                      info[1].As<Napi::Number>().Uint32Value());
  return info.Env().Undefined();
}

Napi::Value SessionObject::setStatic(const Napi::CallbackInfo& info) {
  if (session_) session_->setStatic(info[0].As<Napi::String>().Utf8Value(), attrFrom(info[1]));
  return info.Env().Undefined();
}

Napi::Value SessionObject::enableChanges(const Napi::CallbackInfo& info) {
  if (session_) session_->enableChanges();
  return info.Env().Undefined();
}

Napi::Value SessionObject::stats(const Napi::CallbackInfo& info) {
  auto stats = Napi::Object::New(info.Env());
  if (!session_) return stats;
  for (const auto& [name, value] : session_->stats()) stats.Set(name, static_cast<double>(value));
  return stats;
}

}  // namespace viking

static Napi::Object initialiseAddon(Napi::Env env, Napi::Object exports) {
  exports.Set("protocol", viking::kAddonProtocol);
  exports.Set("Session", viking::SessionObject::define(env));
  exports.Set("peerCredentials", Napi::Function::New(env, viking::peerCredentials, "peerCredentials"));
  exports.Set("surviveTruncatedMaps", Napi::Function::New(env, viking::surviveTruncatedMaps, "surviveTruncatedMaps"));
  exports.Set("giveMemoryBack", Napi::Function::New(env, viking::giveMemoryBack, "giveMemoryBack"));
  exports.Set("readCached", Napi::Function::New(env, viking::readCached, "readCached"));
  exports.Set("alikeRows", Napi::Function::New(env, viking::alikeRows, "alikeRows"));
  exports.Set("multiplyRows", Napi::Function::New(env, viking::multiplyRows, "multiplyRows"));
  exports.Set("countPostings", Napi::Function::New(env, viking::countPostings, "countPostings"));
  exports.Set("scorePassages", Napi::Function::New(env, viking::scorePassages, "scorePassages"));
  exports.Set("scoreDocuments", Napi::Function::New(env, viking::scoreDocuments, "scoreDocuments"));
  exports.Set("bestSlots", Napi::Function::New(env, viking::bestSlots, "bestSlots"));
  exports.Set("compareTerms", Napi::Function::New(env, viking::compareTerms, "compareTerms"));
  exports.Set("copyAttributes", Napi::Function::New(env, viking::copyAttributes, "copyAttributes"));
  return exports;
}

NODE_API_MODULE(vikingfs, initialiseAddon)
