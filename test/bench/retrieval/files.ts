import { ranked } from '../../../src/retrieval/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { withCore } from './core.ts';
import { Figures, type Row } from './metrics.ts';

export interface FileQuestion {
  readonly text: string;
  /** Wanted files by their path below the tree, and how much. */
  readonly grades: ReadonlyMap<string, number>;
}

export type FileQuestions = readonly [set: string, questions: readonly FileQuestion[]];

/** Adds a directory as a resource and asks; a row for each list of questions. */
export function fileQuestions(directory: string, sets: readonly FileQuestions[]): Promise<Row[]> {
  return withCore(async ({ core, principal }) => {
    const to = VikingUri.resources('tree');
    await core.resources.add(principal, directory, { to, wait: true });
    const rows: Row[] = [];
    for (const [set, questions] of sets) {
      const figures = new Figures();
      for (const { text, grades } of questions) {
        const start = performance.now();
        const answer = await core.search.find(principal, { query: text, targets: [to], limit: 10 });
        const ms = performance.now() - start;
        const found = ranked(answer).map((hit) => hit.uri.slice(String(to).length + 1));
        figures.add(found, grades, ms);
      }
      rows.push(figures.row(set));
    }
    return rows;
  });
}
