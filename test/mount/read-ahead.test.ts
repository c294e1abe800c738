import { statfsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { canMount, type KernelMount, kernelMount } from '../helpers/kernel-mount.ts';

const FILES = 64;
const text = (index: number) => `file ${index}\n`.repeat(300);

/** Small files that are not in memory, read one after the other in the order of their listing. */
/** Files of a memory file system are never cold. */
const isInMemory = statfsSync(tmpdir()).type === 0x01021994;

describe.skipIf(!canMount || isInMemory)('kernel driver: reading ahead of who reads a directory', () => {
  let mount: KernelMount;
  beforeAll(async () => {
    mount = await kernelMount();
  });
  afterAll(() => mount?.close());

  /** A directory whose files are on disk and in no cache of the kernel. */
  async function coldDirectory(name: string): Promise<void> {
    const path = join(mount.backing, name);
    await mkdir(path);
    for (let index = 0; index < FILES; index += 1) await writeFile(join(path, `f${index}.md`), text(index));
    // `nocache` with no block to copy drops what is cached of the whole file (dd(1)), once it is on disk.
    const { code } = await mount.sh(
      `cd ${path} && sync * && for f in *; do dd if=$f iflag=nocache count=0 status=none; done`,
    );
    expect(code).toBe(0);
  }

  const brought = async () => (await mount.ask<Record<string, number>>('stats'))['readAhead'] ?? 0;

  it('brings in the files that come next, and every one is read as it is', async () => {
    await coldDirectory('plain');
    const before = await brought();
    const { out } = await mount.sh(`cd plain && for f in $(ls -U); do md5sum < $f; done | sort | md5sum`);
    const { out: expected } = await mount.sh(
      `cd ${join(mount.backing, 'plain')} && for f in $(ls -U); do md5sum < $f; done | sort | md5sum`,
    );
    expect(out).toBe(expected);
    await eventually(async () => (await brought()) - before > FILES / 4, { what: 'files brought in ahead' });
    // Once in memory nothing is brought in again.
    let after = await brought();
    await eventually(
      async () => {
        const last = after;
        after = await brought();
        return after === last;
      },
      { what: 'the thread to be done' },
    );
    await mount.sh('cat plain/*');
    expect(await brought()).toBe(after);
  });

  it('leaves alone who reads a single file', async () => {
    await coldDirectory('single');
    const before = await brought();
    const { out } = await mount.sh('ls single > /dev/null; head -n 1 single/f40.md');
    expect(out).toBe('file 40\n');
    expect(await brought()).toBe(before);
  });

  it('is not held up or led away by what took the place of a listed file', async () => {
    await coldDirectory('swapped');
    const swapped = join(mount.backing, 'swapped');
    const { out } = await mount.sh(
      `cd swapped && names=$(ls -U) && first=$(echo "$names" | head -n 8) && rest=$(echo "$names" | tail -n +9)
n=0; for f in $rest; do n=$((n + 1)); rm ${swapped}/$f; case $((n % 3)) in
  0) mkfifo ${swapped}/$f;; 1) ln -s /etc/hostname ${swapped}/$f;; 2) mkdir ${swapped}/$f;; esac; done
for f in $first; do head -c 5 $f; done; mkdir ${swapped}/after && echo alive`,
    );
    expect(out).toBe(`${'file '.repeat(8)}alive\n`);
  });
});
