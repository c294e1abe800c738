// Comparing one vector with many rows of a table that JavaScript keeps, for the index.
#pragma once

#include <napi.h>

namespace viking {

/**
 * countDifferences(bits, wanted, rows, distances, counts): for each of `rows` how many bits of its words in `bits`
 * (Uint32Array, `wanted.length` words a row) differ from `wanted`, into `distances` (Uint16Array); `counts` (Uint32Array)
 * has one added at each distance. Throws RangeError for what lies outside of an array, before anything is written.
 */
Napi::Value countDifferences(const Napi::CallbackInfo& info);

/**
 * multiplyRows(bytes, query, rows, products): for each of `rows` the product of `query` (Float32Array) and the row's
 * components in `bytes` (Int8Array, `query.length` a row), into `products` (Float64Array). Added up in eight sums of
 * doubles, as src/index/vectors/compare-rows.ts does: both give the same number to the last bit.
 */
Napi::Value multiplyRows(const Napi::CallbackInfo& info);

}  // namespace viking
