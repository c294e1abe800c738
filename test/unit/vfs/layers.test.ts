import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Vfs } from '../../../src/vfs/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';
import { cat, echo, errnoFrom, exists, ls } from '../../helpers/vfs-files.ts';

describe('.abstract.md and .overview.md', () => {
  let test: TestCore;
  let vfs: Vfs;
  let made = 0;

  beforeAll(async () => {
    test = await testCore();
    vfs = test.vfs();
  });
  afterAll(() => test.close());

  async function documented(): Promise<{ dir: string; backing: string }> {
    made += 1;
    const dir = `/resources/docs-${made}`;
    await vfs.mkdir(dir, 0o755);
    await echo(
      vfs,
      `${dir}/mounting.md`,
      '# Mounting\n\nMount the namespace with one command and read it as files.\n',
    );
    return { dir, backing: join(test.core.tree.contentDir, 'default', dir) };
  }

  it('can be read by name at once, before anything was built', async () => {
    const { dir, backing } = await documented();
    expect(await cat(vfs, `${dir}/.overview.md`)).toContain('mounting.md');
    expect((await cat(vfs, `${dir}/.abstract.md`)).length).toBeGreaterThan(10);
    expect(existsSync(join(backing, '.overview.md'))).toBe(false);
  });

  it('say their true size and one text to stat and read', async () => {
    const { dir } = await documented();
    const attr = await vfs.getattr(`${dir}/.overview.md`);
    expect(attr.size).toBe(Buffer.byteLength(await cat(vfs, `${dir}/.overview.md`)));
    expect(attr.ino >= 2n ** 48n).toBe(true);
    expect((await vfs.getattr(`${dir}/.overview.md`)).ino).toBe(attr.ino);
  });

  it('are listed when built', async () => {
    const { dir } = await documented();
    await cat(vfs, `${dir}/.overview.md`);
    await eventually(async () => (await ls(vfs, dir)).includes('.overview.md'), {
      what: 'the built layer is listed',
    });
  });

  it('are not listed inside a git working tree unless pinned', async () => {
    const { dir } = await documented();
    await cat(vfs, `${dir}/.overview.md`);
    await eventually(async () => (await ls(vfs, dir)).includes('.overview.md'), {
      what: 'the built layer is listed',
    });
    await vfs.mkdir(`${dir}/.git`, 0o755);
    await vfs.mkdir(`${dir}/deep`, 0o755);
    await echo(vfs, `${dir}/deep/a.md`, '# A\n\nText of a.\n');
    await cat(vfs, `${dir}/deep/.abstract.md`);
    await test.core.system.wait(test.principal, 10_000);
    expect(await ls(vfs, dir)).toEqual(['.git', 'deep', 'mounting.md']);
    expect(await ls(vfs, `${dir}/deep`)).toEqual(['a.md']);
    await echo(vfs, `${dir}/deep/.abstract.md`, 'Pinned inside a repository.\n');
    expect(await ls(vfs, `${dir}/deep`)).toEqual(['.abstract.md', 'a.md']);
  });

  it('are pinned by writing and unpinned by removing', async () => {
    const { dir, backing } = await documented();
    await echo(vfs, `${dir}/.abstract.md`, 'What the team calls the mount guide.\n');
    expect(await cat(vfs, `${dir}/.abstract.md`)).toBe('What the team calls the mount guide.\n');
    expect(readFileSync(join(backing, '.abstract.md'), 'utf8')).toContain('mount guide');
    expect(await ls(vfs, dir)).toContain('.abstract.md');
    await vfs.unlink(`${dir}/.abstract.md`);
    expect(existsSync(join(backing, '.abstract.md'))).toBe(false);
    expect(await cat(vfs, `${dir}/.abstract.md`)).not.toContain('mount guide');
  });

  it('are unpinned by emptying', async () => {
    const { dir, backing } = await documented();
    await echo(vfs, `${dir}/.abstract.md`, 'pinned\n');
    await vfs.truncate(`${dir}/.abstract.md`, 0);
    const handle = await vfs.open(`${dir}/.abstract.md`, 0o1);
    await vfs.flush(handle);
    await vfs.release(handle);
    expect(existsSync(join(backing, '.abstract.md'))).toBe(false);
    expect(await cat(vfs, `${dir}/.abstract.md`)).not.toBe('pinned\n');
  });

  it('are pinned by renaming over, as editors save', async () => {
    const { dir, backing } = await documented();
    await echo(vfs, `${dir}/.abstract.md.swp`, 'Saved by an editor.\n');
    await vfs.rename(`${dir}/.abstract.md.swp`, `${dir}/.abstract.md`);
    expect(await cat(vfs, `${dir}/.abstract.md`)).toBe('Saved by an editor.\n');
    expect(await exists(vfs, `${dir}/.abstract.md.swp`)).toBe(false);
    expect(existsSync(join(backing, '.abstract.md.swp'))).toBe(false);
  });

  it('leave a plain file when they are renamed away', async () => {
    const { dir } = await documented();
    await echo(vfs, `${dir}/.overview.md`, '# Mine\n');
    await vfs.rename(`${dir}/.overview.md`, `${dir}/.overview.md~`);
    expect(await cat(vfs, `${dir}/.overview.md~`)).toBe('# Mine\n');
    expect(await cat(vfs, `${dir}/.overview.md`)).not.toBe('# Mine\n');
  });

  it('are not pinned by a copy of the generated text', async () => {
    const { dir } = await documented();
    const generated = await cat(vfs, `${dir}/.overview.md`);
    await vfs.mkdir(`${dir}-copy`, 0o755);
    await echo(vfs, `${dir}-copy/.overview.md`, generated);
    expect(existsSync(join(test.core.tree.contentDir, 'default', `${dir}-copy`, '.overview.md'))).toBe(false);
  });

  it('let cp -r and tar make their copies in a new directory with O_EXCL, which pins nothing', async () => {
    const { dir } = await documented();
    const [abstract, overview] = [
      await cat(vfs, `${dir}/.abstract.md`),
      await cat(vfs, `${dir}/.overview.md`),
    ];
    await vfs.mkdir(`${dir}-cp`, 0o755);
    const copies = [
      ['.abstract.md', abstract],
      ['.overview.md', overview],
    ] as const;
    for (const [name, text] of copies) {
      expect(await errnoFrom(vfs.getattr(`${dir}-cp/${name}`))).toBe('ENOENT');
      const handle = await vfs.create(`${dir}-cp/${name}`, 0o301, 0o644);
      await vfs.write(handle, Buffer.from(text), 0);
      await vfs.flush(handle);
      expect((await vfs.fgetattr(handle)).size).toBe(Buffer.byteLength(text));
      await vfs.release(handle);
      expect(await exists(vfs, `${dir}-cp/${name}`)).toBe(true);
    }
    await echo(vfs, `${dir}-cp/mounting.md`, '# Mounting\n\nMount the namespace.\n');
    expect(existsSync(join(test.core.tree.contentDir, 'default', `${dir}-cp`, '.overview.md'))).toBe(false);
    expect(await cat(vfs, `${dir}-cp/.overview.md`)).toContain('mounting.md');
  });

  it('are listed first, with the smallest numbers, so that copies are made while the directory is new', async () => {
    const { dir } = await documented();
    await echo(vfs, `${dir}/.abstract.md`, 'pinned\n');
    const [first, second] = await vfs.readdir(dir);
    expect(first).toMatchObject({ name: '.abstract.md', ino: 1n });
    expect(second?.name).not.toBe('.abstract.md');
  });

  it('refuse text that is not UTF-8 and text that is too long, and keep what was', async () => {
    const { dir } = await documented();
    await echo(vfs, `${dir}/.abstract.md`, 'before\n');
    const bad = await vfs.open(`${dir}/.abstract.md`, 0o1);
    await vfs.write(bad, Buffer.from([0xff, 0xfe, 0x41]), 0);
    expect(await errnoFrom(vfs.flush(bad))).toBe('EINVAL');
    await vfs.release(bad);
    expect(await errnoFrom(echo(vfs, `${dir}/.abstract.md`, 'x'.repeat(100_000)))).toBe('EFBIG');
    expect(await cat(vfs, `${dir}/.abstract.md`)).toBe('before\n');
    expect(await cat(vfs, '/.viking/errors')).toMatch(/EINVAL close .*\.abstract\.md: not UTF-8/);
  });

  it('show an edit under way to others, and take it once', async () => {
    const { dir } = await documented();
    await echo(vfs, `${dir}/.abstract.md`, 'one\n');
    const writer = await vfs.open(`${dir}/.abstract.md`, 0o2);
    await vfs.write(writer, Buffer.from('ONE'), 0);
    expect(await cat(vfs, `${dir}/.abstract.md`)).toBe('ONE\n');
    expect((await vfs.getattr(`${dir}/.abstract.md`)).size).toBe(4);
    await vfs.ftruncate(writer, 2);
    await vfs.flush(writer);
    await vfs.release(writer);
    expect((await cat(vfs, `${dir}/.abstract.md`)).trim()).toBe('ON');
  });

  it('do not keep an empty directory from being removed', async () => {
    const { dir } = await documented();
    await cat(vfs, `${dir}/.overview.md`);
    for (const name of await ls(vfs, dir)) await vfs.unlink(`${dir}/${name}`);
    await vfs.rmdir(dir);
    expect(await exists(vfs, dir)).toBe(false);
  });

  it('exist in directories only', async () => {
    const { dir } = await documented();
    expect(await errnoFrom(cat(vfs, `${dir}/none/.abstract.md`))).toBe('ENOENT');
    expect(await errnoFrom(cat(vfs, `${dir}/mounting.md/.abstract.md`))).toBe('ENOTDIR');
    expect(await errnoFrom(vfs.mkdir(`${dir}/.abstract.md`, 0o755))).toBe('EEXIST');
    expect(await errnoFrom(vfs.symlink('x', `${dir}/.abstract.md`))).toBe('EEXIST');
    expect(await errnoFrom(vfs.link(`${dir}/.abstract.md`, `${dir}/second`))).toBe('EPERM');
    expect(await errnoFrom(vfs.rename(`${dir}/mounting.md`, `${dir}/.find`))).toBe('EACCES');
    expect(await errnoFrom(vfs.rename(`${dir}/mounting.md`, `${dir}/.meta.json`))).toBe('EACCES');
    await vfs.mkdir(`${dir}/sub`, 0o755);
    expect(await errnoFrom(vfs.rename(`${dir}/sub`, `${dir}/.abstract.md`))).toBe('ENOTDIR');
    expect(await exists(vfs, `${dir}/mounting.md`)).toBe(true);
  });

  it('tell of a change after it', async () => {
    const { dir } = await documented();
    await cat(vfs, `${dir}/.overview.md`);
    await echo(vfs, `${dir}/unmounting.md`, '# Unmounting\n\nHow to end it.\n');
    expect(await cat(vfs, `${dir}/.overview.md`)).toContain('unmounting.md');
  });
});
