import { VikingError } from '../errors/index.ts';
import type { Failures } from './failures.ts';

/** What a generated file is being changed to, shared by everyone who has it open for writing, as an inode would be. */
export interface Draft {
  bytes: Buffer;
  /** Changed since it was last taken. */
  dirty: boolean;
  /** Bytes were written (not only cut) since it was last taken. */
  written: boolean;
}

export interface DraftTarget {
  readonly path: string;
  /** The text a draft starts from. */
  current(): Promise<Buffer>;
  /** Takes the finished text. Empty text means removal. @throws what the caller of close(2) shall see */
  take(bytes: Buffer): Promise<void>;
}

export interface Drafts {
  /** The draft under way, for readers. */
  peek(path: string): Promise<Draft | undefined>;
  /** Joins or starts the draft as a writer; each `begin` needs one `end`. */
  begin(target: DraftTarget, truncate: boolean): Promise<Draft>;
  /** Takes what was written. */
  flush(target: DraftTarget, draft: Draft): Promise<void>;
  /** The last writer's end also takes a draft that was only cut. */
  end(target: DraftTarget, draft: Draft): Promise<void>;
  /** truncate(2) by name: a shell's `>` comes as this, then an open. */
  truncate(target: DraftTarget, size: number): Promise<void>;
  /** Somebody made the file by name: for a while it is there for them, whatever became of its text. */
  made(path: string): void;
  wasMade(path: string): boolean;
  close(): void;
}

interface Shared {
  readonly draft: Promise<Draft>;
  writers: number;
  timer: NodeJS.Timeout | undefined;
}

/** Layers and relations are notes; anything larger is a mistake. */
const LIMIT_BYTES = 1024 * 1024;

/** How long a cut by name waits for the open that usually follows. */
const CUT_WAITS_MS = 2_000;

/** As long as a new directory counts as one (see `newborn.ts`), and a little more. */
const MADE_MS = 10_000;

export function createDrafts(failures: Failures): Drafts {
  const shared = new Map<string, Shared>();
  const made = new Map<string, number>();

  function join(target: DraftTarget): Shared {
    const found = shared.get(target.path);
    if (found !== undefined) return found;
    const begun: Shared = {
      draft: target.current().then((bytes) => ({ bytes: Buffer.from(bytes), dirty: false, written: false })),
      writers: 0,
      timer: undefined,
    };
    shared.set(target.path, begun);
    begun.draft.catch(() => shared.delete(target.path));
    return begun;
  }

  async function take(target: DraftTarget, draft: Draft): Promise<void> {
    draft.dirty = false;
    draft.written = false;
    await target.take(Buffer.from(draft.bytes));
  }

  /** The end of a draft nobody waits for: its failure can only be written down. */
  async function settle(target: DraftTarget, entry: Shared): Promise<void> {
    if (entry.writers > 0) return;
    clearTimeout(entry.timer);
    if (shared.get(target.path) === entry) shared.delete(target.path);
    const draft = await entry.draft;
    if (!draft.dirty) return;
    await take(target, draft).catch((error: unknown) =>
      failures.record({ op: 'release', path: target.path }, error),
    );
  }

  return {
    peek: async (path) => shared.get(path)?.draft.catch(() => undefined),
    async begin(target, truncate) {
      const entry = join(target);
      entry.writers += 1;
      clearTimeout(entry.timer);
      const draft = await entry.draft;
      if (truncate) resize(draft, 0, target.path);
      return draft;
    },
    async flush(target, draft) {
      if (draft.written) await take(target, draft);
    },
    async end(target) {
      const entry = shared.get(target.path);
      if (entry === undefined) return;
      entry.writers -= 1;
      await settle(target, entry);
    },
    async truncate(target, size) {
      const entry = join(target);
      const draft = await entry.draft;
      resize(draft, size, target.path);
      if (entry.writers > 0) return;
      clearTimeout(entry.timer);
      entry.timer = setTimeout(() => void settle(target, entry), CUT_WAITS_MS);
      entry.timer.unref();
    },
    made(path) {
      const now = Date.now();
      for (const [other, until] of made) if (until < now) made.delete(other);
      made.set(path, now + MADE_MS);
    },
    wasMade: (path) => (made.get(path) ?? 0) >= Date.now(),
    close() {
      made.clear();
      for (const entry of shared.values()) clearTimeout(entry.timer);
      shared.clear();
    },
  };
}

/** @throws EFBIG beyond 1 MiB */
export function writeDraft(draft: Draft, data: Uint8Array, position: number, path: string): number {
  const end = position + data.length;
  if (end > draft.bytes.length) resize(draft, end, path);
  draft.bytes.set(data, position);
  draft.dirty = true;
  draft.written = true;
  return data.length;
}

export function resize(draft: Draft, size: number, path: string): void {
  if (size > LIMIT_BYTES) {
    throw new VikingError('TOO_LARGE', `${path}: at most ${LIMIT_BYTES} bytes`, {
      hint: 'Put long text in a file of its own.',
    });
  }
  const next = Buffer.alloc(size);
  draft.bytes.copy(next, 0, 0, Math.min(size, draft.bytes.length));
  draft.bytes = next;
  draft.dirty = true;
}
