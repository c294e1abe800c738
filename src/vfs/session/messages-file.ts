import { lstatSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { DurableWaiter } from '../../base/durable-waiter.ts';
import { VikingError } from '../../errors/index.ts';
import { attrOf, S_IFREG, virtualAttr } from '../attributes.ts';
import { openContent } from '../content/open-content.ts';
import type { VfsContext } from '../context.ts';
import { hasCode, notPermitted, refused } from '../fault.ts';
import { appends, reads, truncates, writes } from '../flags.ts';
import type { OpenFile, VfsNode } from '../node.ts';
import type { Attr } from '../vfs.ts';
import { readSnapshot } from '../virtual-file.ts';
import type { SessionPlace } from './session-node.ts';

/** Longest line that is gathered; the session refuses a single message long before. */
const LINE_LIMIT_BYTES = 64 * 1024 * 1024;

const HINT = 'Messages are only appended: echo \'{"role":"user","content":"…"}\' >> messages.jsonl';

/** `messages.jsonl`: reading is the plain file; appended lines are messages, checked before any of them is kept. */
export function messagesFile(context: VfsContext, place: SessionPlace): VfsNode {
  const { path, segments } = place;
  const backing = context.backingPath(segments);
  const session = context.backingPath(segments.slice(0, -place.inner.length));

  /** A session without messages has no file yet, and an empty one here. */
  async function attr(): Promise<Attr> {
    // Synchronous: every `echo >>` asks three times, and would wait in the thread pool behind syncs.
    const found = lstatSync(backing, { bigint: true, throwIfNoEntry: false });
    if (found !== undefined) return { ...attrOf(found), manyAppend: true };
    await lstat(session);
    return { ...virtualAttr({ path, mode: S_IFREG | 0o644, mtimeNs: context.bornNs }), manyAppend: true };
  }

  async function openPlain(): Promise<OpenFile> {
    try {
      return await openContent(context, { path, segments, backing }, 0);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      await lstat(session);
      return readSnapshot(path, { bytes: Buffer.alloc(0), mtimeNs: context.bornNs }, 0o644);
    }
  }

  return {
    path,
    attr,
    async open(flags) {
      if (!writes(flags)) return openPlain();
      const { size } = await attr();
      if (truncates(flags) && size > 0) throw overwritten(path);
      return appender(context, place, { attr, base: size, flags, openPlain });
    },
    async truncate(size) {
      if (size !== (await attr()).size) throw overwritten(path);
    },
    chmod: async () => undefined,
    utimens: async () => undefined,
  };
}

interface AppenderOptions {
  attr(): Promise<Attr>;
  /** Bytes that were there when the file was opened: nobody writes over them. */
  readonly base: number;
  readonly flags: number;
  openPlain(): Promise<OpenFile>;
}

function appender(context: VfsContext, place: SessionPlace, options: AppenderOptions): OpenFile {
  const { core, principal } = context;
  const { path, id } = place;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let broken: VikingError | undefined;

  function takePending(): Buffer {
    const bytes = Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    return bytes;
  }

  async function append(bytes: Buffer, waiter?: DurableWaiter): Promise<void> {
    await core.sessions.appendLines(principal, id, bytes, waiter);
    context.snapshots.clear();
  }

  return {
    attr: options.attr,
    async read(buffer, position) {
      if (!reads(options.flags)) throw refused(path, 'opened for writing only');
      const plain = await options.openPlain();
      try {
        return await plain.read(buffer, position);
      } finally {
        await plain.release();
      }
    },
    async write(buffer, position, waiter) {
      if (broken !== undefined) throw broken;
      if (!appends(options.flags) && position < options.base) throw overwritten(path);
      const bytes = Buffer.from(buffer);
      const end = bytes.lastIndexOf(0x0a) + 1;
      if (end > 0) {
        pending.push(bytes.subarray(0, end));
        const lines = takePending();
        // The rest of this write goes with the lines it came with: a refused line leaves nothing behind.
        await append(lines, end === bytes.length ? waiter : undefined);
      }
      if (end < bytes.length) {
        pending.push(bytes.subarray(end));
        pendingBytes += bytes.length - end;
      }
      if (pendingBytes > LINE_LIMIT_BYTES) {
        takePending();
        broken = new VikingError('TOO_LARGE', `${path}: a line of more than ${LINE_LIMIT_BYTES} bytes`, {
          hint: 'Put large text in a file under resources/ and refer to it by URI.',
        });
        throw broken;
      }
      return bytes.length;
    },
    truncate: async (size) => {
      if (size !== (await options.attr()).size) throw overwritten(path);
    },
    /** A last line needs no newline. */
    async flush() {
      if (pendingBytes > 0) await append(takePending());
    },
    async sync() {
      // Whole lines are durable when their write is answered; half a line is nothing yet.
    },
    release: async () => undefined,
  };
}

function overwritten(path: string): VikingError {
  return notPermitted(path, 'messages that are kept are not written over or cut', HINT);
}
