// READDIR and READDIRPLUS.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "content.h"
#include "outbox.h"
#include "virtual_calls.h"

namespace viking {

class Listings {
 public:
  Listings(Filesystem& filesystem, Content& content, Outbox& outbox)
      : fs_(filesystem), content_(content), outbox_(outbox) {}

  /** A directory of content. */
  void content(const Request& request, const NodePtr& node, Scratch& scratch);
  /** A virtual directory whose listing began earlier; false when JavaScript must be asked. */
  bool virtualContinued(const Request& request, const NodePtr& node, Scratch& scratch);
  /** JavaScript's answer: packed entries of u64 inode, u8 type, u8 length, name. */
  void virtualAnswered(const Call& call, const Payload& payload);

  /** JavaScript says which reserved names a directory shows. */
  void setListed(const NodePtr& node, uint32_t mask);
  /** The answer may have changed: asked again at the next listing. */
  void forgetListed(const NodePtr& node);

 private:
  void emit(const Reply& reply, const NodePtr& node, const Listing& listing, size_t from, uint32_t room, bool plus,
            uint32_t changesBefore);
  bool build(const NodePtr& node, std::vector<ListedEntry>& entries, int& error);
  void askListed(const NodePtr& node);
  void awaitListed(const NodePtr& node);

  Filesystem& fs_;
  Content& content_;
  Outbox& outbox_;
  std::mutex listedMutex_;
  std::condition_variable listedAnswered_;
  /** Cleared when JavaScript let a question go unanswered, so that a blocked loop costs one wait, not one each. */
  std::atomic<bool> responsive_{true};
};

}  // namespace viking
