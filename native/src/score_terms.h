// Scoring passages and documents by the words of a question, over arrays that JavaScript keeps, for the index. What each
// function does, and with what, is said in src/index/words/score-terms.ts; both give the same numbers to the last bit.
#pragma once

#include <napi.h>

namespace viking {

/** countPostings(arena, head, count, documentOf, scope): how many postings of a list are of documents in scope. */
Napi::Value countPostings(const Napi::CallbackInfo& info);

/** scorePassages(postings, weights, table): adds a term to the passages that have it. Throws TypeError for other arrays. */
Napi::Value scorePassages(const Napi::CallbackInfo& info);

/** scoreDocuments(weights, table): adds the same term to their documents. */
Napi::Value scoreDocuments(const Napi::CallbackInfo& info);

/** bestSlots(slots, scores, documentOf, ordinals, best, numbers): the best passage of each document; returns how many. */
Napi::Value bestSlots(const Napi::CallbackInfo& info);

/** compareTerms(slots, lists, terms, sums): products of passages' terms with a question; false where it cannot tell. */
Napi::Value compareTerms(const Napi::CallbackInfo& info);

}  // namespace viking
