import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/log.ts';
import { type LayerEngine, openLayers } from '../../src/layers/index.ts';
import { testProgramOf } from '../helpers/program.ts';
import { withTempDir } from '../helpers/temp-dir.ts';

const CHILD = testProgramOf('crash/layers-child.ts');
const DIRECTORIES = 240;

describe('layers of a process that was killed', () => {
  it('are whole, and in the end those of a fresh build', async () => {
    await withTempDir(async (home) => {
      const contentDir = join(home, 'content');
      const paths = await makeTree(contentDir);
      for (const least of [5, 60, 150]) await killWhileBuilding(contentDir, join(home, 'index'), least);
      const survived = await open(contentDir, join(home, 'index'));
      const fresh = await open(contentDir, join(home, 'fresh'));
      try {
        for (const path of paths.slice(0, 20)) {
          const { text } = await survived.read(path, 'overview', 0);
          expect(text.startsWith('# ')).toBe(true);
        }
        await Promise.all([survived.flush(), fresh.flush()]);
        expect(survived.status()).toEqual(fresh.status());
        for (const path of paths) {
          for (const level of ['abstract', 'overview'] as const) {
            const [mine, theirs] = await Promise.all([
              survived.read(path, level, 5000),
              fresh.read(path, level, 5000),
            ]);
            expect(mine.text).toBe(theirs.text);
            expect(mine.freshness).toBe('fresh');
            expect(await survived.isGenerated(mine.text)).toBe(true);
          }
        }
      } finally {
        await Promise.all([survived.close(), fresh.close()]);
      }
      expect((await readdir(join(home, 'index'))).filter((name) => name.includes('damaged'))).toEqual([]);
    });
  });
});

function open(contentDir: string, dir: string): Promise<LayerEngine> {
  return openLayers({ contentDir, dir, log: silentLogger });
}

async function makeTree(contentDir: string): Promise<string[]> {
  const paths = ['acme/resources/t'];
  for (let at = 0; at < DIRECTORIES; at++) {
    const path = `acme/resources/t/g${at % 6}/d${at}`;
    await mkdir(join(contentDir, path), { recursive: true });
    await writeFile(
      join(contentDir, path, 'a.md'),
      `# Part ${at}\n\nAbout the part number ${at} of group ${at % 6}.\n`,
    );
    paths.push(path);
  }
  for (let at = 0; at < 6; at++) paths.push(`acme/resources/t/g${at}`);
  return paths;
}

async function killWhileBuilding(contentDir: string, dir: string, least: number): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [...CHILD, contentDir, dir, String(least)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const exit = once(child, 'exit');
  const [said] = (await Promise.race([once(child.stdout!, 'data'), exit.then(() => ['ended'])])) as [unknown];
  child.kill('SIGKILL');
  await exit;
  clearTimeout(timer);
  expect(String(said)).toBe('building\n');
}
