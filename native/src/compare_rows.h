// Comparing one vector with many rows of a table that JavaScript keeps, for the index.
#pragma once

#include <napi.h>

namespace viking {

/**
 * alikeRows(bits, wanted, rows, most, into): of `rows` those whose words in `bits` (Uint32Array, `wanted.length` words a
 * row) differ from `wanted` in the fewest bits, in their order, into `into` (Uint32Array, which may be `rows` itself);
 * returns how many. At least `most`, or all: those that differ as much as the last one taken are taken as well. Throws
 * RangeError for what lies outside of an array, before anything is written.
 */
Napi::Value alikeRows(const Napi::CallbackInfo& info);

/**
 * multiplyRows(bytes, query, rows, products): for each of `rows` the product of `query` (Float32Array) and the row's
 * components in `bytes` (Int8Array, `query.length` a row), into `products` (Float64Array). Added up in eight sums of
 * doubles, as src/index/vectors/compare-rows.ts does: both give the same number to the last bit.
 */
Napi::Value multiplyRows(const Napi::CallbackInfo& info);

}  // namespace viking
