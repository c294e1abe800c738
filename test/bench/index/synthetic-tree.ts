import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const VOCABULARY = 60_000;
const FILES_A_DIRECTORY = 100;
const PASSAGES_A_FILE = 10;
/** A passage closes at the paragraph's end after 1,000 bytes. */
const PASSAGE_BYTES = 1_030;
/**
 * Zipf and Mandelbrot: a word's share is 1 / (rank + offset). Counting from the first word of all the offset is about
 * 2.7; what is indexed is what remains without stop words, which begins about fifty ranks further down.
 */
const OFFSET = 50;
const SYLLABLES =
  'ba be bi bo bu da de di do du fa fe fi ga go gu ka ke ki ko la le li lo lu ma me mi mo na ne ni no pa pe po ra re ri ro sa se si so ta te ti to va ve vi za zo';

export interface SyntheticTree {
  readonly files: number;
  readonly bytes: number;
  /** Questions of two to six words, some of them rare, as people ask. */
  questions(count: number): readonly string[];
}

/** Numbers between 0 and 1, the same in every run (xorshift32). */
export function numbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/**
 * Writes Markdown with about `passages` passages below `root`: sections of running text whose words follow Zipf's law
 * over 60,000 made-up words, so that postings are as long and as skewed as those of prose. A `root` that is there
 * already stays as it is.
 */
export function writeSyntheticTree(root: string, passages: number): SyntheticTree {
  const random = numbers(20_240_611);
  const words = vocabulary(random);
  const zipf = zipfOf(words.length);
  const word = (): string => words[zipf(random())]!;
  const files = Math.ceil(passages / PASSAGES_A_FILE);
  const isThere = existsSync(root);
  let bytes = isThere ? bytesBelow(root) : 0;
  for (let file = 0; file < files && !isThere; file++) {
    const path = join(root, `topic-${Math.floor(file / FILES_A_DIRECTORY)}`, `${word()}-${file}.md`);
    if (file % FILES_A_DIRECTORY === 0) mkdirSync(dirname(path), { recursive: true });
    const sections = Array.from({ length: PASSAGES_A_FILE }, () => section(word, random));
    const text = sections.join('\n\n');
    bytes += text.length;
    writeFileSync(path, text);
  }
  const ask = numbers(7);
  return {
    files,
    bytes,
    questions: (count) =>
      Array.from({ length: count }, () => {
        const length = 2 + Math.floor(ask() * 5);
        return Array.from({ length }, () => words[zipf(ask())]!).join(' ');
      }),
  };
}

function bytesBelow(root: string): number {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true });
  return paths.reduce(
    (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0),
    0,
  );
}

function section(word: () => string, random: () => number): string {
  const lines = [`## ${word()} ${word()} ${word()}`, ''];
  let size = lines[0]!.length;
  while (size < PASSAGE_BYTES) {
    const sentence = Array.from({ length: 6 + Math.floor(random() * 14) }, word).join(' ');
    lines.push(`${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`);
    size += sentence.length + 2;
  }
  return lines.join('\n');
}

function vocabulary(random: () => number): string[] {
  const syllables = SYLLABLES.split(' ');
  const words = new Set<string>();
  while (words.size < VOCABULARY) {
    const length = 2 + Math.floor(random() * 3);
    words.add(
      Array.from({ length }, () => syllables[Math.floor(random() * syllables.length)]!).join('') +
        (random() < 0.2 ? 'ing' : random() < 0.2 ? 's' : ''),
    );
  }
  return [...words];
}

/** Rank of a word by the inverse of the cumulative distribution. */
function zipfOf(count: number): (at: number) => number {
  const cumulative = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) cumulative[rank] = sum += 1 / (rank + OFFSET);
  return (at) => {
    const wanted = at * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
