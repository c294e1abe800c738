import { join } from 'node:path';
import { openContent } from '../../src/content/index.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { contentSuite } from './content-suite.ts';

contentSuite('plain files', async () => {
  const dir = await tempDir();
  return { store: await openContent(join(dir.path, 'content')), close: dir.remove };
});
