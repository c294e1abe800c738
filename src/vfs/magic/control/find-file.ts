import { VikingError } from '../../../errors/index.ts';
import { S_IFREG, virtualAttr } from '../../attributes.ts';
import type { VfsContext } from '../../context.ts';
import { refused } from '../../fault.ts';
import { reads, writes } from '../../flags.ts';
import type { OpenFile, VfsNode } from '../../node.ts';
import type { Caller } from '../../vfs.ts';
import { copyFrom } from '../../virtual-file.ts';

const USAGE = Buffer.from(
  'Write a question, then read: exec 3<>.viking/find; echo "how do I mount it" >&3; cat <&3\n' +
    'Or ask by path, in any directory: ls ".find/how do I mount it"\n',
);

const QUESTION_LIMIT_BYTES = 8 * 1024;

/** `.viking/find`: a question is written and its answer read, on one open file or at the next open by the same process. */
export function findFile(context: VfsContext, path: string): VfsNode {
  const lastText = async (pid: number | undefined) => (await context.questions.last(pid))?.text ?? USAGE;
  return {
    path,
    attr: async (caller) => fileAttr(path, (await lastText(caller?.pid)).length),
    open: async (flags, caller) => {
      const answered = writes(flags) ? undefined : await lastText(caller?.pid);
      return findHandle(context, { path, flags, pid: caller?.pid, answered });
    },
    // A shell's `>` cuts before it writes.
    truncate: async () => undefined,
    utimens: async () => undefined,
    unlink: () => Promise.reject(refused(path, 'part of the mount')),
  };
}

interface FindHandleOptions {
  readonly path: string;
  readonly flags: number;
  readonly pid: Caller['pid'];
  /** The text a handle opened only for reading shows. */
  readonly answered: Buffer | undefined;
}

/**
 * A handle's text is the question and, behind it, the answer: a shell that writes and then reads on one descriptor goes
 * on where it wrote. A question written after an answer has been read starts the next round behind it.
 */
function findHandle(context: VfsContext, options: FindHandleOptions): OpenFile {
  const { path, pid } = options;
  let head = Buffer.alloc(0);
  let questionStart = 0;
  let answer = options.answered;

  async function ask(): Promise<void> {
    const question = head.subarray(questionStart).toString().trim();
    if (answer !== undefined || question === '') return;
    answer = (await context.questions.ask(question, pid)).text;
  }

  const text = () => (answer === undefined ? head : Buffer.concat([head, answer]));

  return {
    async attr() {
      await ask();
      return fileAttr(path, text().length);
    },
    async read(buffer, position) {
      if (!reads(options.flags)) throw refused(path, 'opened for writing only');
      await ask();
      return copyFrom(text(), buffer, position);
    },
    async write(buffer) {
      if (answer !== undefined) {
        head = Buffer.from(text());
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
    // Always new: no kernel may keep one caller's answer for another.
    mtimeNs: BigInt(Date.now()) * 1_000_000n,
  });
}
