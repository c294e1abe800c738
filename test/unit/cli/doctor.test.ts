import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { socketPermissions } from '../../../src/cli/doctor/home.ts';
import { allowOther, fuseDevice, inotifyWatches, nodeVersion } from '../../../src/cli/doctor/machine.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir.remove());

describe('doctor', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['20.18.9', 'fail'],
    ['18.20.0', 'fail'],
    ['24.0.0', 'ok'],
  ])('finds Node.js %s %s', (version, state) => {
    expect(nodeVersion(version).state).toBe(state);
  });

  it('says how to get a FUSE device', () => {
    expect(fuseDevice(join(dir.path, 'none'))).toMatchObject({
      state: 'fail',
      fix: expect.stringContaining('modprobe fuse'),
    });
  });

  it('warns of few inotify watches, with a number that is enough', () => {
    const path = join(dir.path, 'limit');
    writeFileSync(path, '8192\n');
    expect(inotifyWatches(path)).toMatchObject({
      state: 'warn',
      fix: expect.stringContaining('max_user_watches=524288'),
    });
    writeFileSync(path, '524288\n');
    expect(inotifyWatches(path).state).toBe('ok');
  });

  it('reads fuse.conf', () => {
    const path = join(dir.path, 'fuse.conf');
    expect(allowOther(path).message).toContain('not there');
    writeFileSync(path, '#user_allow_other\n');
    expect(allowOther(path).message).toContain('has no user_allow_other');
    writeFileSync(path, 'mount_max = 1\n user_allow_other \n');
    expect(allowOther(path).message).toContain('has user_allow_other');
  });

  it('looks at the socket', async () => {
    const path = join(dir.path, 'c.sock');
    expect(socketPermissions(path)).toEqual([]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    chmodSync(path, 0o666);
    expect(socketPermissions(path)).toMatchObject([{ state: 'fail', fix: `chmod 600 ${path}` }]);
    chmodSync(path, 0o600);
    expect(socketPermissions(path)).toMatchObject([{ state: 'ok' }]);
    await new Promise((resolve) => server.close(resolve));
    writeFileSync(path, '');
    expect(socketPermissions(path)).toMatchObject([{ state: 'fail' }]);
  });
});
