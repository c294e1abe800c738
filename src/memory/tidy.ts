import { setImmediate } from 'node:timers/promises';
import type { TidyProposal } from '../api/results.ts';
import { stem, surfaceWords } from '../base/text/tokenize.ts';
import type { ContentStore } from '../content/contract.ts';
import type { Principal } from '../tenancy/index.ts';
import { type Categories, categoryUri, type Owner } from './categories.ts';
import { parseMemory } from './memory-file.ts';
import { type OwnPlace, ownPlace } from './own-place.ts';

/** Share of words from which two memories say nearly the same. */
const NEAR = 0.6;

/** Pairs of memories of one category and owner that share most of their words, nearest first. */
export async function nearDuplicates(
  content: ContentStore,
  principal: Principal,
  parts: { readonly categories: Categories; readonly owners: readonly Owner[] },
): Promise<TidyProposal[]> {
  const proposals: TidyProposal[] = [];
  for (const owner of parts.owners) {
    for (const category of parts.categories.values()) {
      if (category.name === 'profile') continue;
      const directory = await ownPlace(content, principal, categoryUri(owner, category));
      const files = await wordsOf(content, directory);
      for await (const [left, right, similarity] of nearPairs(files)) {
        const [keep, merge] = left.mtimeMs >= right.mtimeMs ? [left, right] : [right, left];
        const uriOf = (name: string) =>
          categoryUri(owner, category)
            .join(...name.split('/'))
            .toString();
        proposals.push({
          memory_type: category.name,
          keep: uriOf(keep.name),
          merge: uriOf(merge.name),
          similarity: Math.round(similarity * 100) / 100,
        });
      }
    }
  }
  return proposals.sort((left, right) => right.similarity - left.similarity);
}

interface Words {
  /** Path below the category's directory. */
  readonly name: string;
  readonly mtimeMs: number;
  readonly words: ReadonlySet<string>;
}

async function wordsOf(content: ContentStore, { path: directory, real }: OwnPlace): Promise<Words[]> {
  if ((await content.stat(directory))?.kind !== 'directory') return [];
  const files: Words[] = [];
  for await (const entry of content.walk(directory, { real })) {
    if (entry.kind !== 'file' || !entry.name.endsWith('.md')) continue;
    const place = { real: real + entry.path.slice(directory.length) };
    const { body } = parseMemory((await content.read(entry.path, undefined, place)).toString());
    const words = new Set(surfaceWords(body).map((word) => stem(word)));
    if (words.size > 0)
      files.push({ name: entry.path.slice(directory.length + 1), mtimeMs: entry.mtimeMs, words });
  }
  return files;
}

/**
 * Every pair that shares at least `NEAR` of its words. Two sets that do have one of their rarest words in common, so only
 * files that meet in a prefix of words ordered from rare to frequent are compared (prefix filtering: Chaudhuri et al.
 * 2006, Bayardo et al. 2007), and none is missed.
 */
async function* nearPairs(files: readonly Words[]): AsyncGenerator<[Words, Words, number]> {
  const frequency = new Map<string, number>();
  for (const { words } of files) {
    for (const word of words) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  }
  const rarestFirst = (left: string, right: string): number =>
    frequency.get(left)! - frequency.get(right)! || (left < right ? -1 : 1);
  const known = new Map<string, Words[]>();
  for (const file of files) {
    await setImmediate();
    const { size } = file.words;
    const prefix = [...file.words].sort(rarestFirst).slice(0, size - Math.ceil(NEAR * size) + 1);
    const met = new Set<Words>();
    for (const word of prefix) {
      const others = known.get(word);
      if (others === undefined) known.set(word, [file]);
      else {
        for (const other of others) met.add(other);
        others.push(file);
      }
    }
    for (const other of met) {
      const similarity = shared(other.words, file.words);
      if (similarity >= NEAR) yield [other, file, similarity];
    }
  }
}

/** Jaccard: what both have of what either has. */
function shared(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  const both = [...left].filter((word) => right.has(word)).length;
  return both / (left.size + right.size - both);
}
