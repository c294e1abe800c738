import { constants } from 'node:fs';
import { S_IFREG, virtualAttr } from './attributes.ts';
import type { VfsContext } from './context.ts';
import { type Draft, type DraftTarget, resize, writeDraft } from './drafts.ts';
import { hasCode, systemError } from './fault.ts';
import { appends, truncates, writes } from './flags.ts';
import type { OpenFile, VfsNode } from './node.ts';
import type { StayingText } from './snapshots.ts';
import { copyFrom, readSnapshot, snapshotAttr } from './virtual-file.ts';

const TTL_MS = 250;

export interface EditableFileOptions {
  readonly path: string;
  /** The text as generated or kept. */
  render(): Promise<Buffer | StayingText>;
  /** Takes an edited text; blank text means removal. @throws what close(2) shall answer */
  take(bytes: Buffer): Promise<void>;
  /** unlink(2) */
  remove(): Promise<void>;
  /** Whether the file does not exist for now, although it can be made. Default: it always exists. */
  isAbsent?(): Promise<boolean>;
}

/** A generated file that a person may change: the change is taken as a whole when the file is closed. */
export function editableFile(context: VfsContext, options: EditableFileOptions): VfsNode {
  const { path } = options;
  const { snapshots, drafts } = context;
  const snapshot = () => snapshots.get(path, TTL_MS, options.render);
  const target: DraftTarget = {
    path,
    current: async () => (await snapshot()).bytes,
    async take(bytes) {
      try {
        await options.take(bytes);
      } finally {
        snapshots.clear();
      }
    },
  };

  async function assertPresent(): Promise<void> {
    if (drafts.wasMade(path) || (await options.isAbsent?.()) !== true) return;
    throw systemError('ENOENT', path);
  }

  async function attr() {
    const draft = await drafts.peek(path);
    if (draft !== undefined) return draftAttr(path, draft);
    await assertPresent();
    return snapshotAttr(path, await snapshot(), 0o644);
  }

  return {
    path,
    attr,
    async open(flags) {
      if (writes(flags))
        return draftFile(context, target, await drafts.begin(target, truncates(flags)), flags);
      const draft = await drafts.peek(path);
      if (draft === undefined) {
        await assertPresent();
        return readSnapshot(path, await snapshot(), 0o644);
      }
      return readSnapshot(path, { bytes: Buffer.from(draft.bytes), mtimeNs: nowNs() }, 0o644);
    },
    async create(flags) {
      if ((flags & constants.O_EXCL) !== 0 && (await isThere(attr))) throw systemError('EEXIST', path);
      drafts.made(path);
      return draftFile(context, target, await drafts.begin(target, true), flags);
    },
    truncate: (size) => drafts.truncate(target, size),
    async unlink() {
      await options.remove();
      snapshots.clear();
    },
    // Editors and copies set these after writing; the file has neither to keep.
    chmod: async () => undefined,
    utimens: async () => undefined,
    replaceWith: (bytes) => target.take(bytes),
    bytes: async () => (await snapshot()).bytes,
  };
}

async function isThere(attr: () => Promise<unknown>): Promise<boolean> {
  try {
    await attr();
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'NOT_FOUND')) return false;
    throw error;
  }
}

function draftFile(context: VfsContext, target: DraftTarget, draft: Draft, flags: number): OpenFile {
  return {
    attr: async () => draftAttr(target.path, draft),
    read: async (buffer, position) => copyFrom(draft.bytes, buffer, position),
    write: async (buffer, position) =>
      writeDraft(draft, buffer, appends(flags) ? draft.bytes.length : position, target.path),
    truncate: async (size) => resize(draft, size, target.path),
    flush: () => context.drafts.flush(target, draft),
    sync: () => context.drafts.flush(target, draft),
    release: () => context.drafts.end(target, draft),
  };
}

function draftAttr(path: string, draft: Draft) {
  return virtualAttr({ path, mode: S_IFREG | 0o644, size: draft.bytes.length, mtimeNs: nowNs() });
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
