import { VikingError } from '../errors/index.ts';
import type { VikingUri } from '../uri/index.ts';

/** What is taken into memory at once: appended in one write, or understood as text. */
const WHOLE_BYTES = 64 * 1024 ** 2;

/** Bytes to write, counted as they go by. */
export interface CountedData {
  readonly data: Uint8Array | AsyncIterable<Uint8Array>;
  /** Bytes seen so far: all of them once `data` was written. */
  readonly sizeBytes: number;
  /** All of it in memory. @throws TOO_LARGE */
  whole(uri: VikingUri): Promise<Uint8Array>;
}

export function counted(data: Uint8Array | AsyncIterable<Uint8Array>): CountedData {
  if (data instanceof Uint8Array) return { data, sizeBytes: data.length, whole: async () => data };
  let sizeBytes = 0;
  async function* pass(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const piece of source) {
      sizeBytes += piece.length;
      yield piece;
    }
  }
  const passing = pass(data);
  return {
    data: passing,
    get sizeBytes() {
      return sizeBytes;
    },
    async whole(uri) {
      const pieces: Uint8Array[] = [];
      for await (const piece of passing) {
        pieces.push(piece);
        if (sizeBytes > WHOLE_BYTES)
          throw new VikingError('TOO_LARGE', `${uri}: more than ${WHOLE_BYTES} bytes at once`, {
            details: { limit: WHOLE_BYTES },
          });
      }
      return Buffer.concat(pieces);
    },
  };
}
