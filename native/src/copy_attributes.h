// Extended attributes of a file, given to the one that takes its place.
#pragma once

#include <napi.h>

namespace viking {

/**
 * copyAttributes(from: path, to: descriptor): gives the open file the user's attributes and the access control list of
 * the file at `from`, which is not followed if it is a symlink. Returns 0, or the errno of what had room for no more.
 */
Napi::Value copyAttributes(const Napi::CallbackInfo& info);

}  // namespace viking
