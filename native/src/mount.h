// Attaching a FUSE connection to a mountpoint.
#pragma once

#include <string>

#include "descriptor.h"
#include "filesystem.h"

namespace viking {

/** Mounts; gives the connection's device. Empty on success, else the reason with what to do about it. */
std::string attach(const Options& options, Descriptor& device);

/** Takes the mount away, lazily when it is in use. Empty on success or when nothing was mounted. */
std::string detach(const Options& options);

/** Another descriptor of the same connection, with a queue of its own for answers (FUSE_DEV_IOC_CLONE). */
Descriptor cloneDevice(int device);

}  // namespace viking
