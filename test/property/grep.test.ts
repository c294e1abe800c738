import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ContentStore, openContent } from '../../src/content/index.ts';
import { VikingError } from '../../src/errors/index.ts';
import { cachedReader } from '../../src/mount/index.ts';
import { grep } from '../../src/retrieval/grep.ts';
import { linePattern } from '../../src/retrieval/line-pattern.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';

const LINE = `${'x'.repeat(250)}\n`;

let dir: TempDir;
/** Read in the thread pool, block by block, and in one piece where it is in memory. */
let stores: ContentStore[];
beforeAll(async () => {
  dir = await tempDir();
  const at = join(dir.path, 'content');
  stores = [await openContent(at), await openContent(at, { readCached: cachedReader() })];
});
afterAll(() => dir.remove());

/** Words that fold, stem and break in every way that somebody may have thought not to matter. */
const word = fc.constantFrom(
  'walrus',
  'Walrus',
  'WALRUS',
  'walruſ',
  'K',
  'k',
  'K',
  'the',
  'ü',
  'Ü',
  '海象',
  'ß',
  'İ',
  '|',
  '\ufffd',
);
const mark = fc.constantFrom(' ', '\n', '\r\n', '-', '', '_', '\u00a0');
const text = fc
  .array(fc.tuple(word, mark), { maxLength: 30 })
  .map((parts) => Buffer.from(parts.flat().join('')));
const bytes = fc.oneof(
  { weight: 6, arbitrary: text },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((raw) => Buffer.from(raw)) },
  // Binary from its head, and not.
  { weight: 1, arbitrary: text.map((one) => Buffer.concat([one, Buffer.from([0])])) },
  {
    weight: 1,
    arbitrary: text.map((one) => Buffer.concat([Buffer.alloc(8_192, LINE), Buffer.from([0]), one])),
  },
  // Beyond what is read in one piece.
  { weight: 1, arbitrary: text.map((one) => Buffer.concat([Buffer.alloc(150_000, LINE), one])) },
);
const pattern = fc
  .array(fc.oneof(word, fc.constantFrom('.', 'w', '[kK]', '\\w+', '^', '$', 'al', '\\b', '.*', 'rus?')), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(''));

it('finds the same lines whatever may be passed over unread', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(bytes, { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(pattern, fc.boolean()), { minLength: 1, maxLength: 6 }),
      async (files, patterns) => {
        const root = join(dir.path, 'content', 'acme', 'resources');
        await rm(root, { recursive: true, force: true });
        for (const [at, content] of files.entries()) {
          const path = join(root, `${at % 2}`, `${at}.txt`);
          await mkdir(dirname(path), { recursive: true });
          await writeFile(path, content);
        }
        for (const [expression, caseInsensitive] of patterns) {
          const expected = lineByLine(files, expression, caseInsensitive);
          for (const store of stores) {
            const query = { path: 'acme/resources', pattern: expression, caseInsensitive };
            const found = grep(store, { ...query, nodeLimit: 10_000, levelLimit: 9, isVisible: () => true });
            if (expected === undefined) {
              await expect(found).rejects.toThrow(VikingError);
              continue;
            }
            const places = (await found).matches.map(
              ({ uri, line }) => `${uri.slice(uri.lastIndexOf('/') + 1)}:${line}`,
            );
            expect(places.sort()).toEqual(expected);
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});

/** The plain way: every line of every file that is text. Undefined for a pattern that is none. */
function lineByLine(
  files: readonly Buffer[],
  expression: string,
  caseInsensitive: boolean,
): string[] | undefined {
  let compiled: ReturnType<typeof linePattern>;
  try {
    compiled = linePattern(expression, caseInsensitive);
  } catch {
    return undefined;
  }
  return files
    .flatMap((content, at) => {
      if (content.subarray(0, 8_192).includes(0) || content.length === 0) return [];
      const lines = content.toString('utf8').split('\n');
      if (lines.at(-1) === '') lines.pop();
      return lines.flatMap((line, number) =>
        compiled.find(line.replace(/\r$/, '')) === undefined ? [] : [`${at}.txt:${number + 1}`],
      );
    })
    .sort();
}
