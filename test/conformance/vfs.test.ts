import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Vfs } from '../../src/vfs/index.ts';
import { type TestCore, testCore } from '../helpers/test-core.ts';
import { cases } from './cases/index.ts';
import { vfsFs } from './vfs-fs.ts';

/** Resources and the user's own tree are the same code with another root: the second runs a sample. */
describe('conformance of the vfs in this process', () => {
  let test: TestCore;
  let vfs: Vfs;
  let made = 0;

  beforeAll(async () => {
    test = await testCore();
    vfs = test.vfs();
  });
  afterAll(() => test.close());

  async function run(scope: string, name: string): Promise<void> {
    made += 1;
    const root = `${scope}/case-${made}`;
    await vfs.mkdir(root, 0o755);
    await cases[name]!(vfsFs(vfs, root));
    expect(vfs.openHandles).toBe(0);
  }

  for (const name of Object.keys(cases)) it(name, () => run('/resources', name));
  for (const name of Object.keys(cases).filter((_, index) => index % 10 === 0)) {
    it(`in the user's tree: ${name}`, () => run('/user/alice', name));
  }
});
