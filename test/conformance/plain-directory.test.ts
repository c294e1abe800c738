import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';
import { cases, pathCases } from './cases/index.ts';
import { nodeFs } from './node-fs.ts';

/** Proves the cases themselves: what fails here is not POSIX. */
describe('conformance of a plain directory', () => {
  let dir: TempDir;
  let made = 0;

  beforeAll(async () => {
    dir = await tempDir();
  });
  afterAll(() => dir.remove());

  async function freshRoot(): Promise<string> {
    made += 1;
    const root = `${dir.path}/${made}`;
    await mkdir(root);
    return root;
  }

  it('has enough cases to mean something', () => {
    expect(Object.keys(cases).length + Object.keys(pathCases).length).toBeGreaterThanOrEqual(100);
  });

  for (const [name, run] of Object.entries(cases)) it(name, async () => run(nodeFs(await freshRoot())));
  for (const [name, run] of Object.entries(pathCases)) it(name, async () => run(await freshRoot()));
});
