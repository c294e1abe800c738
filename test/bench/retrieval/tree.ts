import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hash32 } from '../../../src/base/text/hash32.ts';
import { tokenize } from '../../../src/base/text/tokenize.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { type FileQuestion, fileQuestions } from './files.ts';
import type { Row } from './metrics.ts';
import { withTypos } from './typos.ts';

const QUESTIONS_MOST = 600;
const FILE_MOST_BYTES = 1_000_000;
const TITLE_WORDS = 2;

/**
 * Known-item questions of any tree: each heading is taken out of its file and asked for; the file is wanted. A heading
 * that several files have is nobody's and left out.
 */
export async function tree(directory: string): Promise<Row[]> {
  const copy = await tempDir();
  try {
    const headings = new Map<string, Set<string>>();
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    for (const name of names.filter(
      (one) => /\.(?:md|markdown|rst)$/i.test(one) && !/(?:^|\/)\./.test(one),
    )) {
      const text = readFileSync(join(directory, name), 'utf8');
      if (text.length > FILE_MOST_BYTES) continue;
      const kept = text.split('\n').filter((line) => {
        const title = /^#{2,4}\s+(.+?)\s*#*$/.exec(line)?.[1];
        if (title === undefined || tokenize(title).length < TITLE_WORDS) return true;
        headings.set(title, (headings.get(title) ?? new Set()).add(name));
        return false;
      });
      const target = join(copy.path, 'tree', name);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, kept.join('\n'));
    }
    const questions: FileQuestion[] = [...headings]
      .filter(([, files]) => files.size === 1)
      .sort(([a], [b]) => hash32(a) - hash32(b))
      .slice(0, QUESTIONS_MOST)
      .map(([text, files]) => ({ text, grades: new Map([...files].map((file) => [file, 1])) }));
    const broken = questions.map((question) => ({ ...question, text: withTypos(question.text) }));
    return await fileQuestions(join(copy.path, 'tree'), [
      ['tree, headings', questions],
      ['tree, headings, typos', broken],
    ]);
  } finally {
    await copy.remove();
  }
}
