import { readSync, type Stats } from 'node:fs';

/** Live sessions that are read on; another one is read whole. At most a megabyte of each is kept. */
const KEPT_MAX = 8;
/** Bytes at the beginning, and before the end known so far, by which a file is known to have only grown. */
const PROOF_BYTES = 4096;

interface Known {
  readonly ino: number;
  readonly bytes: Buffer;
}

/**
 * Reads files that are appended to again and again: of one that has only grown, what was added. A file whose inode,
 * beginning, or last bytes before the known end differ, and one that did not grow, is read whole.
 */
export class GrownFiles {
  readonly #known = new Map<string, Known>();
  #bytesRead = 0;

  /** Bytes taken from files so far, proofs included. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** The first `limit` bytes of an open file. */
  read(file: number, path: string, found: Pick<Stats, 'ino' | 'size'>, limit: number): Buffer {
    const wanted = Math.min(found.size, limit);
    const known = this.#known.get(path);
    const start = known !== undefined && this.#hasGrown(file, known, found) ? known.bytes : Buffer.alloc(0);
    const rest = this.#take(file, start.length, wanted - start.length);
    const bytes = start.length === 0 ? rest : Buffer.concat([start, rest]);
    this.#known.delete(path);
    if (this.#known.size >= KEPT_MAX) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(path, { ino: found.ino, bytes });
    return bytes;
  }

  #hasGrown(file: number, { ino, bytes }: Known, found: Pick<Stats, 'ino' | 'size'>): boolean {
    if (found.ino !== ino || found.size <= bytes.length) return false;
    return [0, bytes.length - PROOF_BYTES].every((at) => {
      const from = Math.max(0, at);
      const proof = bytes.subarray(from, from + PROOF_BYTES);
      return this.#take(file, from, proof.length).equals(proof);
    });
  }

  #take(file: number, from: number, bytes: number): Buffer {
    const buffer = readBytes(file, from, bytes);
    this.#bytesRead += buffer.length;
    return buffer;
  }
}

/** Up to `bytes` from `from` on; fewer at the end of the file. @throws the errors of read */
export function readBytes(file: number, from: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(Math.max(0, bytes));
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(file, buffer, filled, buffer.length - filled, from + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}
