// Arrays that JavaScript keeps, as functions of the addon read them.
#pragma once

#include <napi.h>

#include <cstddef>
#include <string>
#include <type_traits>

namespace viking {

template <typename T>
struct Span {
  T* data;
  size_t length;
};

template <typename Array>
constexpr napi_typedarray_type typeOfArray() {
  if constexpr (std::is_same_v<Array, Napi::Int8Array>) return napi_int8_array;
  if constexpr (std::is_same_v<Array, Napi::Uint8Array>) return napi_uint8_array;
  if constexpr (std::is_same_v<Array, Napi::Uint16Array>) return napi_uint16_array;
  if constexpr (std::is_same_v<Array, Napi::Uint32Array>) return napi_uint32_array;
  if constexpr (std::is_same_v<Array, Napi::Float32Array>) return napi_float32_array;
  return napi_float64_array;
}

/** The elements of a value that must be such an array. Throws TypeError, naming `what` it is. */
template <typename Array>
auto spanOf(Napi::Value value, const std::string& what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != typeOfArray<Array>()) {
    throw Napi::TypeError::New(value.Env(), what + " is not an array of the right kind");
  }
  auto array = value.As<Array>();
  return Span<std::remove_pointer_t<decltype(array.Data())>>{array.Data(), array.ElementLength()};
}

/** The same, of an argument of a call. */
template <typename Array>
auto spanOf(const Napi::CallbackInfo& info, size_t at) {
  return spanOf<Array>(info[at], "argument " + std::to_string(at));
}

inline void assertFits(Napi::Env env, bool fits, const char* what) {
  if (!fits) throw Napi::RangeError::New(env, what);
}

}  // namespace viking
