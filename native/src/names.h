// Which names may be.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace viking {

/** Well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF). */
inline bool isUtf8(std::string_view text) {
  const auto* at = reinterpret_cast<const uint8_t*>(text.data());
  const auto* const end = at + text.size();
  while (at < end) {
    const uint8_t lead = *at++;
    if (lead < 0x80) continue;
    int rest;
    uint8_t least = 0x80;
    uint8_t most = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
      rest = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      rest = 2;
      if (lead == 0xe0) least = 0xa0;
      if (lead == 0xed) most = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      rest = 3;
      if (lead == 0xf0) least = 0x90;
      if (lead == 0xf4) most = 0x8f;
    } else {
      return false;
    }
    for (; rest > 0; --rest, least = 0x80, most = 0xbf) {
      if (at == end || *at < least || *at > most) return false;
      ++at;
    }
  }
  return true;
}

/** One name as the kernel sends it; anything else would be a walk. */
inline bool isSingleName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

/** The directory above a path; `/` is above itself. */
inline std::string parentPath(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

}  // namespace viking
