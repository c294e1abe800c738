import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '../../helpers/temp-dir.ts';
import { fileQuestions } from './files.ts';
import type { Labelled } from './fused.ts';
import type { Row } from './metrics.ts';
import { withTypos } from './typos.ts';

/** Cranfield (SMART format): each abstract a Markdown file, graded judgements. */
export async function cranfield(dir: string): Promise<Row[]> {
  const { texts, questions } = cranfieldSet(dir);
  const source = await tempDir();
  try {
    const root = join(source.path, 'abstracts');
    await mkdir(root);
    for (const [name, text] of texts) await writeFile(join(root, name), text);
    const broken = questions.map((question) => ({ ...question, text: withTypos(question.text) }));
    return await fileQuestions(root, [
      ['Cranfield, abstracts', questions],
      ['Cranfield, abstracts, typos', broken],
    ]);
  } finally {
    await source.remove();
  }
}

export function cranfieldSet(dir: string): Labelled {
  const read = (name: string): string => readFileSync(join(dir, name), 'utf8').replaceAll('\r', '');
  const texts = new Map<string, string>();
  for (const entry of read('cran.all.1400')
    .split(/^\.I (?=\d+ *\n)/m)
    .slice(1)) {
    const title = /^\.T\n([\s\S]*?)^\.A\n/m.exec(entry)?.[1]?.replaceAll('\n', ' ') ?? '';
    const body = /^\.W\n([\s\S]*)/m.exec(entry)?.[1] ?? '';
    texts.set(`${Number.parseInt(entry, 10)}.md`, `# ${title}\n\n${body}`);
  }
  const asked = read('cran.qry')
    .split(/^\.I \d+ *\n\.W\n/m)
    .slice(1);
  // Judgements number the questions by their place in the file, not by their printed numbers.
  const judged = asked.map(() => new Map<string, number>());
  for (const line of read('cranqrel').trim().split('\n')) {
    const [question, document, code] = line.trim().split(/\s+/).map(Number) as [number, number, number];
    judged[question - 1]!.set(`${document}.md`, gainOf(code));
  }
  const questions = asked.map((text, at) => ({ text, grades: judged[at]! }));
  return { set: 'Cranfield', texts, questions };
}

/** Cleverdon's codes: 1 is a complete answer, 4 of minimum interest, -1 and 5 of none. */
function gainOf(code: number): number {
  return code >= 1 && code <= 4 ? 5 - code : 0;
}
