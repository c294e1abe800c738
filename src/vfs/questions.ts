import { readFile } from 'node:fs/promises';
import type { Answer, Answers } from './answers.ts';
import type { DirectoryPlace } from './locate.ts';

/** Questions written to `.viking/find`, and who may read the answer at a later open. */
export interface Questions {
  ask(asking: Asking): Promise<Answer>;
  /** The last question of this process, or of the shell that started it; of the mount when callers have no pid. */
  last(pid: number | undefined): Promise<Answered | undefined>;
}

export interface Asking {
  readonly question: string;
  /** What the file shows above the answer: all that was written and answered before it. */
  readonly head: Buffer;
  readonly pid: number | undefined;
}

export interface Answered {
  readonly head: Buffer;
  readonly text: Buffer;
}

const KEPT_MS = 60_000;
const MOST_KEPT = 256;
const ROOT: DirectoryPlace = { kind: 'root', path: '/', segments: [] };

interface Asked {
  readonly head: Buffer;
  readonly answer: Promise<Answer>;
  readonly until: number;
}

export function createQuestions(answers: Answers, now: () => number = Date.now): Questions {
  /** Key 0 holds the last answer of callers without a pid. */
  const asked = new Map<number, Asked>();

  async function answerOf(key: number): Promise<Answered | undefined> {
    const found = asked.get(key);
    if (found === undefined || now() > found.until) return undefined;
    return { head: found.head, text: (await found.answer).text };
  }

  return {
    ask({ question, head, pid }) {
      const answer = answers.ask(ROOT, question);
      answer.catch(() => undefined);
      const key = pid ?? 0;
      asked.delete(key);
      asked.set(key, { head, answer, until: now() + KEPT_MS });
      if (asked.size > MOST_KEPT) asked.delete(asked.keys().next().value!);
      return answer;
    },
    async last(pid) {
      if (pid === undefined) return answerOf(0);
      return (await answerOf(pid)) ?? answerOf((await parentOf(pid)) ?? -1);
    },
  };
}

/** `echo q > find; cat find`: the shell wrote, its child reads. */
async function parentOf(pid: number): Promise<number | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command, in brackets, may hold anything; the parent is the second field after the last bracket.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
