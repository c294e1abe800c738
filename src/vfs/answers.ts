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
  /** Asks once and keeps the answer while it is true, so that `ls`, `readlink` and a later `cat` agree. */
  ask(directory: DirectoryPlace, question: string): Promise<Answer>;
  /** What `name` meant in the present answer, or in the one before it: an agent reads what it has listed. */
  link(directory: DirectoryPlace, question: string, name: string): Promise<RankedHit | undefined>;
  /** Questions asked lately in a directory, newest first. */
  recent(directory: DirectoryPlace): readonly string[];
  close(): void;
}

/** One command asks several times; it gets one answer, whatever changes meanwhile. */
const AGREED_MS = 1_000;
/** An answer from a complete index stays while nothing changes. */
const KEPT_MS = 300_000;
const MOST_KEPT = 64;
const LIMIT = 20;

interface Kept {
  readonly directory: string;
  readonly question: string;
  readonly answer: Promise<Answer>;
  /** Changes seen when it was asked. */
  readonly generation: number;
  /** Hits of the answer it replaced. */
  readonly before: readonly RankedHit[];
  /** Absent while it is being answered. */
  settled?: { readonly hits: readonly RankedHit[]; readonly isComplete: boolean; readonly at: number };
}

export function createAnswers(core: Core, principal: Principal, now: () => number = Date.now): Answers {
  const kept = new Map<string, Kept>();
  let generation = 0;
  const stopListening = core.journal.subscribe(principal, (event) => {
    if (event.type === 'changed') generation++;
  });

  async function find(directory: DirectoryPlace, question: string) {
    const uri = uriOf(directory.segments);
    const everywhere = directory.segments.length === 0 || uri === undefined;
    const result =
      question.trim() === ''
        ? undefined
        : await core.search.find(principal, {
            query: question,
            limit: LIMIT,
            explain: true,
            local: true,
            ...(everywhere ? {} : { targets: [uri] }),
          });
    const hits = result === undefined ? [] : ranked(principal, directory, result);
    const shown = uri === undefined || uri.isRoot ? SCHEME : String(uri);
    const text = Buffer.from(resultsText(question, shown, hits, result));
    // An index that was behind may know more in a moment.
    return {
      answer: { question, hits, text },
      isComplete: result === undefined || isWhole(result),
    };
  }

  function isCurrent(entry: Kept): boolean {
    if (entry.settled === undefined) return true;
    const ageMs = now() - entry.settled.at;
    if (ageMs < AGREED_MS) return true;
    return entry.settled.isComplete && entry.generation === generation && ageMs < KEPT_MS;
  }

  function start(key: string, directory: DirectoryPlace, question: string): Promise<Answer> {
    const found = find(directory, question);
    const entry: Kept = {
      directory: directory.path,
      question,
      generation,
      before: kept.get(key)?.settled?.hits ?? [],
      answer: found.then(({ answer }) => answer),
    };
    kept.delete(key);
    kept.set(key, entry);
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
    found.then(
      ({ answer, isComplete }) => {
        entry.settled = { hits: answer.hits, isComplete, at: now() };
      },
      () => kept.delete(key),
    );
    return entry.answer;
  }

  function ask(directory: DirectoryPlace, question: string): Promise<Answer> {
    const key = keyOf(directory, question);
    const found = kept.get(key);
    return found !== undefined && isCurrent(found) ? found.answer : start(key, directory, question);
  }

  return {
    ask,
    async link(directory, question, name) {
      const { hits } = await ask(directory, question);
      const before = kept.get(keyOf(directory, question))?.before ?? [];
      return [...hits, ...before].find((hit) => hit.name === name);
    },
    recent(directory) {
      const own = [...kept.values()].filter((entry) => entry.directory === directory.path);
      return own.map((entry) => entry.question).reverse();
    },
    close: stopListening,
  };
}

/** Nothing is missing that a later answer may have: no change to be indexed, no vector of the question under way. */
function isWhole({ freshness }: FindResult): boolean {
  return freshness.state === 'fresh' && freshness.note === undefined;
}

function keyOf(directory: DirectoryPlace, question: string): string {
  return `${directory.path}\0${question}`;
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
