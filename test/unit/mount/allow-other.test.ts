import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assertMayAllowOther } from '../../../src/mount/allow-other.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let dir: TempDir;
beforeAll(async () => {
  dir = await tempDir();
});
afterAll(() => dir.remove());

it.each([
  ['is not there', undefined],
  ['is empty', ''],
  ['has the line commented out', '# user_allow_other\n#user_allow_other\n'],
  ['has something longer', 'user_allow_other_things\n'],
])('an ordinary user may not when fuse.conf %s', async (what, text) => {
  const fuseConf = join(dir.path, what);
  if (text !== undefined) await writeFile(fuseConf, text);
  await expect(assertMayAllowOther({ uid: 1000, fuseConf })).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    message: expect.stringContaining(fuseConf),
    hint: expect.stringContaining('user_allow_other'),
  });
  await assertMayAllowOther({ uid: 0, fuseConf });
});

it('an ordinary user may when fuse.conf says so', async () => {
  const fuseConf = join(dir.path, 'open');
  await writeFile(fuseConf, 'mount_max = 10\n  user_allow_other  \n');
  await assertMayAllowOther({ uid: 1000, fuseConf });
});
