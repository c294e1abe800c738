import { join } from 'node:path';
import { openContent } from '../../src/content/index.ts';
import { cachedReader } from '../../src/mount/index.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { contentSuite } from './content-suite.ts';

for (const [name, options] of [
  ['plain files', {}],
  ['plain files, small ones read where they are in the cache', { readCached: cachedReader() }],
  ['plain files, on a thread that may wait for them', { mayBlock: true }],
] as const) {
  contentSuite(name, async () => {
    const dir = await tempDir();
    return { store: await openContent(join(dir.path, 'content'), options), close: dir.remove };
  });
}
