import { getSystemErrorName } from 'node:util';
import type { NativeSession, Written } from './binding.ts';

/** More than this is not copied for another thread. */
const SMALL_BYTES = 64 * 1024;

/** Writes under way on the thread that answers their callers itself. */
export interface DurableWrites {
  /** Resolves with the bytes written, rejects with a system error; undefined when nothing was begun. */
  begin(write: {
    readonly slot: number;
    readonly fd: number;
    readonly bytes: Uint8Array;
    /** What the caller is answered. */
    readonly answer: number;
  }): Promise<number> | undefined;
  end(written: Written): void;
}

export function createDurableWrites(native: NativeSession): DurableWrites {
  const waiting = new Map<number, (written: Written) => void>();
  return {
    begin({ slot, fd, bytes, answer }) {
      if (bytes.length > SMALL_BYTES) return undefined;
      if (native.writeThrough?.(slot, fd, bytes, answer) !== true) return undefined;
      return new Promise((resolve, reject) => {
        waiting.set(slot, ({ bytes: written, errno }) => {
          if (errno === 0) resolve(written);
          else reject(systemError(errno));
        });
      });
    },
    end(written) {
      waiting.get(written.slot)?.(written);
      waiting.delete(written.slot);
    },
  };
}

function systemError(errno: number): Error {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${code}: write`), { errno: -errno, code, syscall: 'write' });
}
