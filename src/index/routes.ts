import { tokenize } from '../base/text/tokenize.ts';
import type { IndexRoute } from './contract.ts';
import type { Corpus } from './corpus.ts';
import type { LexicalScores } from './words/bm25.ts';
import type { LexicalQuery } from './words/query.ts';

/** Files that speak for directories: the best of all, so that a long list costs no more than a short one. */
const SPEAKING = 200;
/** What a directory has of its best files, in order; more of them show that it is about the question. */
const SHARES = [1, 0.5, 0.25];
const NAME = 0.5;
/** Of the directories in one, so many are entered (as the reference's parallel child searches) ... */
const ENTERED_MOST = 4;
/** ... that have at least this share of the best one's score. */
const ENTERED_SHARE = 0.5;
/** Gathered before all but the best are let go. */
const GATHERED = SPEAKING * 4;
/** Names of directories whose words are remembered: a question looks at most of the same as the one before. */
const NAMES_REMEMBERED = 2_000;

/** Memory of one question, used again by the next. */
const speakers = { numbers: new Uint32Array(GATHERED), scores: new Float64Array(GATHERED) };
const names = new Map<string, ReadonlySet<string>>();

/** The way from the searched roots down to the entries. */
export interface Routes {
  /** Every directory with evidence, each after the one it is in. */
  readonly list: readonly IndexRoute[];
  /** Score of the directory a document is in, 0 when it was not entered. By document number. */
  readonly scores: ReadonlyMap<number, number>;
}

/**
 * Scores directories by the best files at and below them and by their names, and enters the best of each level. What
 * is in others still competes by itself: a hard gate loses 4 to 10 points of recall@10 (LoCoMo).
 */
export function directoryRoutes(
  scores: LexicalScores,
  query: LexicalQuery,
  corpus: Corpus,
  within: readonly string[],
): Routes {
  const speaking = bestDocuments(scores);
  const top = Math.max(1e-9, ...speaking.map(({ score }) => score));
  const roots = new Set(within);
  const evidence = new Map<string, number[]>();
  const ways = new Map<string, Way>();
  for (const { number, score } of speaking) {
    const { path } = corpus.documentAt(number)!;
    const directory = parentOf(path);
    const way = ways.get(directory) ?? wayAbove(directory, roots, evidence);
    ways.set(directory, way);
    // A file was itself the target, or everything was.
    if (!way.hasRoot && roots.has(path)) continue;
    for (const list of way.lists) list.push(score / top);
  }
  const found = new Map<string, number>();
  for (const [directory, list] of evidence) {
    if (list.length === 0) continue;
    const best = list.sort((a, b) => b - a).slice(0, SHARES.length);
    const sum = best.reduce((total, score, rank) => total + score * SHARES[rank]!, 0);
    found.set(directory, sum + NAME * nameShare(directory, query));
  }
  const highest = Math.max(1e-9, ...found.values());
  for (const [directory, score] of found) found.set(directory, score / highest);
  const list = walk(found, evidence, roots);
  const entered = new Map(list.filter((route) => route.entered).map((route) => [route.path, route.score]));
  return {
    list,
    scores: new Map(
      speaking.map(({ number }) => [number, entered.get(parentOf(corpus.documentAt(number)!.path)) ?? 0]),
    ),
  };
}

/** From the roots down, best first; what is below a directory that is not entered is not looked at. */
function walk(
  found: ReadonlyMap<string, number>,
  evidence: ReadonlyMap<string, readonly number[]>,
  roots: ReadonlySet<string>,
): IndexRoute[] {
  const children = new Map<string, string[]>();
  const tops: string[] = [];
  for (const directory of found.keys()) {
    const parent = roots.has(directory) ? undefined : parentOf(directory);
    if (parent === undefined || !found.has(parent)) tops.push(directory);
    else children.set(parent, [...(children.get(parent) ?? []), directory]);
  }
  const routes: IndexRoute[] = [];
  const byScore = (a: string, b: string): number => found.get(b)! - found.get(a)! || (a < b ? -1 : 1);
  const enter = (directories: readonly string[]): void => {
    const sorted = [...directories].sort(byScore);
    const best = sorted.length === 0 ? 0 : found.get(sorted[0]!)!;
    for (const [rank, path] of sorted.entries()) {
      const score = found.get(path)!;
      const reason = whyNot(rank, score, best);
      const documents = evidence.get(path)!.length;
      routes.push({
        path,
        score: rounded(score),
        documents,
        entered: reason === undefined,
        reason: reason ?? 'entered',
      });
      if (reason === undefined) enter(children.get(path) ?? []);
    }
  };
  enter(tops);
  return routes;
}

function whyNot(rank: number, score: number, best: number): string | undefined {
  if (rank >= ENTERED_MOST) return `${ENTERED_MOST} others beside it score higher`;
  if (score < ENTERED_SHARE * best) return `less than half of the best beside it (${rounded(best)})`;
  return undefined;
}

/** The best so many, and of equals at the end those met first. */
function bestDocuments(scores: LexicalScores): { number: number; score: number }[] {
  let kept = 0;
  let floor = 0;
  const cut = (): void => {
    if (kept > SPEAKING) kept = keepBest(kept);
    if (kept === SPEAKING) floor = Math.min(...speakers.scores.subarray(0, kept));
  };
  for (let at = 0; at < scores.documents.length; at++) {
    const number = scores.documents[at]!;
    const score = scores.document[number]!;
    if (score <= floor) continue;
    speakers.numbers[kept] = number;
    speakers.scores[kept++] = score;
    if (kept === GATHERED) cut();
  }
  cut();
  return Array.from({ length: kept }, (_, at) => {
    return { number: speakers.numbers[at]!, score: speakers.scores[at]! };
  });
}

/** Keeps the best `SPEAKING` of the first `count`, of equals those with the lowest number; returns how many. */
function keepBest(count: number): number {
  const { numbers, scores } = speakers;
  const least = scores.slice(0, count).sort()[count - SPEAKING]!;
  const equal = numbers
    .slice(0, count)
    .filter((_, at) => scores[at] === least)
    .sort();
  let better = 0;
  for (let at = 0; at < count; at++) if (scores[at]! > least) better++;
  const last = equal[SPEAKING - better - 1]!;
  let kept = 0;
  for (let at = 0; at < count; at++) {
    if (scores[at]! < least || (scores[at] === least && numbers[at]! > last)) continue;
    numbers[kept] = numbers[at]!;
    scores[kept++] = scores[at]!;
  }
  return kept;
}

/** The directories above some file, as far as they may be told of. */
interface Way {
  /** What speaks for each of them. */
  readonly lists: readonly number[][];
  /** Whether the outermost is where the search began. */
  readonly hasRoot: boolean;
}

/** A directory and those it is in, up to the searched root. */
function wayAbove(directory: string, roots: ReadonlySet<string>, evidence: Map<string, number[]>): Way {
  const lists: number[][] = [];
  for (let at = directory; at !== ''; at = parentOf(at)) {
    const list = evidence.get(at) ?? [];
    evidence.set(at, list);
    lists.push(list);
    if (roots.has(at)) return { lists, hasRoot: true };
  }
  return { lists, hasRoot: false };
}

/** Empty above the outermost. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Share of the question's information that is in a directory's own name. */
function nameShare(directory: string, query: LexicalQuery): number {
  let all = 0;
  for (const rarity of query.rarity.values()) all += rarity;
  if (all === 0) return 0;
  const words = wordsOfName(directory.slice(directory.lastIndexOf('/') + 1));
  let share = 0;
  for (const word of words) share += query.rarity.get(word) ?? 0;
  return share / all;
}

function wordsOfName(name: string): ReadonlySet<string> {
  const known = names.get(name);
  if (known !== undefined) return known;
  const words = new Set(tokenize(name));
  if (names.size === NAMES_REMEMBERED) names.clear();
  names.set(name, words);
  return words;
}

function rounded(score: number): number {
  return Math.round(score * 1e4) / 1e4;
}
