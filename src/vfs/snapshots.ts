/** The text of a virtual file at one moment. */
export interface Snapshot {
  readonly bytes: Buffer;
  /** When the text last became different. */
  readonly mtimeNs: bigint;
  readonly stays?: true;
}

/** A text that reads the same until something it is made from changes. */
export interface StayingText {
  readonly bytes: Buffer;
  readonly stays: boolean;
}

export interface Snapshots {
  /**
   * What `render` makes, kept for `ttlMs` so that `stat`, `open` and `read` of one command agree on the size. Calls
   * that come while it is made share it.
   */
  get(path: string, ttlMs: number, render: () => Promise<Buffer | StayingText>): Promise<Snapshot>;
  /** One text is rendered anew at its next use. */
  drop(path: string): void;
  /** Everything is rendered anew at its next use; times of unchanged texts stay. */
  clear(): void;
}

interface Kept {
  snapshot: Snapshot | undefined;
  making: Promise<Snapshot> | undefined;
  until: number;
  generation: number;
}

const MOST_KEPT = 2_048;
/** No generation of texts. */
const NEVER = -1;

export function createSnapshots(now: () => number = Date.now, mostKept = MOST_KEPT): Snapshots {
  const kept = new Map<string, Kept>();
  let generation = 0;

  function entryOf(path: string): Kept {
    const found = kept.get(path) ?? { snapshot: undefined, making: undefined, until: 0, generation };
    kept.delete(path);
    kept.set(path, found);
    if (kept.size > mostKept) kept.delete(kept.keys().next().value!);
    return found;
  }

  return {
    async get(path, ttlMs, render) {
      const entry = entryOf(path);
      if (entry.generation === generation) {
        if (entry.making !== undefined) return entry.making;
        if (entry.snapshot !== undefined && now() < entry.until) return entry.snapshot;
      }
      const asked = generation;
      const making = render().then((text) => {
        const { bytes, stays } = Buffer.isBuffer(text) ? { bytes: text, stays: false } : text;
        const same = entry.snapshot?.bytes.equals(bytes) === true;
        const mtimeNs = same ? entry.snapshot!.mtimeNs : nextTime(entry.snapshot, now());
        const snapshot: Snapshot = { bytes, mtimeNs, ...(stays ? { stays } : {}) };
        entry.snapshot = snapshot;
        entry.until = now() + ttlMs;
        return snapshot;
      });
      entry.making = making;
      entry.generation = asked;
      try {
        return await making;
      } finally {
        if (entry.making === making) entry.making = undefined;
      }
    },
    drop(path) {
      const entry = kept.get(path);
      if (entry !== undefined) entry.generation = NEVER;
    },
    clear() {
      generation += 1;
    },
  };
}

/** Always later than before, so that a kernel that compares times drops what it cached. */
function nextTime(before: Snapshot | undefined, nowMs: number): bigint {
  const time = BigInt(nowMs) * 1_000_000n;
  return before !== undefined && time <= before.mtimeNs ? before.mtimeNs + 1_000_000n : time;
}
