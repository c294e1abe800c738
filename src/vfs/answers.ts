import { basename, relative } from 'node:path/posix';
import type { FindResult, Hit } from '../api/results.ts';
import type { Core } from '../core/core.ts';
import type { Principal } from '../tenancy/index.ts';
import { SCHEME } from '../uri/index.ts';
import { type DirectoryPlace, mountPath, uriOf } from './locate.ts';
import { resultsText } from './magic/results-text.ts';

export interface RankedHit {
  /** `01-name.md` */
  readonly name: string;
  /** Path of the entry in the mount. */
  readonly path: string;
  /** The same as seen from the directory that was asked. */
  readonly relativePath: string;
  readonly hit: Hit;
}

export interface Answer {
  readonly question: string;
  readonly hits: readonly RankedHit[];
  /** Text of `results.md`. */
  readonly text: Buffer;
}

export interface Answers {
  /** Asks once and keeps the answer a few seconds, so that `ls`, `readlink` and `cat` agree. */
  ask(directory: DirectoryPlace, question: string): Promise<Answer>;
  /** Questions asked lately in a directory, newest first. */
  recent(directory: DirectoryPlace): readonly string[];
}

const KEPT_MS = 5_000;
const MOST_KEPT = 64;
const LIMIT = 20;

interface Kept {
  readonly answer: Promise<Answer>;
  readonly directory: string;
  readonly question: string;
  until: number;
}

export function createAnswers(core: Core, principal: Principal, now: () => number = Date.now): Answers {
  const kept = new Map<string, Kept>();

  async function find(directory: DirectoryPlace, question: string): Promise<Answer> {
    const uri = uriOf(directory.segments);
    const everywhere = directory.segments.length === 0 || uri === undefined;
    const result =
      question.trim() === ''
        ? undefined
        : await core.search.find(principal, {
            query: question,
            limit: LIMIT,
            ...(everywhere ? {} : { targets: [uri] }),
          });
    const hits = result === undefined ? [] : ranked(principal, directory, result);
    const shown = uri === undefined || uri.isRoot ? SCHEME : String(uri);
    return { question, hits, text: Buffer.from(resultsText(question, shown, hits, result)) };
  }

  return {
    async ask(directory, question) {
      const key = `${directory.path}\0${question}`;
      const found = kept.get(key);
      if (found !== undefined && now() < found.until) return found.answer;
      const entry: Kept = {
        answer: find(directory, question),
        directory: directory.path,
        question,
        until: Number.POSITIVE_INFINITY,
      };
      kept.delete(key);
      kept.set(key, entry);
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
      try {
        return await entry.answer;
      } catch (error) {
        kept.delete(key);
        throw error;
      } finally {
        entry.until = now() + KEPT_MS;
      }
    },
    recent(directory) {
      const own = [...kept.values()].filter(
        (entry) => entry.directory === directory.path && now() < entry.until,
      );
      return own.map((entry) => entry.question).reverse();
    },
  };
}

/** The three lists of an answer as one, best first. */
function ranked(principal: Principal, directory: DirectoryPlace, result: FindResult): RankedHit[] {
  const hits = [...result.memories, ...result.resources, ...result.skills].sort((a, b) => b.score - a.score);
  const width = Math.max(2, String(hits.length).length);
  const out: RankedHit[] = [];
  for (const hit of hits) {
    const uri = uriOf(hit.uri.slice(SCHEME.length).split('/').filter(Boolean));
    const path = uri === undefined ? undefined : mountPath(principal, principal.account, uri);
    if (path === undefined) continue;
    const rank = String(out.length + 1).padStart(width, '0');
    out.push({
      name: linkName(rank, basename(path)),
      path,
      relativePath: relative(directory.path, path) || '.',
      hit,
    });
  }
  return out;
}

/** A link's name keeps the end of a long name, where the extension is, within the 255 bytes a name may have. */
function linkName(rank: string, name: string): string {
  let tail = name;
  while (Buffer.byteLength(`${rank}-${tail}`) > 255) tail = [...tail].slice(1).join('');
  return `${rank}-${tail}`;
}
