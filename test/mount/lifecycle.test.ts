import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { abortConnection, inspectMount, listMounts, unmountFuse } from '../../src/mount/index.ts';
import { prepareMountpoint } from '../../src/mount/mountpoint.ts';
import { describeDrivers } from '../helpers/drivers.ts';
import { eventually } from '../helpers/eventually.ts';
import { shell, shellOutput } from '../helpers/mount-shell.ts';
import { startMount, type TestMount } from '../helpers/start-mount.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';

await describeDrivers('life of a mount', (driver) => {
  let dir: TempDir;
  let mounts: TestMount[];

  beforeEach(async () => {
    dir = await tempDir();
    mounts = [];
  });
  afterEach(async () => {
    for (const mount of mounts) await mount.close();
    await dir.remove();
  });

  async function start(options: Parameters<typeof startMount>[0] = {}): Promise<TestMount> {
    const mount = await startMount({ driver, dir, ...options });
    mounts.push(mount);
    return mount;
  }

  it('makes the mountpoint, names its source and is gone after SIGTERM', async () => {
    const mount = await start();
    const entry = (await listMounts()).find((each) => each.mountpoint === mount.mountpoint);
    expect(entry?.source).toMatch(/^vikingfs/);
    expect(entry?.type).toBe('fuse.vikingfs');
    expect(await mount.stop()).toEqual({ ended: 'SIGTERM', leaked: 0, code: 0 });
    expect((await inspectMount(mount.mountpoint)).state).toBe('free');
  });

  it('is no place for another mount: what lies in it lies in the content tree', async () => {
    const mount = await start();
    await shellOutput(mount.mountpoint, 'mkdir resources/inner');
    const link = join(dir.path, 'link-into-it');
    await symlink(join(mount.mountpoint, 'resources'), link);
    for (const inside of [
      join(mount.mountpoint, 'resources/inner'),
      join(link, 'inner'),
      join(link, 'new'),
    ]) {
      await expect(prepareMountpoint({ mountpoint: inside, apartFrom: [] })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`inside the vikingfs mount ${mount.mountpoint}`),
      });
    }
    expect((await shellOutput(mount.mountpoint, 'ls resources')).trim()).toBe('inner');
  });

  it('ends when somebody else unmounts it', async () => {
    const mount = await start();
    await unmountFuse(mount.mountpoint);
    await eventually(async () => !(await isAlive(mount.pid)), {
      what: 'the process ends',
      timeoutMs: 15_000,
    });
  });

  it('is unmounted though a shell stands in it', async () => {
    const mount = await start();
    const [here, gone] = [join(dir.path, 'shell-is-here'), join(dir.path, 'mount-is-gone')];
    const script = `cd resources; touch '${here}'; until [ -e '${gone}' ]; do sleep 0.05; done`;
    const standing = shell(mount.mountpoint, script, 60_000);
    await eventually(() => existsSync(here), { what: 'the shell stands in the mount', timeoutMs: 15_000 });
    try {
      expect((await mount.stop()).code).toBe(0);
      expect((await inspectMount(mount.mountpoint)).state).toBe('free');
    } finally {
      await writeFile(gone, '');
      await standing;
    }
  });

  it('is repaired after kill -9, and nothing written is lost', async () => {
    const first = await start();
    await shellOutput(first.mountpoint, 'echo kept > resources/kept.md; mkdir session/s');
    await shellOutput(
      first.mountpoint,
      `echo '{"role":"user","content":"kept"}' >> session/s/messages.jsonl`,
    );
    await first.kill();
    const dead = await shell(first.mountpoint, 'ls', 10_000);
    expect(dead.code).not.toBe(0);
    await writeFile(join(first.contentDir, 'default/resources/meanwhile.md'), 'edited while dead');
    const second = await start();
    expect(await shellOutput(second.mountpoint, 'cat resources/kept.md resources/meanwhile.md')).toBe(
      'kept\nedited while dead',
    );
    expect(await shellOutput(second.mountpoint, 'cat session/s/messages.jsonl')).toContain('kept');
    expect((await listMounts()).filter((each) => each.mountpoint === second.mountpoint)).toHaveLength(1);
  });

  it('frees waiting processes when its connection is aborted', async () => {
    const mount = await start();
    process.kill(mount.pid, 'SIGSTOP');
    try {
      const here = join(dir.path, 'shell-is-here');
      const waiting = shell(dir.path, `touch '${here}'; ls '${mount.mountpoint}/resources'`, 60_000);
      await eventually(() => existsSync(here), { what: 'the shell runs', timeoutMs: 15_000 });
      expect(await abortConnection(mount.mountpoint)).toBe(true);
      expect((await waiting).code).not.toBe(0);
    } finally {
      process.kill(mount.pid, 'SIGCONT');
    }
  });

  it('refuses a second mount on a live one', async () => {
    const mount = await start();
    const error = await startMountElsewhere(mount.mountpoint);
    expect(error).toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(/alive there/) });
    expect(await shellOutput(mount.mountpoint, 'ls')).toContain('resources');
  });

  it('refuses every write on a read-only mount', async () => {
    const mount = await start({ readOnly: true });
    for (const script of [
      'echo x > resources/a',
      'mkdir session/s',
      'rm -r resources/x 2>&1; mkdir resources/d',
    ]) {
      const { code, stderr } = await shell(mount.mountpoint, script);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/Read-only file system/);
    }
    expect(await shellOutput(mount.mountpoint, 'cat .viking/version')).toMatch(/^\d/);
  });

  it('narrows peers', async () => {
    const first = await start();
    await shellOutput(first.mountpoint, 'mkdir -p user/peers/bot/memories user/peers/other/memories');
    await first.stop();
    const second = await start({ actorPeer: 'bot' });
    expect(await shellOutput(second.mountpoint, 'ls user/peers')).toBe('bot');
    expect((await shell(second.mountpoint, 'ls user/alice/peers/other')).stderr).toContain('No such file');
  });

  /** Another home tries to mount on the same directory. */
  async function startMountElsewhere(mountpoint: string): Promise<unknown> {
    const other = await tempDir();
    await symlink(mountpoint, join(other.path, 'mnt'));
    try {
      const mount = await startMount({ driver, dir: other });
      await mount.close();
      return undefined;
    } catch (error) {
      return error;
    } finally {
      await other.remove();
    }
  }

  it('refuses a mountpoint that is not empty, is a file, or lies around or inside the home', async () => {
    const failure = async (prepare: (path: string) => Promise<void>) => {
      const other = await tempDir();
      await prepare(other.path);
      try {
        mounts.push(await startMount({ driver, dir: other }));
        return undefined;
      } catch (error) {
        return error;
      } finally {
        await other.remove();
      }
    };
    expect(
      await failure(async (path) => {
        await mkdir(join(path, 'mnt'));
        await writeFile(join(path, 'mnt', 'mine'), 'x');
      }),
    ).toMatchObject({ code: 'NOT_EMPTY', message: expect.stringMatching(/1 entries/) });
    expect(await failure((path) => writeFile(join(path, 'mnt'), 'x'))).toMatchObject({
      code: 'NOT_DIRECTORY',
    });
    expect(
      await failure(async (path) => {
        await mkdir(join(path, 'home', 'content'), { recursive: true });
        await symlink('home/content', join(path, 'mnt'));
      }),
    ).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/inside the vikingfs home/),
    });
    expect(
      await failure(async (path) => {
        await mkdir(join(path, 'home'));
        await symlink('.', join(path, 'mnt'));
      }),
    ).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(/would be hidden/) });
  });
});

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
