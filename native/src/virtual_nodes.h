// Requests on names that JavaScript answers, on both sides of the call: what is asked, and what an answer becomes.
#pragma once

#include <string>

#include "filesystem.h"
#include "listings.h"
#include "virtual_calls.h"

namespace viking {

class VirtualNodes {
 public:
  VirtualNodes(Filesystem& filesystem, Listings& listings) : fs_(filesystem), listings_(listings) {}

  /** Answers what needs no JavaScript: static directories and the grafts below them. False when it must be asked. */
  bool lookupStatic(const Request& request, const NodePtr& parent, const std::string& name);
  bool getattrStatic(const Request& request, const NodePtr& node);
  bool statxStatic(const Request& request, const NodePtr& node);

  /** The same from what was kept of generated files. */
  bool lookupKept(const Request& request, const NodePtr& parent, const std::string& name);
  bool getattrKept(const Request& request, const NodePtr& node);
  bool readKept(const Request& request, const NodePtr& node);

  /** Requests that name an entry of a directory; `nameOffset` is where the name starts in the body. */
  void askByName(const Request& request, const NodePtr& parent, const std::string& name);
  /** RENAME, RENAME2 and LINK, when either end is virtual. */
  void askRename(const Request& request, const NodePtr& from, const std::string& name, const NodePtr& to,
                 const std::string& newName, uint32_t flags);
  void askLink(const Request& request, const NodePtr& existing, const NodePtr& parent, const std::string& name);
  /** Requests on a node itself. */
  void ask(const Request& request, const NodePtr& node);

  /** Writes JavaScript's answer to the kernel. */
  NodeId finish(const Call& call, int error, const Payload& payload);

 private:
  CallMessage messageFor(const Request& request) const;
  bool keep(const Call& call, Node& directory, Node& node, const fuse_attr& attr);
  void keepBytes(const Call& call, const Payload& payload);
  void changedIn(NodeId directory);
  void changedAround(const Node& node);
  void takeBackIfChanged(const KeptFiles::Ticket& ticket, const NodePtr& node, NodeId parent, const std::string& name);
  static Stamp directoryStamp(Node& directory);
  NodeId finishEntry(const Call& call, const Payload& payload, bool withOpen);

  Filesystem& fs_;
  Listings& listings_;
};

}  // namespace viking
