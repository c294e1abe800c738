import { join } from 'node:path';
import { openStore } from '../../src/records/index.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { recordsSuite } from './records-suite.ts';

recordsSuite('LevelDB', async () => {
  const dir = await tempDir();
  return { open: () => openStore({ dir: join(dir.path, 'records'), format: 1 }), remove: dir.remove };
});
