import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMount, type KernelMount, kernelMount, run } from '../helpers/kernel-mount.ts';

/**
 * Whoever may change the content tree behind the mount must not make the daemon, which may be root, read what lies
 * outside. The readers never follow a link themselves: what they see is what the daemon opened.
 */
describe.skipIf(!canMount)('kernel driver: never leaves the content tree', () => {
  let mount: KernelMount;
  let outside: string;
  beforeAll(async () => {
    // Watched, as what the kernel cached of the link would otherwise be refused without asking: no race at all.
    mount = await kernelMount({});
    outside = join(mount.dir, 'outside');
    await mkdir(join(outside, 'deep'), { recursive: true });
    for (const path of ['secret', 'deep/secret', 'only-outside'])
      await writeFile(join(outside, path), 'OUTSIDE');
  });
  afterAll(() => mount?.close());

  /** Opens, lists and changes below `swapped` while another process swaps it for a link; prints what was odd. */
  const RACE = `
import os, sys, threading, time
inside, link, mounted = sys.argv[1:4]
stop = False
swaps = 0
def swap():
    global swaps
    while not stop:
        os.rename(inside, inside + '.kept'); os.rename(link, inside)
        time.sleep(0.0005)
        os.rename(inside, link); os.rename(inside + '.kept', inside)
        time.sleep(0.0005)
        swaps += 1
thread = threading.Thread(target=swap); thread.start()
seen = {'inside': 0, 'refused': 0, 'OUTSIDE': 0}
parent = os.open(os.path.dirname(mounted), os.O_RDONLY)
until = time.time() + 2
def text(fd):
    try: return os.read(fd, 100).decode()
    finally: os.close(fd)
while time.time() < until:
    try:
        top = os.open(os.path.basename(mounted), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    except OSError:
        seen['refused'] += 1
        continue
    try:
        for name in ('secret', 'only-outside'):
            try: seen[text(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=top))] += 1
            except OSError: seen['refused'] += 1
        try:
            deep = os.open('deep', os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
            try: seen[text(os.open('secret', os.O_RDONLY | os.O_NOFOLLOW, dir_fd=deep))] += 1
            finally: os.close(deep)
        except OSError: seen['refused'] += 1
        try:
            if 'only-outside' in os.listdir(top): seen['OUTSIDE'] += 1
            os.close(os.open('made', os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644, dir_fd=top))
            os.unlink('made', dir_fd=top)
        except OSError: seen['refused'] += 1
    finally: os.close(top)
stop = True; thread.join()
print(seen['OUTSIDE'], seen['inside'] > 0, swaps > 20)`;

  async function race(inside: string, mounted: string): Promise<string> {
    const link = join(mount.dir, 'link');
    await symlink(outside, link);
    const result = await mount.sh(`python3 - '${inside}' '${link}' '${mounted}' <<'PY'\n${RACE}\nPY
rm '${link}'; ls -A '${outside}' | tr '\\n' ' '`);
    expect(result.err).toBe('');
    return result.out;
  }

  it('when a directory is swapped for a link while it is used', async () => {
    const inside = join(mount.backing, 'swapped');
    await mkdir(join(inside, 'deep'), { recursive: true });
    for (const path of ['secret', 'deep/secret']) await writeFile(join(inside, path), 'inside');
    expect(await race(inside, join(mount.mountpoint, 'resources/swapped'))).toBe(
      '0 True True\ndeep only-outside secret ',
    );
  });

  it('when the directory of a scope becomes a link', async () => {
    await mount.ask('cycle 1'); // a new mount, whose scopes nobody has looked up yet
    await rename(mount.backing, `${mount.backing}.kept`);
    await symlink(outside, mount.backing);
    const read = await run('cat', [join(mount.mountpoint, 'resources/secret')]);
    expect(read.out).toBe('');
    expect(read.code).not.toBe(0);
    expect((await run('ls', [join(mount.mountpoint, 'resources/')])).out).toBe('');
  });
});
