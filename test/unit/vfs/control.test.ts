import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VikingUri } from '../../../src/uri/index.ts';
import type { Vfs } from '../../../src/vfs/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';
import { cat, echo, errnoFrom, ls } from '../../helpers/vfs-files.ts';

describe('.viking and the other files about files', () => {
  let test: TestCore;
  let vfs: Vfs;

  beforeAll(async () => {
    test = await testCore();
    vfs = test.vfs();
    await vfs.mkdir('/resources/docs', 0o755);
    await echo(vfs, '/resources/docs/a.md', '# A\n\nText.\n');
    await echo(vfs, '/resources/docs/b.md', '# B\n\nText.\n');
  });
  afterAll(() => test.close());

  it('lists its files and nothing can be added', async () => {
    const names = ['errors', 'events', 'find', 'help', 'jobs', 'status', 'version'];
    expect(await ls(vfs, '/.viking')).toEqual(['context', ...names]);
    for (const name of names) expect((await vfs.getattr(`/.viking/${name}`)).mode & 0o170000).toBe(0o100000);
    expect(await errnoFrom(vfs.getattr('/.viking/none'))).toBe('ENOENT');
    expect(await errnoFrom(vfs.create('/.viking/new', 0o101, 0o644))).toBe('EACCES');
    expect(await errnoFrom(vfs.unlink('/.viking/status'))).toBe('EACCES');
    expect(await errnoFrom(vfs.open('/.viking/status', 0o1))).toBe('EACCES');
    expect(await errnoFrom(vfs.getattr('/.viking/status/below'))).toBe('ENOTDIR');
  });

  it('reports status, version, jobs and help', async () => {
    const status = JSON.parse(await cat(vfs, '/.viking/status')) as Record<string, unknown>;
    expect(status).toMatchObject({ user: 'alice', account: 'default', version: test.core.version });
    expect(await cat(vfs, '/.viking/version')).toBe(`${test.core.version}\n`);
    expect(await cat(vfs, '/.viking/help')).toMatch(/\.find\/.*messages\.jsonl.*\.commit/s);
    const jobs = () => cat(vfs, '/.viking/jobs');
    await eventually(async () => (await jobs()) === '', { what: 'nothing left to do', timeoutMs: 15_000 });
  });

  it('lets events be followed on one open file', async () => {
    const handle = await vfs.open('/.viking/events', 0);
    const { size } = await vfs.fgetattr(handle);
    await echo(vfs, '/resources/docs/followed.md', 'x');
    await eventually(async () => (await vfs.fgetattr(handle)).size > size, { what: 'the file grows' });
    const buffer = Buffer.alloc(64 * 1024);
    const text = buffer.subarray(0, await vfs.read(handle, buffer, size)).toString();
    expect(text).toMatch(/^\S+Z changed viking:\/\/resources\/docs\/followed\.md/);
    expect(text.endsWith('\n')).toBe(true);
    await vfs.release(handle);
  });

  it('records a failure once, in one line, with path, hint and pid', async () => {
    vfs.failed('open', '/x', new Error('line one\nline two'), 42);
    const error = new Error('once');
    vfs.failed('read', '/y', error);
    vfs.failed('read', '/y', error);
    const lines = (await cat(vfs, '/.viking/errors')).trim().split('\n');
    expect(lines.filter((line) => line.includes('once'))).toHaveLength(1);
    expect(lines.find((line) => line.includes('line one line two'))).toMatch(/ EIO open \/x: .* \[pid 42\]$/);
  });

  it('does not record what programs expect', async () => {
    const before = await cat(vfs, '/.viking/errors');
    await errnoFrom(vfs.getattr('/resources/none'));
    await errnoFrom(vfs.mkdir('/resources/docs', 0o755));
    await errnoFrom(vfs.rmdir('/resources/docs'));
    await errnoFrom(vfs.readdir('/resources/docs/a.md'));
    expect(await cat(vfs, '/.viking/errors')).toBe(before);
  });

  it('shows what the index knows in .meta.json, and keeps it', async () => {
    const meta = JSON.parse(await cat(vfs, '/resources/docs/.meta.json')) as Record<string, unknown>;
    expect(meta).toMatchObject({ uri: 'viking://resources/docs', context_type: 'resource' });
    expect(await errnoFrom(echo(vfs, '/resources/docs/.meta.json', '{}'))).toBe('EACCES');
    expect(await errnoFrom(vfs.unlink('/resources/docs/.meta.json'))).toBe('EACCES');
  });

  describe('.relations.json', () => {
    const file = '/resources/docs/.relations.json';
    const uri = VikingUri.resources('docs');
    const links = () => test.core.relations.list(test.principal, uri);

    it('applies what was edited: added, changed, removed', async () => {
      expect(JSON.parse(await cat(vfs, file))).toEqual([]);
      const two = [
        { uri: 'viking://resources/docs/a.md', reason: 'first' },
        { uri: 'viking://user/memories', reason: 'second' },
      ];
      await echo(vfs, file, JSON.stringify(two));
      expect(await links()).toEqual([two[0], { uri: 'viking://user/alice/memories', reason: 'second' }]);
      await echo(vfs, file, JSON.stringify([{ ...two[0], reason: 'changed' }]));
      expect(await links()).toEqual([{ ...two[0], reason: 'changed' }]);
      expect(JSON.parse(await cat(vfs, file))).toEqual(await links());
    });

    it.each([
      ['not json', /not JSON/],
      ['{"uri":"viking://resources"}', /not an array/],
      ['[{"uri":5,"reason":"x"}]', /entry 1 needs/],
      ['[null]', /entry 1 needs/],
      ['[{"uri":"http://example.org","reason":"x"}]', /not a Viking URI/],
      ['[{"uri":"viking://user/bob/x","reason":"x"}]', /not yours/],
    ])('refuses %s as a whole, with the reason in errors', async (text, reason) => {
      await test.core.relations.link(test.principal, uri, [VikingUri.resources('docs', 'a.md')], 'kept');
      const before = await links();
      expect(['EINVAL', 'EACCES']).toContain(await errnoFrom(echo(vfs, file, text)));
      expect(await links()).toEqual(before);
      expect(await cat(vfs, '/.viking/errors')).toMatch(reason);
    });

    it('takes an editor saving over it, and removing it removes the links', async () => {
      await echo(
        vfs,
        '/resources/docs/.rel.swp',
        '[{"uri":"viking://resources/docs/b.md","reason":"saved"}]',
      );
      await vfs.rename('/resources/docs/.rel.swp', file);
      expect(await links()).toEqual([{ uri: 'viking://resources/docs/b.md', reason: 'saved' }]);
      await vfs.unlink(file);
      expect(await links()).toEqual([]);
    });
  });

  describe('extended attributes', () => {
    const value = async (path: string, name: string) =>
      (await vfs.getxattr(path, `user.viking.${name}`))?.toString();

    it('tell what an entry is', async () => {
      expect(await value('/resources/docs', 'uri')).toBe('viking://resources/docs');
      expect(await value('/user/alice/memories', 'type')).toBe('memory');
      expect(await value('/resources/docs', 'abstract')).toMatch(/\S/);
      expect(['fresh', 'stale', 'missing']).toContain(await value('/resources/docs', 'freshness'));
      expect(await value('/resources/docs/a.md', 'uri')).toBe('viking://resources/docs/a.md');
      expect(await value('/resources/docs/.abstract.md', 'uri')).toBe('viking://resources/docs');
      expect(await value('/resources/docs', 'tags')).toMatch(/^[^,]+(?:,[^,]+)*$/);
      expect(await value('/resources/docs', 'stamp')).toMatch(/^embedded \S{22} \d{4}-\d\d-/);
      expect(await value('/resources/docs', 'error')).toBe('');
      expect(await vfs.listxattr('/resources/docs')).toHaveLength(7);
    });

    it('say the last error of an entry', async () => {
      await errnoFrom(vfs.rename('/resources/docs/a.md', '/resources/docs/.meta.json'));
      expect(await value('/resources/docs/a.md', 'error')).toMatch(/cannot be renamed/);
    });

    it('cannot be set, and others are not kept', async () => {
      const bytes = Buffer.from('x');
      expect(await errnoFrom(vfs.setxattr('/resources/docs', 'user.viking.uri', bytes, 0))).toBe('EPERM');
      expect(await errnoFrom(vfs.removexattr('/resources/docs', 'user.viking.uri'))).toBe('EPERM');
      expect(await errnoFrom(vfs.setxattr('/resources/docs', 'user.mine', bytes, 0))).toBe('EOPNOTSUPP');
      expect(await errnoFrom(vfs.getxattr('/resources/docs', 'security.selinux'))).toBe('EOPNOTSUPP');
      expect(await errnoFrom(vfs.getxattr('/resources/docs', 'user.viking.constructor'))).toBe('EOPNOTSUPP');
      expect(await errnoFrom(vfs.getxattr('/resources/none', 'user.viking.uri'))).toBe('ENOENT');
    });
  });
});
