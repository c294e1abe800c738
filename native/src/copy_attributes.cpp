#include "copy_attributes.h"

#include <sys/xattr.h>

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viking {

namespace {

/** Capabilities and labels are about the bytes, or the system's to give. */
bool belongsToUser(std::string_view name) {
  return name.starts_with("user.") || name == "system.posix_acl_access";
}

/** Nothing when it cannot be read. Asked twice, as names and values may grow in between; XATTR_LIST_MAX and XATTR_SIZE_MAX bound both. */
template <typename Ask>
std::optional<std::vector<char>> whole(Ask ask) {
  for (int attempt = 0; attempt < 3; attempt++) {
    const ssize_t size = ask(nullptr, 0);
    if (size < 0) return std::nullopt;
    if (size == 0) return std::vector<char>();
    std::vector<char> bytes(static_cast<size_t>(size));
    const ssize_t got = ask(bytes.data(), bytes.size());
    if (got >= 0) {
      bytes.resize(static_cast<size_t>(got));
      return bytes;
    }
    if (errno != ERANGE) return std::nullopt;
  }
  return std::nullopt;
}

int copyAll(const std::string& from, int to) {
  const auto names = whole([&](char* into, size_t size) { return llistxattr(from.c_str(), into, size); });
  for (size_t at = 0; names && at < names->size();) {
    const std::string name(names->data() + at);
    at += name.size() + 1;
    if (!belongsToUser(name)) continue;
    const auto value =
        whole([&](char* into, size_t size) { return lgetxattr(from.c_str(), name.c_str(), into, size); });
    if (!value) continue;  // gone meanwhile
    if (fsetxattr(to, name.c_str(), value->data(), value->size(), 0) == 0) continue;
    // A file system without them, or one we may not set, is no reason to refuse the write; a full one is.
    if (errno == ENOSPC || errno == EDQUOT) return errno;
  }
  return 0;
}

}  // namespace

Napi::Value copyAttributes(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsString() || !info[1].IsNumber()) {
    throw Napi::TypeError::New(env, "copyAttributes(path, descriptor)");
  }
  const std::string from = info[0].As<Napi::String>().Utf8Value();
  return Napi::Number::New(env, copyAll(from, info[1].As<Napi::Number>().Int32Value()));
}

}  // namespace viking
