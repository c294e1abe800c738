import { readFile } from 'node:fs/promises';
import type { Answer, Answers } from './answers.ts';
import type { DirectoryPlace } from './locate.ts';

/** Questions written to `.viking/find`, and who may read the answer at a later open. */
export interface Questions {
  ask(question: string, pid: number | undefined): Promise<Answer>;
  /** The last answer to this process, or to the shell that started it; of the mount when callers have no pid. */
  last(pid: number | undefined): Promise<Answer | undefined>;
}

const KEPT_MS = 60_000;
const MOST_KEPT = 256;
const ROOT: DirectoryPlace = { kind: 'root', path: '/', segments: [] };

interface Asked {
  readonly answer: Promise<Answer>;
  readonly until: number;
}

export function createQuestions(answers: Answers, now: () => number = Date.now): Questions {
  /** Key 0 holds the last answer of callers without a pid. */
  const asked = new Map<number, Asked>();

  function answerOf(key: number): Promise<Answer> | undefined {
    const found = asked.get(key);
    return found === undefined || now() > found.until ? undefined : found.answer;
  }

  return {
    ask(question, pid) {
      const answer = answers.ask(ROOT, question);
      answer.catch(() => undefined);
      const key = pid ?? 0;
      asked.delete(key);
      asked.set(key, { answer, until: now() + KEPT_MS });
      if (asked.size > MOST_KEPT) asked.delete(asked.keys().next().value!);
      return answer;
    },
    async last(pid) {
      if (pid === undefined) return answerOf(0);
      return answerOf(pid) ?? answerOf((await parentOf(pid)) ?? -1);
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
