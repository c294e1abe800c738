#include "score_terms.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "typed_span.h"

namespace viking {
namespace {

/** Sizes of the blocks that hold a term's postings, and where a posting holds what: src/index/words/postings.ts. */
constexpr size_t kFirstBlock = 2;
constexpr size_t kLastBlock = 256;
constexpr uint32_t kCountBits = 8;
constexpr uint32_t kCountMost = 255;

/** Where `Filled` counts what. */
enum Filled : size_t { kSlots, kDocuments, kSeen, kFilledLists };

/** Visits the postings of a list. Returns false for a list that leads out of the arena. */
template <typename Visit>
bool eachPosting(Span<uint32_t> arena, size_t head, size_t count, Visit visit) {
  size_t block = head;
  size_t size = kFirstBlock;
  for (size_t at = 0; at < count;) {
    const size_t length = std::min(size, count - at);
    if (block + 1 + length > arena.length) return false;
    for (size_t i = 1; i <= length; i++) visit(arena.data[block + i]);
    at += length;
    block = arena.data[block];
    size = std::min(size * 2, kLastBlock);
  }
  return true;
}

size_t numberIn(Napi::Object object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsNumber()) throw Napi::TypeError::New(object.Env(), std::string(name) + " is not a number");
  return value.As<Napi::Number>().Uint32Value();
}

template <typename Array>
auto spanIn(Napi::Object object, const char* name) {
  return spanOf<Array>(object.Get(name), name);
}

Napi::Object objectAt(const Napi::CallbackInfo& info, size_t at) {
  if (!info[at].IsObject()) throw Napi::TypeError::New(info.Env(), "argument " + std::to_string(at) + " is not an object");
  return info[at].As<Napi::Object>();
}

/** Constants of BM25 for one kind of text, and what a term is worth. */
struct Weights {
  double gain;
  double k1;
  double b;
  double average;
  double share;

  explicit Weights(Span<double> given)
      : gain(given.data[0]), k1(given.data[1]), b(given.data[2]), average(given.data[3]), share(given.data[4]) {}

  double of(uint32_t length, double times) const {
    const double norm = k1 * (1 - b + (b * length) / average);
    return (gain * times * (k1 + 1)) / (times + norm);
  }
};

Weights weightsAt(const Napi::CallbackInfo& info, size_t at) {
  const auto given = spanOf<Napi::Float64Array>(info, at);
  assertFits(info.Env(), given.length >= 5, "there are too few weights");
  return Weights(given);
}

/** A number of seven bits a byte, the lowest first. Returns false at the end of the bytes. */
bool readNumber(Span<uint8_t> bytes, size_t& at, uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; at < bytes.length && shift < 63; shift += 7) {
    const uint8_t byte = bytes.data[at++];
    value |= uint64_t{byte & 127u} << shift;
    if (byte < 128) return true;
  }
  return false;
}

struct Term {
  uint32_t number;
  uint32_t count;
};

/** The terms of a passage: src/index/words/term-lists.ts. Returns false for what is no such list. */
bool readTerms(Span<uint8_t> bytes, size_t at, std::vector<Term>& terms) {
  uint64_t left = 0;
  if (!readNumber(bytes, at, left)) return false;
  terms.clear();
  uint64_t number = 0;
  for (; left > 0; left--) {
    uint64_t value = 0;
    uint64_t count = 1;
    if (!readNumber(bytes, at, value)) return false;
    if (value % 2 == 1 && !readNumber(bytes, at, count)) return false;
    number += value / 2;
    terms.push_back({static_cast<uint32_t>(number), static_cast<uint32_t>(count)});
  }
  return true;
}

}  // namespace

Napi::Value countPostings(const Napi::CallbackInfo& info) {
  const Napi::Object list = objectAt(info, 0);
  const auto arena = spanIn<Napi::Uint32Array>(list, "arena");
  const auto documentOf = spanOf<Napi::Uint32Array>(info, 1);
  const auto scope = spanOf<Napi::Uint8Array>(info, 2);
  uint32_t found = 0;
  const bool isWhole = eachPosting(arena, numberIn(list, "head"), numberIn(list, "count"), [&](uint32_t posting) {
    const uint32_t slot = posting >> kCountBits;
    const uint32_t owner = slot < documentOf.length ? documentOf.data[slot] : 0;
    found += owner < scope.length && scope.data[owner] == 1 ? 1 : 0;
  });
  assertFits(info.Env(), isWhole, "a list leads out of the postings");
  return Napi::Number::New(info.Env(), found);
}

Napi::Value scorePassages(const Napi::CallbackInfo& info) {
  const Napi::Object list = objectAt(info, 0);
  const Weights weights = weightsAt(info, 1);
  const Napi::Object table = objectAt(info, 2);
  const auto arena = spanIn<Napi::Uint32Array>(list, "arena");
  const auto documentOf = spanIn<Napi::Uint32Array>(table, "documentOf");
  const auto lengthOf = spanIn<Napi::Uint32Array>(table, "lengthOf");
  const auto scope = spanIn<Napi::Uint8Array>(table, "scope");
  const auto passage = spanIn<Napi::Float64Array>(table, "passage");
  const auto share = spanIn<Napi::Float64Array>(table, "share");
  const auto counts = spanIn<Napi::Float64Array>(table, "counts");
  const auto slots = spanIn<Napi::Uint32Array>(table, "slots");
  const auto seen = spanIn<Napi::Uint32Array>(table, "seen");
  const auto filled = spanIn<Napi::Uint32Array>(table, "filled");
  assertFits(info.Env(), filled.length >= kFilledLists, "there is no room for the lengths of lists");
  const size_t bound = std::min({documentOf.length, lengthOf.length, passage.length});
  const size_t owners = std::min(scope.length, counts.length);
  size_t found = filled.data[kSlots];
  size_t met = 0;
  const bool isWhole = eachPosting(arena, numberIn(list, "head"), numberIn(list, "count"), [&](uint32_t posting) {
    const uint32_t slot = posting >> kCountBits;
    if (slot >= bound) return;
    const uint32_t owner = documentOf.data[slot];
    if (owner >= owners || scope.data[owner] != 1) return;
    const double times = posting & kCountMost;
    if (passage.data[slot] == 0 && found < slots.length) slots.data[found++] = slot;
    passage.data[slot] += weights.of(lengthOf.data[slot], times);
    if (slot < share.length) share.data[slot] += weights.share;
    if (counts.data[owner] == 0 && met < seen.length) seen.data[met++] = owner;
    counts.data[owner] += times;
  });
  filled.data[kSlots] = static_cast<uint32_t>(found);
  filled.data[kSeen] = static_cast<uint32_t>(met);
  assertFits(info.Env(), isWhole, "a list leads out of the postings");
  return info.Env().Undefined();
}

Napi::Value scoreDocuments(const Napi::CallbackInfo& info) {
  const Weights weights = weightsAt(info, 0);
  const Napi::Object table = objectAt(info, 1);
  const auto documentLength = spanIn<Napi::Uint32Array>(table, "documentLength");
  const auto counts = spanIn<Napi::Float64Array>(table, "counts");
  const auto document = spanIn<Napi::Float64Array>(table, "document");
  const auto documents = spanIn<Napi::Uint32Array>(table, "documents");
  const auto seen = spanIn<Napi::Uint32Array>(table, "seen");
  const auto filled = spanIn<Napi::Uint32Array>(table, "filled");
  assertFits(info.Env(), filled.length >= kFilledLists, "there is no room for the lengths of lists");
  const size_t met = std::min<size_t>(filled.data[kSeen], seen.length);
  const size_t bound = std::min({documentLength.length, counts.length, document.length});
  size_t found = filled.data[kDocuments];
  for (size_t at = 0; at < met; at++) {
    const uint32_t owner = seen.data[at];
    if (owner >= bound) continue;
    const double times = counts.data[owner];
    counts.data[owner] = 0;
    if (document.data[owner] == 0 && found < documents.length) documents.data[found++] = owner;
    document.data[owner] += weights.of(documentLength.data[owner], times);
  }
  filled.data[kDocuments] = static_cast<uint32_t>(found);
  return info.Env().Undefined();
}

Napi::Value bestSlots(const Napi::CallbackInfo& info) {
  const auto slots = spanOf<Napi::Uint32Array>(info, 0);
  const auto scores = spanOf<Napi::Float64Array>(info, 1);
  const auto documentOf = spanOf<Napi::Uint32Array>(info, 2);
  const auto ordinals = spanOf<Napi::Uint32Array>(info, 3);
  const auto best = spanOf<Napi::Uint32Array>(info, 4);
  const auto numbers = spanOf<Napi::Uint32Array>(info, 5);
  const size_t bound = std::min({scores.length, documentOf.length, ordinals.length});
  uint32_t count = 0;
  for (size_t at = 0; at < slots.length; at++) {
    const uint32_t slot = slots.data[at];
    const uint32_t number = slot < bound ? documentOf.data[slot] : UINT32_MAX;
    if (number >= best.length) continue;
    // One more than the slot, so that 0 is none; it is below the bound, because this loop wrote it.
    const uint32_t other = best.data[number] - 1;
    if (best.data[number] == 0) {
      if (count == numbers.length) continue;
      numbers.data[count++] = number;
    } else if (other >= bound || scores.data[slot] < scores.data[other] ||
               (scores.data[slot] == scores.data[other] && ordinals.data[slot] >= ordinals.data[other])) {
      continue;
    }
    best.data[number] = slot + 1;
  }
  return Napi::Number::New(info.Env(), count);
}

Napi::Value compareTerms(const Napi::CallbackInfo& info) {
  const auto slots = spanOf<Napi::Uint32Array>(info, 0);
  const Napi::Object lists = objectAt(info, 1);
  const Napi::Object table = objectAt(info, 2);
  const auto sums = spanOf<Napi::Float64Array>(info, 3);
  const auto bytes = spanIn<Napi::Uint8Array>(lists, "bytes");
  const auto listStarts = spanIn<Napi::Uint32Array>(lists, "starts");
  const auto codes = spanIn<Napi::Uint16Array>(table, "codes");
  const auto starts = spanIn<Napi::Uint32Array>(table, "starts");
  const auto squares = spanIn<Napi::Float32Array>(table, "squares");
  const auto products = spanIn<Napi::Float32Array>(table, "products");
  const auto logWeights = spanIn<Napi::Float64Array>(table, "logWeights");
  assertFits(info.Env(), sums.length >= slots.length * 2, "there is no room for the sums");
  std::vector<Term> terms;
  for (size_t at = 0; at < slots.length; at++) {
    const uint32_t slot = slots.data[at];
    if (slot >= listStarts.length || !readTerms(bytes, listStarts.data[slot], terms)) {
      throw Napi::RangeError::New(info.Env(), "a list leads out of the terms");
    }
    for (const Term& term : terms) {
      if (size_t{term.number} + 1 >= starts.length || term.number >= squares.length ||
          starts.data[term.number + 1] > codes.length) {
        throw Napi::RangeError::New(info.Env(), "a term is not in the table");
      }
      if (term.count >= logWeights.length) return Napi::Boolean::New(info.Env(), false);
      // Words are far apart in memory: what the loop below reads is on its way when it gets there.
      __builtin_prefetch(codes.data + starts.data[term.number]);
      __builtin_prefetch(squares.data + term.number);
    }
    double product = 0;
    double square = 0;
    for (const Term& term : terms) {
      double sum = 0;
      for (size_t code = starts.data[term.number]; code < starts.data[term.number + 1]; code++) {
        const uint16_t number = codes.data[code];
        sum += number < products.length ? static_cast<double>(products.data[number]) : 0;
      }
      const double weight = logWeights.data[term.count];
      product += weight * sum;
      square += weight * weight * static_cast<double>(squares.data[term.number]);
    }
    sums.data[at * 2] = product;
    sums.data[at * 2 + 1] = square;
  }
  return Napi::Boolean::New(info.Env(), true);
}

}  // namespace viking
