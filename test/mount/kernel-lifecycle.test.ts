import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { canMount, type KernelMount, kernelMount, run, within } from '../helpers/kernel-mount.ts';

interface Held {
  readonly descriptors: number;
  readonly threads: number;
  readonly children: number;
  readonly rssKb: number;
}

/** Mounting, ending and everything that can end a mount without asking. */
describe.skipIf(!canMount)('kernel driver: life of a mount', () => {
  let mount: KernelMount | undefined;
  afterEach(async () => {
    await mount?.close();
    mount = undefined;
  });

  async function isMounted(path: string): Promise<boolean> {
    return (await readFile('/proc/self/mountinfo', 'utf8')).includes(` ${path} `);
  }

  it('unmounts, and again', async () => {
    mount = await kernelMount();
    expect(await isMounted(mount.mountpoint)).toBe(true);
    await mount.ask('unmount');
    expect(await isMounted(mount.mountpoint)).toBe(false);
    await mount.ask('unmount');
  });

  it('says that it ended when somebody else unmounts', async () => {
    mount = await kernelMount();
    expect((await run('fusermount3', ['-u', mount.mountpoint])).code).toBe(0);
    await within(mount.ended, 5_000, 'the end');
    expect((await mount.ask<Held>('held')).threads).toBeLessThan(20);
  });

  it('says that it ended when the connection is aborted', async () => {
    mount = await kernelMount();
    // A forced unmount of a busy mount aborts the connection first.
    const reader = mount.sh('cat ../.viking/slow');
    await eventually(async () => Number((await mount!.ask<Record<string, number>>('stats'))['pending']) > 0, {
      what: 'a waiting call',
    });
    await run('umount', ['-f', mount.mountpoint]);
    await run('umount', ['-l', mount.mountpoint]);
    expect((await within(reader, 5_000, 'the end of the reader')).code).not.toBe(0);
    await within(mount.ended, 5_000, 'the end');
  });

  it('drains on SIGTERM: what is under way is done, what is open sees its end', async () => {
    mount = await kernelMount();
    const writing = mount.sh('i=0; while i=$((i+1)); do echo $i >> all || break; done 2>/dev/null');
    await eventually(async () => Number((await mount!.sh('wc -l < all')).out) > 5, { what: 'some lines' });
    mount.signal('SIGTERM');
    await within(mount.gone, 10_000, 'the end of the process');
    await writing;
    expect(await isMounted(mount.mountpoint)).toBe(false);
    const lines = (await readFile(join(mount.backing, 'all'), 'utf8')).trimEnd().split('\n');
    expect(lines).toEqual(lines.map((_, index) => `${index + 1}`));
  });

  it('leaves nobody hanging when its process is killed', async () => {
    mount = await kernelMount();
    const waiting = mount.sh(`cat ../.viking/slow`);
    await eventually(async () => Number((await mount!.ask<Record<string, number>>('stats'))['pending']) > 0, {
      what: 'a waiting call',
    });
    mount.signal('SIGKILL');
    await mount.gone;
    const result = await within(waiting, 5_000, 'the end of the reader');
    expect(result.code).not.toBe(0);
    expect((await run('ls', [mount.mountpoint])).err).toContain('not connected');
  });

  it('ends with its process, and with a worker thread that goes away while mounted', async () => {
    mount = await kernelMount();
    const script = join(mount.dir, 'env.mjs');
    const repository = new URL('../../', import.meta.url).pathname;
    const second = join(mount.dir, 'second');
    await run('mkdir', [second]);
    await writeFile(
      script,
      `import { isMainThread, Worker, workerData } from 'node:worker_threads';
       import { register } from '${import.meta.resolve('tsx/esm/api')}';
       register();
       const { silentLogger } = await import('${repository}src/base/log.ts');
       const { kernelDriver } = await import('${repository}src/mount/kernel/index.ts');
       const { kernelVfs } = await import('${repository}test/helpers/kernel-vfs.ts');
       const options = { mountpoint: ${JSON.stringify(second)}, vfs: kernelVfs(${JSON.stringify(join(mount.dir, 'content'))}), readOnly: false,
         source: 'vikingfs-test', operationTimeoutMs: 5000, log: silentLogger, onError() {} };
       if (isMainThread && process.argv[2] === 'worker') {
         const worker = new Worker(new URL(import.meta.url), { workerData: 1 });
         await new Promise((resolve) => worker.once('message', resolve));
         await worker.terminate();
         process.stdout.write('terminated\\n');
       } else {
         await kernelDriver.mount(options);
         if (isMainThread) { process.stdout.write('mounted\\n'); setTimeout(() => process.exit(0), 100); }
         else { (await import('node:worker_threads')).parentPort.postMessage(workerData); setInterval(() => {}, 1000); }
       }`,
    );
    const node = (...args: string[]) => run(process.execPath, [script, ...args]);
    expect(await node()).toEqual({ code: 0, out: 'mounted\n', err: '' });
    expect(await isMounted(second)).toBe(false);
    expect(await node('worker')).toEqual({ code: 0, out: 'terminated\n', err: '' });
    expect(await isMounted(second)).toBe(false);
  });

  // VIKINGFS_TEST_CYCLES=1000 measures what a long life of many mounts would; the check makes do with fewer.
  const cycles = Number(process.env['VIKINGFS_TEST_CYCLES'] ?? 200);
  it(
    `leaks no descriptor, thread, child, node or byte over ${cycles} mounts`,
    async () => {
      mount = await kernelMount();
      await mount.ask('used 20');
      const before = await mount.ask<Held>('held');
      for (let done = 0; done < cycles; done += 20) await mount.ask('used 20');
      const after = await mount.ask<Held>('held');
      const noise = { descriptors: 5, threads: 5, children: 1 };
      expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + noise.descriptors);
      expect(after.threads).toBeLessThanOrEqual(before.threads + noise.threads);
      expect(after.children).toBeLessThanOrEqual(before.children + noise.children);
      // One worker's buffer left behind by each cycle would be 1 MiB a cycle.
      expect(after.rssKb - before.rssKb).toBeLessThan(20_000 + 20 * cycles);
      if (cycles > 200) process.stderr.write(`${JSON.stringify({ cycles, before, after })}\n`);
      await eventually(
        async () => {
          const now = await mount!.ask<Record<string, number>>('stats');
          return (
            now['pending'] === 0 && now['heldHandles'] === 0 && now['openHandles'] === 0 && now['nodes']! < 20
          );
        },
        { what: 'nothing is held', timeoutMs: 5_000 },
      );
    },
    Math.max(60_000, cycles * 400),
  );

  it('forgets what the kernel forgets: no node, watch or descriptor stays', async () => {
    mount = await kernelMount();
    const stats = () => mount!.ask<Record<string, number>>('stats');
    const before = await stats();
    await mount.sh(
      'for d in $(seq 50); do mkdir d$d; for i in $(seq 20); do echo $i > d$d/f$i; done; done; cat d*/f* > /dev/null; ln d1/f1 d2/l; mv d3/f1 d4/x',
    );
    expect((await stats())['nodes']).toBeGreaterThan(1_000);
    await mount.sh('rm -rf d*');
    await eventually(
      async () => {
        await writeFile('/proc/sys/vm/drop_caches', '2');
        const now = await stats();
        // The root, the way to the grafts, and the working directory of whoever asks.
        return now['nodes']! <= before['nodes']! + 2 && now['watches']! <= 4 && now['openDescriptors']! <= 4;
      },
      { what: 'all forgotten', timeoutMs: 15_000, intervalMs: 200 },
    );
  });

  it('mounts read-only', async () => {
    mount = await kernelMount({ readOnly: true });
    const result = await mount.sh('echo x > a');
    expect(result.err).toContain('Read-only');
  });

  it('is for its owner alone, unless others are let in; then modes hold for each', async () => {
    mount = await kernelMount();
    expect((await run('ls', [mount.mountpoint], { user: 65_534 })).err).toContain('Permission denied');
    await mount.close();
    mount = await kernelMount({ allowOther: true });
    await run('chmod', ['755', mount.dir]);
    await mount.sh(
      'echo secret > private; chmod 600 private; echo all > public; mkdir open; chmod 1777 open; mkdir group; chmod 2777 group; chgrp 7 group',
    );
    const other = await mount.sh(
      'cat public; cat private; echo x > nope; cd open; echo mine > f; umask 027; mkdir d; stat -c "%u:%g %a" f d; rm ../open/f; echo g > ../group/f; stat -c %u:%g ../group/f',
      { user: 65_534 },
    );
    expect(other.out).toBe('all\n65534:65534 644\n65534:65534 750\n65534:7\n');
    expect(other.err.match(/Permission denied/g)).toHaveLength(2);
  });
});
