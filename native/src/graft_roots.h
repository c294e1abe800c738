// The directories content is served from, reached beneath one trusted directory.
#pragma once

#include <string>
#include <vector>

#include "descriptor.h"

namespace viking {

/** Opens `relative`, a directory below `root`. Never leaves `root`, whatever symlinks lie on the way. Null with `error`. */
SharedDescriptor openBeneath(int root, const std::string& relative, int& error);

class GraftRoots {
 public:
  /** Holds the directory that all of `backings` (absolute paths) lie in. Zero or an errno. */
  int hold(const std::vector<std::string>& backings);
  /** The directory of a graft as it is now. Null with `error` set. */
  SharedDescriptor open(size_t graft, int& error) const;
  void release() { root_.reset(); }

 private:
  Descriptor root_;
  std::vector<std::string> relative_;
};

}  // namespace viking
