// Plain data across the border to JavaScript.
#include "addon.h"

namespace viking {

namespace {

std::string text(const Napi::Object& given, const char* name) {
  const Napi::Value value = given.Get(name);
  if (!value.IsString()) throw Napi::TypeError::New(given.Env(), std::string("option ") + name + " must be a string");
  return value.As<Napi::String>().Utf8Value();
}

bool flag(const Napi::Object& given, const char* name) { return given.Get(name).ToBoolean(); }

uint32_t number(const Napi::Object& given, const char* name, uint32_t otherwise) {
  const Napi::Value value = given.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().Uint32Value() : otherwise;
}

std::vector<std::string> texts(const Napi::Object& given, const char* name) {
  const Napi::Value value = given.Get(name);
  std::vector<std::string> list;
  if (!value.IsArray()) return list;
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) list.push_back(array.Get(i).As<Napi::String>().Utf8Value());
  return list;
}

const char* nameOf(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::created:
      return "created";
    case ChangeKind::written:
      return "written";
    case ChangeKind::removed:
      return "removed";
    case ChangeKind::renamed:
      return "renamed";
    case ChangeKind::rescan:
      return "rescan";
  }
  return "rescan";
}

Napi::Object callObject(Napi::Env env, const CallMessage& message) {
  auto object = Napi::Object::New(env);
  object.Set("slot", static_cast<double>(message.slot));
  object.Set("opcode", message.opcode);
  object.Set("node", static_cast<double>(message.node));
  object.Set("path", message.path);
  object.Set("pid", message.pid);
  object.Set("uid", message.uid);
  object.Set("gid", message.gid);
  object.Set("flags", message.flags);
  object.Set("mode", message.mode);
  object.Set("offset", static_cast<double>(message.offset));
  object.Set("size", static_cast<double>(message.size));
  if (message.unsettled) object.Set("unsettled", true);
  if (!message.other.empty()) object.Set("other", message.other);
  if (message.opcode == FUSE_WRITE || message.opcode == FUSE_SETXATTR) {
    object.Set("data", Napi::Buffer<char>::Copy(env, message.data.data(), message.data.size()));
  }
  if (message.opcode == FUSE_SETATTR) {
    object.Set("valid", message.valid);
    object.Set("newUid", message.newUid);
    object.Set("newGid", message.newGid);
    object.Set("atimeNs", Napi::BigInt::New(env, message.atimeNs));
    object.Set("mtimeNs", Napi::BigInt::New(env, message.mtimeNs));
  }
  return object;
}

}  // namespace

fuse_attr attrFrom(const Napi::Value& bytes) {
  fuse_attr attr{};
  if (!bytes.IsTypedArray() || bytes.As<Napi::Uint8Array>().ByteLength() < sizeof attr) {
    throw Napi::TypeError::New(bytes.Env(), "attributes must be 88 bytes");
  }
  std::memcpy(&attr, bytes.As<Napi::Uint8Array>().Data(), sizeof attr);
  return attr;
}

Options optionsFrom(const Napi::Object& given) {
  Options options;
  options.mountpoint = text(given, "mountpoint");
  options.source = text(given, "source");
  options.readOnly = flag(given, "readOnly");
  options.allowOther = flag(given, "allowOther");
  options.passthrough = flag(given, "passthrough");
  options.passthroughBytes = number(given, "passthroughBytes", static_cast<uint32_t>(options.passthroughBytes));
  options.privileged = flag(given, "privileged");
  options.reserved = texts(given, "reserved");
  options.hiddenPrefix = text(given, "hiddenPrefix");
  options.hiddenSuffix = text(given, "hiddenSuffix");
  options.xattrPrefix = text(given, "xattrPrefix");
  options.listedXattrs = texts(given, "listedXattrs");
  options.asksListed = flag(given, "asksListed");
  options.timeoutMs = number(given, "timeoutMs", options.timeoutMs);
  options.workers = std::clamp<uint32_t>(number(given, "workers", options.workers), 2, 32);
  options.spinUs = number(given, "spinUs", options.spinUs);
  options.maxCalls = number(given, "maxCalls", options.maxCalls);
  options.watchdogSeconds = number(given, "watchdogSeconds", options.watchdogSeconds);
  if (given.Get("watchdogProgram").IsString()) options.watchdogProgram = text(given, "watchdogProgram");
  options.watchdogGraceMs = number(given, "watchdogGraceMs", options.watchdogGraceMs);
  if (given.Get("watch").IsBoolean()) options.watch = flag(given, "watch");
  if (options.reserved.size() > 32) throw Napi::RangeError::New(given.Env(), "at most 32 reserved names");
  const auto grafts = given.Get("grafts").As<Napi::Array>();
  for (uint32_t i = 0; i < grafts.Length(); ++i) {
    const auto graft = grafts.Get(i).As<Napi::Object>();
    options.grafts.push_back({text(graft, "path"), text(graft, "backing"), texts(graft, "virtualNames"), texts(graft, "guardedNames")});
  }
  const auto statics = given.Get("statics").As<Napi::Array>();
  for (uint32_t i = 0; i < statics.Length(); ++i) {
    const auto entry = statics.Get(i).As<Napi::Object>();
    options.statics.push_back({text(entry, "path"), attrFrom(entry.Get("attr"))});
  }
  return options;
}

Napi::Object mailObject(Napi::Env env, Mail& mail) {
  auto object = Napi::Object::New(env);
  auto calls = Napi::Array::New(env, mail.calls.size());
  for (uint32_t i = 0; i < mail.calls.size(); ++i) calls.Set(i, callObject(env, mail.calls[i]));
  object.Set("calls", calls);
  auto abandoned = Napi::Array::New(env, mail.abandoned.size());
  for (uint32_t i = 0; i < mail.abandoned.size(); ++i) {
    auto entry = Napi::Object::New(env);
    entry.Set("slot", static_cast<double>(mail.abandoned[i].first));
    entry.Set("errno", mail.abandoned[i].second);
    abandoned.Set(i, entry);
  }
  object.Set("abandoned", abandoned);
  auto listed = Napi::Array::New(env, mail.listed.size());
  for (uint32_t i = 0; i < mail.listed.size(); ++i) {
    auto entry = Napi::Object::New(env);
    entry.Set("node", static_cast<double>(mail.listed[i].node));
    entry.Set("path", mail.listed[i].path);
    listed.Set(i, entry);
  }
  object.Set("listed", listed);
  auto changes = Napi::Array::New(env, mail.changes.size());
  for (uint32_t i = 0; i < mail.changes.size(); ++i) {
    auto entry = Napi::Object::New(env);
    entry.Set("kind", nameOf(mail.changes[i].kind));
    entry.Set("path", mail.changes[i].path);
    if (!mail.changes[i].to.empty()) entry.Set("to", mail.changes[i].to);
    changes.Set(i, entry);
  }
  object.Set("changes", changes);
  if (!mail.written.empty()) {
    auto written = Napi::Array::New(env, mail.written.size());
    for (uint32_t i = 0; i < mail.written.size(); ++i) {
      auto entry = Napi::Object::New(env);
      entry.Set("slot", static_cast<double>(mail.written[i].slot));
      entry.Set("bytes", static_cast<double>(mail.written[i].bytes));
      entry.Set("errno", mail.written[i].error);
      written.Set(i, entry);
    }
    object.Set("written", written);
  }
  object.Set("ended", mail.ended);
  return object;
}

}  // namespace viking
