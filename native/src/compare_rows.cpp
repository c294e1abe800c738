#include "compare_rows.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "typed_span.h"

/**
 * The loops below are compiled once more for processors with wider registers and a popcount, and the loader chooses. Not
 * under a sanitizer, whose runtime is not there yet when the loader does.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define VIKING_CLONES __attribute__((target_clones("avx2", "popcnt", "default"), optimize("O3")))
#else
#define VIKING_CLONES
#endif

namespace viking {
namespace {

constexpr size_t kLanes = 8;
/** Every vector in scope is compared by so many words; a loop of known length is half the time. */
constexpr size_t kSketchWords = 8;

/** Whether all rows of so many elements each lie within `length` elements. */
bool areWithin(Span<uint32_t> rows, size_t elements, size_t length) {
  const size_t bound = elements == 0 ? 0 : length / elements;
  uint32_t last = 0;
  for (size_t at = 0; at < rows.length; at++) last = rows.data[at] > last ? rows.data[at] : last;
  return rows.length == 0 || last < bound;
}

/** Bits in which two rows of words differ. */
__attribute__((always_inline)) inline uint32_t difference(const uint32_t* one, const uint32_t* other, size_t words) {
  uint32_t sum = 0;
  size_t word = 0;
  for (; word + 2 <= words; word += 2) {
    uint64_t mine;
    uint64_t theirs;
    std::memcpy(&mine, one + word, sizeof mine);
    std::memcpy(&theirs, other + word, sizeof theirs);
    sum += static_cast<uint32_t>(std::popcount(mine ^ theirs));
  }
  if (word < words) sum += static_cast<uint32_t>(std::popcount(one[word] ^ other[word]));
  return sum;
}

/** The same for all `rows`; `counts` has one added at each distance. */
VIKING_CLONES void differences(const uint32_t* bits, const uint32_t* wanted, size_t words, Span<uint32_t> rows,
                               uint32_t* distances, uint32_t* counts) {
  if (words == kSketchWords) {
    for (size_t at = 0; at < rows.length; at++) {
      counts[distances[at] = difference(wanted, bits + size_t{rows.data[at]} * kSketchWords, kSketchWords)]++;
    }
  } else {
    for (size_t at = 0; at < rows.length; at++) {
      counts[distances[at] = difference(wanted, bits + size_t{rows.data[at]} * words, words)]++;
    }
  }
}

VIKING_CLONES void products(const int8_t* bytes, const float* query, size_t dimensions, Span<uint32_t> rows,
                            double* sums) {
  for (size_t at = 0; at < rows.length; at++) {
    const int8_t* row = bytes + static_cast<size_t>(rows.data[at]) * dimensions;
    double lane[kLanes] = {};
    size_t component = 0;
    for (; component + kLanes <= dimensions; component += kLanes) {
      for (size_t i = 0; i < kLanes; i++) {
        lane[i] += static_cast<double>(query[component + i]) * static_cast<double>(row[component + i]);
      }
    }
    for (size_t i = 0; component < dimensions; component++, i++) {
      lane[i] += static_cast<double>(query[component]) * static_cast<double>(row[component]);
    }
    sums[at] = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  }
}

}  // namespace

Napi::Value alikeRows(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto bits = spanOf<Napi::Uint32Array>(info, 0);
  const auto wanted = spanOf<Napi::Uint32Array>(info, 1);
  const auto rows = spanOf<Napi::Uint32Array>(info, 2);
  if (info.Length() < 5 || !info[3].IsNumber()) throw Napi::TypeError::New(env, "argument 3 is not a number");
  const uint32_t most = info[3].As<Napi::Number>().Uint32Value();
  const auto into = spanOf<Napi::Uint32Array>(info, 4);
  assertFits(env, areWithin(rows, wanted.length, bits.length), "a row is not in the table");
  assertFits(env, into.length >= rows.length, "there is no room for the rows");
  std::vector<uint32_t> distances(rows.length);
  std::vector<uint32_t> counts(wanted.length * 32 + 1);
  differences(bits.data, wanted.data, wanted.length, rows, distances.data(), counts.data());
  size_t bound = 0;
  for (size_t sum = counts[0]; sum < most && bound + 1 < counts.size(); sum += counts[bound]) bound++;
  size_t kept = 0;
  for (size_t at = 0; at < rows.length; at++) {
    into.data[kept] = rows.data[at];
    kept += distances[at] <= bound ? 1 : 0;
  }
  return Napi::Number::New(env, static_cast<double>(kept));
}

Napi::Value multiplyRows(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto bytes = spanOf<Napi::Int8Array>(info, 0);
  const auto query = spanOf<Napi::Float32Array>(info, 1);
  const auto rows = spanOf<Napi::Uint32Array>(info, 2);
  const auto sums = spanOf<Napi::Float64Array>(info, 3);
  assertFits(env, areWithin(rows, query.length, bytes.length), "a row is not in the table");
  assertFits(env, sums.length >= rows.length, "there is no room for the products");
  products(bytes.data, query.data, query.length, rows, sums.data);
  return env.Undefined();
}

}  // namespace viking
