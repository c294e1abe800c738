import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { canMount, type KernelMount, kernelMount, run } from '../helpers/kernel-mount.ts';
import { testProgramOf } from '../helpers/program.ts';

const CHILD = testProgramOf('helpers/kernel-mount-child.ts')
  .map((argument) => `'${argument}'`)
  .join(' ');
/** Deadline and grace of the mounts here; a caller is freed one look of the watchdog later. */
const SETTINGS = { operationTimeoutMs: 500, watchdogGraceMs: 500 };
/** What a loaded machine may add. */
const FREED_MS = 8_000;

/** A stopped daemon answers nobody, runs no thread and keeps its connection: only another process can act. */
describe.skipIf(!canMount)('kernel driver: watchdog', () => {
  let mount: KernelMount | undefined;
  afterEach(async () => {
    mount?.signal('SIGCONT');
    await mount?.close();
    mount = undefined;
  });

  /** Watchdogs of the process, whatever their parent is now. */
  async function watchdogs(mountpoint: string): Promise<number[]> {
    const found: number[] = [];
    for (const name of await readdir('/proc')) {
      const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
      if (command.includes('vikingfs-watchdog') && command.includes(mountpoint)) found.push(Number(name));
    }
    return found;
  }

  it('frees who waits for a stopped daemon', async () => {
    mount = await kernelMount(SETTINGS);
    mount.signal('SIGSTOP');
    const started = performance.now();
    const waiting = await run('ls', [join(mount.mountpoint, '.viking')]);
    expect(waiting.code).toBe(2);
    expect(waiting.err).toMatch(/connection abort|not connected/i);
    expect(performance.now() - started).toBeLessThan(FREED_MS);
    expect(performance.now() - started).toBeGreaterThan(400);
    mount.signal('SIGCONT');
    await mount.ended;
  });

  it('outlives what stops the process group, and leaves a mount alone that nobody waits for', async () => {
    // fusectl tells who waits; where it is not mounted, it is for the time of this test, for these processes only.
    const script = `mkdir -p "$0/m" "$0/c/resources" "$0/c/user/me"
mount -t fusectl none /sys/fs/fuse/connections 2>/dev/null
set -m
'${process.execPath}' ${CHILD} "$0/m" "$0/c" '${JSON.stringify(SETTINGS)}' < <(sleep 40) > "$0/said" &
for i in $(seq 200); do grep -q ready "$0/said" && break; sleep 0.1; done
kill -STOP -- -$!; sleep 2; kill -CONT -- -$!
timeout 10 stat -f -c %T "$0/m"
kill -STOP -- -$!
timeout 10 ls "$0/m/.viking" 2>&1 | grep -o 'abort' ; echo "ls \${PIPESTATUS[0]}"
kill -KILL -- -$!; wait 2>/dev/null
umount -l "$0/m"`;
    const dir = (await run('mktemp', ['-d', '/tmp/vikingfs-watchdog-XXXXXX'])).out.trim();
    const out = await new Promise<string>((resolve) => {
      execFile('unshare', ['-m', 'bash', '-c', script, dir], { timeout: 50_000 }, (_error, text) =>
        resolve(text),
      );
    });
    await run('rm', ['-rf', dir]);
    expect(out).toBe('fuseblk\nabort\nls 2\n');
  });

  it('lets a slow answer and a blocked event loop be', async () => {
    mount = await kernelMount(SETTINGS);
    const blocked = mount.ask('block 2500');
    await delay(200);
    expect((await mount.sh('echo fine > f && cat f')).out).toBe('fine\n');
    await blocked;
    expect((await run('cat', [join(mount.mountpoint, '.viking/status')])).out).toBe('up\n');
    expect((await mount.ask<Record<string, number>>('stats'))['watchdog']).toBe(1);
  });

  it('goes with its mount, however that ends', async () => {
    mount = await kernelMount(SETTINGS);
    expect(await watchdogs(mount.mountpoint)).toHaveLength(1);
    await mount.ask('unmount');
    expect(await watchdogs(mount.mountpoint)).toEqual([]);
    await mount.ask('cycle 1');
    expect(await watchdogs(mount.mountpoint)).toHaveLength(1);
    mount.signal('SIGKILL');
    await mount.gone;
    await eventually(async () => (await watchdogs(mount!.mountpoint)).length === 0, { what: 'no watchdog' });
    expect((await run('ls', [mount.mountpoint])).err).toContain('not connected');
  });
});
