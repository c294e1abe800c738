import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/log.ts';
import { type IndexHit, openIndex } from '../../src/index/index.ts';
import { createHashEmbedder } from '../../src/models/index.ts';
import { testProgramOf } from '../helpers/program.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';

const CHILD = testProgramOf('crash/index-child.ts');
const QUESTIONS = ['subject7 of entry', 'common words', 'entry-42.md', 'message about topic3'];

let temp: TempDir;
let contentDir: string;
beforeEach(async () => {
  temp = await tempDir();
  contentDir = join(temp.path, 'content');
  for (let n = 0; n < 250; n++) await write(`a/resources/d${n % 7}/entry-${n}.md`, document(n));
  const messages = Array.from({ length: 80 }, (_, n) =>
    JSON.stringify({ role: 'user', content: `message about topic${n}` }),
  );
  await write('a/user/me/sessions/s/messages.jsonl', messages.join('\n'));
});
afterEach(() => temp.remove());

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(contentDir, path)), { recursive: true });
  await writeFile(join(contentDir, path), text);
}

function document(n: number): string {
  return `# Entry ${n}\n\nCommon words and subject${n % 50}.\n\n## Part\n\n${`Detail ${n} of many. `.repeat(40)}\n`;
}

/** Starts a child that indexes and kills it once it has `documents` of them and reported `more` times since. */
async function indexAndKill(dir: string, documents: number, more: number): Promise<void> {
  const child = spawn(process.execPath, [...CHILD, contentDir, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let [most, since] = [0, 0];
  const isFarEnough = new Promise<void>((resolve) => {
    child.stdout.on('data', (bytes: Buffer) => {
      for (const count of String(bytes).trim().split('\n').map(Number)) {
        since += most >= documents ? 1 : 0;
        most = Math.max(most, count);
      }
      if (most >= documents && since >= more) resolve();
    });
  });
  await Promise.race([isFarEnough, exited]);
  child.kill('SIGKILL');
  const [, signal] = await exited;
  expect(signal).toBe('SIGKILL');
}

async function answers(dir: string): Promise<readonly (readonly IndexHit[])[]> {
  const index = await openIndex({ contentDir, dir, embedder: createHashEmbedder(), log: silentLogger });
  try {
    await index.flush();
    expect(index.status().freshness.state).toBe('fresh');
    const found: (readonly IndexHit[])[] = [];
    for (const text of QUESTIONS) found.push((await index.search({ text, within: ['a'], limit: 20 })).hits);
    return found;
  } finally {
    await index.close();
  }
}

it('a killed index opens again and answers like one built anew', async () => {
  const dir = join(temp.path, 'index');
  const moments = [
    { documents: 1, more: 0 },
    { documents: 60, more: 1 },
    { documents: 251, more: 0 },
    { documents: 251, more: 15 },
    { documents: 251, more: 40 },
  ];
  for (const [round, { documents, more }] of moments.entries()) {
    await indexAndKill(dir, documents, more);
    // The content moves on while nobody indexes.
    await write(`a/resources/late/${round}.md`, `# Late\n\nsubject7 came late, round ${round}\n`);
    await rm(join(contentDir, `a/resources/d1/entry-${1 + 7 * round}.md`));
    await rename(join(contentDir, 'a/resources/d2'), join(contentDir, 'a/resources/d2x'));
    await rename(join(contentDir, 'a/resources/d2x'), join(contentDir, 'a/resources/d2'));
  }
  const reopened = await answers(dir);
  expect(reopened).toEqual(await answers(join(temp.path, 'fresh')));
  expect(reopened[0]!.length).toBeGreaterThan(5);
});
