import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VikingUri } from '../../../src/uri/index.ts';
import type { Vfs } from '../../../src/vfs/index.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';
import { cat, echo, errnoFrom, exists, ls } from '../../helpers/vfs-files.ts';

describe('the frame of the mount', () => {
  let test: TestCore;
  let vfs: Vfs;

  beforeAll(async () => {
    test = await testCore();
    vfs = test.vfs();
  });
  afterAll(() => test.close());

  it('lists the root, the caller and nobody else', async () => {
    expect(await ls(vfs, '/')).toEqual([
      '.abstract.md',
      '.overview.md',
      '.viking',
      'resources',
      'session',
      'user',
    ]);
    expect(await ls(vfs, '/user')).toEqual(['alice', 'memories', 'peers', 'resources', 'sessions', 'skills']);
    expect(await vfs.readlink('/session')).toBe('user/alice/sessions');
    expect(await vfs.readlink('/user/memories')).toBe('alice/memories');
    expect(await vfs.readlink('/~')).toBe('user/alice');
  });

  it('shows the short link to the profile only when there is one', async () => {
    expect(await errnoFrom(vfs.readlink('/user/profile.md'))).toBe('ENOENT');
    await echo(vfs, '/user/alice/profile.md', '# Alice\n');
    expect(await vfs.readlink('/user/profile.md')).toBe('alice/profile.md');
    expect(await ls(vfs, '/user')).toContain('profile.md');
    await vfs.unlink('/user/alice/profile.md');
    expect(await errnoFrom(vfs.getattr('/user/profile.md'))).toBe('ENOENT');
  });

  it('knows no other user, even one with content', async () => {
    await test.core.files.mkdir({ ...test.principal, user: 'bob' }, VikingUri.user('bob', 'memories'));
    expect(await errnoFrom(vfs.getattr('/user/bob'))).toBe('ENOENT');
    expect(await errnoFrom(vfs.readdir('/user/bob/memories'))).toBe('ENOENT');
    expect(await errnoFrom(vfs.mkdir('/user/bob', 0o755))).toBe('EACCES');
    expect(await ls(vfs, '/user')).not.toContain('bob');
    for (const name of [
      '/.overview.md',
      '/.abstract.md',
      '/user/.overview.md',
      '/user/.abstract.md',
      '/user/.meta.json',
    ]) {
      expect(await cat(vfs, name)).not.toContain('bob');
    }
  });

  it.each(['/resources', '/user/alice', '/user/alice/memories', '/user/alice/peers'])(
    'keeps %s',
    async (path) => {
      expect(await errnoFrom(vfs.rmdir(path))).toBe('EACCES');
      expect(await errnoFrom(vfs.rename(path, '/resources/elsewhere'))).toBe('EACCES');
      expect(await errnoFrom(vfs.rename('/resources/nothing', path))).not.toBe('ok');
      expect(await exists(vfs, path)).toBe(true);
    },
  );

  it('refuses to make or remove anything of the frame, and says why', async () => {
    expect(await errnoFrom(vfs.mkdir('/other', 0o755))).toBe('EACCES');
    expect(await errnoFrom(vfs.create('/file', 0o101, 0o644))).toBe('EACCES');
    expect(await errnoFrom(vfs.mkdir('/resources', 0o755))).toBe('EEXIST');
    expect(await errnoFrom(vfs.unlink('/session'))).toBe('EACCES');
    expect(await errnoFrom(vfs.rmdir('/user/alice/sessions'))).toBe('EPERM');
    expect(await errnoFrom(vfs.rename('/user/alice/sessions', '/user/alice/old'))).toBe('EACCES');
    expect(await errnoFrom(vfs.rmdir('/.viking'))).toBe('EACCES');
    const text = await cat(vfs, '/.viking/errors');
    expect(text).toMatch(/EACCES mkdir \/other: nothing can be made here/);
    expect(text).toMatch(/EACCES unlink \/session: part of the namespace/);
  });

  it('says where a path is served from', () => {
    const content = (path: string) => vfs.backing(path).kind;
    expect(vfs.backing('/resources/a/b')).toEqual({
      kind: 'content',
      path: join(test.core.tree.contentDir, 'default', 'resources', 'a', 'b'),
    });
    expect(['/resources', '/user/alice/memories', '/user/alice/profile.md'].map(content)).toEqual(
      Array.from({ length: 3 }, () => 'content'),
    );
    const virtual = [
      '/',
      '/user',
      '/user/alice',
      '/user/alice/sessions/x',
      '/resources/.abstract.md',
      '/nowhere',
    ];
    expect(virtual.map(content)).toEqual(virtual.map(() => 'virtual'));
  });

  it('narrows peers for an actor peer', async () => {
    for (const peer of ['bot', 'other']) await vfs.mkdir(`/user/alice/peers/${peer}`, 0o755);
    const narrowed = test.vfs({ actorPeer: 'bot' });
    expect((await ls(narrowed, '/user/alice/peers')).filter((name) => !name.startsWith('.'))).toEqual([
      'bot',
    ]);
    expect(await errnoFrom(narrowed.getattr('/user/alice/peers/other'))).toBe('ENOENT');
    expect(await errnoFrom(narrowed.mkdir('/user/alice/peers/third', 0o755))).toBe('EACCES');
    expect(await cat(narrowed, '/user/alice/peers/.overview.md')).not.toContain('other');
    expect(narrowed.backing('/user/alice/peers').kind).toBe('virtual');
    expect(narrowed.pathOf('default', VikingUri.user('alice', 'peers', 'other'))).toBeUndefined();
    expect(narrowed.pathOf('default', VikingUri.user('alice', 'peers', 'bot'))).toBe('/user/alice/peers/bot');
    expect(narrowed.pathOf('elsewhere', VikingUri.resources('a'))).toBeUndefined();
  });

  it('refuses every change on a read-only mount', async () => {
    await echo(vfs, '/resources/kept.md', 'kept');
    const readOnly = test.vfs({ readOnly: true });
    const refusals = [
      readOnly.create('/resources/new', 0o101, 0o644),
      readOnly.open('/resources/kept.md', 0o1),
      readOnly.truncate('/resources/kept.md', 0),
      readOnly.mkdir('/resources/d', 0o755),
      readOnly.unlink('/resources/kept.md'),
      readOnly.rename('/resources/kept.md', '/resources/moved.md'),
      readOnly.symlink('x', '/resources/l'),
      readOnly.link('/resources/kept.md', '/resources/l'),
      readOnly.chmod('/resources/kept.md', 0o600),
      readOnly.utimens('/resources/kept.md', 'now', 'now'),
      readOnly.truncate('/resources/.abstract.md', 0),
      readOnly.mkdir('/user/alice/sessions/s', 0o755),
    ];
    expect(await Promise.all(refusals.map(errnoFrom))).toEqual(refusals.map(() => 'EROFS'));
    expect(await cat(readOnly, '/resources/kept.md')).toBe('kept');
  });

  it('hides unfinished writes and names that are not UTF-8', async () => {
    const dir = join(test.core.tree.contentDir, 'default', 'resources', 'raw');
    await vfs.mkdir('/resources/raw', 0o755);
    await writeFile(join(dir, '.vikingfs-abc.tmp'), 'unfinished');
    await writeFile(Buffer.concat([Buffer.from(`${dir}/latin-`), Buffer.from([0xe9])]), 'x');
    await writeFile(join(dir, 'good.md'), 'x');
    expect(
      (await ls(vfs, '/resources/raw')).filter((name) => !name.endsWith('.md') || name === 'good.md'),
    ).toEqual(['good.md']);
    expect(await errnoFrom(vfs.getattr('/resources/raw/.vikingfs-abc.tmp'))).toBe('ENOENT');
    expect(await errnoFrom(vfs.create('/resources/raw/.vikingfs-new.tmp', 0o101, 0o644))).toBe('EACCES');
  });

  it('never follows a symlink out of the tree', async () => {
    await vfs.symlink('/etc', '/resources/out');
    expect(await vfs.readlink('/resources/out')).toBe('/etc');
    expect(await errnoFrom(cat(vfs, '/resources/out/passwd'))).toBe('EACCES');
    expect(await errnoFrom(vfs.create('/resources/out/vikingfs-test', 0o101, 0o644))).toBe('EACCES');
    expect(await errnoFrom(vfs.unlink('/resources/out/hostname'))).toBe('EACCES');
    expect(await errnoFrom(vfs.open('/resources/out', 0))).toBe('ELOOP');
    await vfs.symlink('../../other-account', '/resources/up');
    expect(await errnoFrom(cat(vfs, '/resources/up/secret'))).not.toBe('ok');
    expect(await errnoFrom(vfs.mkdir('/resources/up/made', 0o755))).not.toBe('ok');
  });
});
