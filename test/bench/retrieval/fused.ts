import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ranked } from '../../../src/retrieval/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import type { TestCore } from '../../helpers/test-core.ts';
import type { FileQuestion } from './files.ts';
import { Figures, type Row } from './metrics.ts';
import { type Answers, withModel } from './simulated-model.ts';

/** Texts by file name, and what is asked of them. */
export interface Labelled {
  readonly set: string;
  readonly texts: ReadonlyMap<string, string>;
  readonly questions: readonly FileQuestion[];
}

/** With what, and how it is asked: vectors that are there take part, so words alone need a core without any. */
const WAYS = [
  ['none', { words: {}, 'words, flat': { flat: true } }],
  ['weak', { 'fused, weak model': {} }],
  ['apt', { 'fused, apt model': {} }],
] as const;

/** The same questions by words, without directories, and with vectors of a model, on one core at one time. */
export async function fused({ set, texts, questions }: Labelled): Promise<Row[]> {
  const answers: Answers = new Map(
    questions.map(({ text, grades }) => [text, [...grades.keys()].flatMap((name) => texts.get(name) ?? [])]),
  );
  const source = await tempDir();
  const to = VikingUri.resources('tree');
  const rows: Row[] = [];
  const measured = async (
    hows: readonly (readonly [string, object])[],
    ask: (query: string, how: object) => Promise<readonly string[]>,
  ): Promise<Row[]> => {
    const figures = hows.map(() => new Figures());
    for (const { text, grades } of questions) {
      for (const [at, [, how]] of hows.entries()) {
        const start = performance.now();
        const names = await ask(text, how);
        figures[at]!.add(names, grades, performance.now() - start);
      }
    }
    return figures.map((one, at) => one.row(`${set}, ${hows[at]![0]}`));
  };
  try {
    await mkdir(join(source.path, 'set'));
    for (const [name, text] of texts) await writeFile(join(source.path, 'set', name), text);
    for (const [model, hows] of WAYS) {
      const fill = async ({ core, principal }: TestCore) => {
        await core.resources.add(principal, join(source.path, 'set'), { to, wait: true });
      };
      const found = await withModel(model, answers, fill, ({ core, principal }) =>
        measured(Object.entries(hows), async (query, how) => {
          const answer = await core.search.find(principal, { query, targets: [to], limit: 10, ...how });
          return ranked(answer).map((hit) => hit.uri.slice(String(to).length + 1));
        }),
      );
      rows.push(...found);
    }
    return rows;
  } finally {
    await source.remove();
  }
}
