import { VikingError } from '../../../errors/index.ts';
import { S_IFREG, virtualAttr } from '../../attributes.ts';
import type { VfsContext } from '../../context.ts';
import { refused } from '../../fault.ts';
import { reads, writes } from '../../flags.ts';
import type { OpenFile, VfsNode } from '../../node.ts';
import type { Answered } from '../../questions.ts';
import type { Caller } from '../../vfs.ts';
import { copyFrom } from '../../virtual-file.ts';

const USAGE = Buffer.from(
  'Write a question, then read: exec 3<>.viking/find; echo "how do I mount it" >&3; cat <&3\n' +
    'Or ask by path, in any directory: ls ".find/how do I mount it"\n',
);

const QUESTION_LIMIT_BYTES = 8 * 1024;

/**
 * `.viking/find`: a question is written and its answer read, on one open file or at the next open by the same process.
 * Where callers are known (the kernel driver, which has no open files) both are the same text, the question with its
 * answer below: whoever reads on where it wrote gets the answer alone.
 */
export function findFile(context: VfsContext, path: string): VfsNode {
  const last = (caller: Caller | undefined) => context.questions.last(caller?.pid);
  return {
    path,
    attr: async (caller) => fileAttr(path, shown(await last(caller), caller).length),
    open: async (flags, caller) => {
      const goesOn = !writes(flags) || caller?.pid !== undefined;
      return findHandle(context, { path, flags, caller, before: goesOn ? await last(caller) : undefined });
    },
    // A shell's `>` cuts before it writes.
    truncate: async () => undefined,
    utimens: async () => undefined,
    unlink: () => Promise.reject(refused(path, 'part of the mount')),
  };
}

function shown(answered: Answered | undefined, caller: Caller | undefined): Buffer {
  if (answered === undefined) return USAGE;
  return caller?.pid === undefined ? answered.text : Buffer.concat([answered.head, answered.text]);
}

interface FindHandleOptions {
  readonly path: string;
  readonly flags: number;
  readonly caller: Caller | undefined;
  /** What this caller asked before, through another handle. */
  readonly before: Answered | undefined;
}

/**
 * A handle's text is the question and, behind it, the answer: a shell that writes and then reads on one descriptor goes
 * on where it wrote. A question written after an answer has been read starts the next round behind it; one written at
 * the beginning starts anew.
 */
function findHandle(context: VfsContext, { path, flags, caller, before }: FindHandleOptions): OpenFile {
  const pid = caller?.pid;
  let head = pid === undefined ? Buffer.alloc(0) : (before?.head ?? Buffer.alloc(0));
  let questionStart = 0;
  let answer = before?.text ?? (writes(flags) ? undefined : USAGE);

  async function ask(): Promise<void> {
    const question = head.subarray(questionStart).toString().trim();
    if (answer !== undefined || question === '') return;
    answer = (await context.questions.ask({ question, head, pid })).text;
  }

  const text = () => (answer === undefined ? head : Buffer.concat([head, answer]));

  return {
    async attr() {
      await ask();
      return fileAttr(path, text().length);
    },
    async read(buffer, position) {
      if (!reads(flags)) throw refused(path, 'opened for writing only');
      await ask();
      return copyFrom(text(), buffer, position);
    },
    async write(buffer, position) {
      if (answer !== undefined) {
        head = position === 0 ? Buffer.alloc(0) : Buffer.from(text());
        questionStart = head.length;
        answer = undefined;
      }
      if (head.length - questionStart + buffer.length > QUESTION_LIMIT_BYTES) {
        throw new VikingError('TOO_LARGE', `${path}: a question has at most ${QUESTION_LIMIT_BYTES} bytes`);
      }
      head = Buffer.concat([head, buffer]);
      return buffer.length;
    },
    truncate: async () => undefined,
    flush: ask,
    sync: ask,
    release: async () => undefined,
  };
}

function fileAttr(path: string, size: number) {
  return virtualAttr({
    path,
    mode: S_IFREG | 0o644,
    size,
    mtimeNs: freshNs(),
  });
}

let lastNs = 0n;

/** A time nobody was told before: no kernel may keep one caller's answer for another who asks in the same moment. */
function freshNs(): bigint {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  lastNs = nowNs > lastNs ? nowNs : lastNs + 1n;
  return lastNs;
}
