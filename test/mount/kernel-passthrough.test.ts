import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { canMount, type KernelMount, kernelMount } from '../helpers/kernel-mount.ts';

const BIG = 3 * 1024 * 1024;
const READ = 'opcode15';
const WRITE = 'opcode16';
const OPEN = 'opcode14';

/** Large files served by the kernel itself, on a connection that was asked for it; small ones as always. */
describe.skipIf(!canMount)('kernel driver: passthrough', () => {
  let mount: KernelMount;
  let isOffered = false;
  const stats = () => mount.ask<Record<string, number>>('stats');
  beforeAll(async () => {
    mount = await kernelMount({ passthrough: true });
    await writeFile(join(mount.backing, 'big'), Buffer.alloc(BIG, 'b'));
    await writeFile(join(mount.backing, 'small'), 'small\n');
    // Linux before 6.9, and root without CAP_SYS_ADMIN, go on as without it.
    await mount.sh('exec 3<big; head -c 1 <&3');
    isOffered = ((await stats())[OPEN] ?? 0) > 1 || (await held()) > 0;
  });
  afterAll(() => mount?.close());

  async function held(): Promise<number> {
    const holding = mount.sh('exec 3<big; sleep 0.5');
    let most = 0;
    for (let count = 0; count < 8; count += 1) {
      most = Math.max(most, Number((await stats())['passedThrough']));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await holding;
    return most;
  }

  it('reads and writes large files without a message, or as ever where the kernel offers none', async () => {
    const before = await stats();
    const out =
      await mount.sh(`head -c 5 big; dd if=/dev/zero of=big bs=1M seek=1 count=1 conv=notrunc status=none
cmp -n 1048576 big /dev/zero 2>&1 | grep -c differ; tail -c +1048577 big | head -c 1048576 | cmp - /dev/zero | head -c 20; stat -c %s big; cat small`);
    expect(out.out).toBe(`bbbbb1\n${BIG}\nsmall\n`);
    const after = await stats();
    if (isOffered) {
      expect((after[READ] ?? 0) - (before[READ] ?? 0)).toBeLessThan(3); // of the small one
      expect(after[WRITE] ?? 0).toBe(before[WRITE] ?? 0);
    }
    const disk = await readFile(join(mount.backing, 'big'));
    expect(disk.length).toBe(BIG);
    expect(disk.subarray(1 << 20, 2 << 20).every((byte) => byte === 0)).toBe(true);
  });

  it('keeps one view of a file for all who have it open, by any way', async () => {
    const out = await mount.sh(`python3 - <<'PY'
import os, mmap
a = os.open('big', os.O_RDWR); b = os.open('big', os.O_RDONLY); c = os.open('big', os.O_WRONLY | os.O_APPEND)
d = os.open('big', os.O_RDWR | os.O_DIRECT)
os.pwrite(a, b'HELLO', 10); print(os.pread(b, 5, 10))
os.write(c, b'TAIL'); print(os.fstat(b).st_size, os.pread(b, 4, ${BIG}))
m = mmap.mmap(a, 4096); m[20:25] = b'MMAPS'; m.flush(); print(os.pread(b, 5, 20))
os.ftruncate(a, ${BIG}); print(os.fstat(b).st_size)
os.unlink('big'); print(os.pread(b, 5, 10)); os.pwrite(a, b'after', 10); print(os.pread(b, 5, 10))
PY`);
    expect(out.err).toBe('');
    expect(out.out).toBe(`b'HELLO'\n${BIG + 4} b'TAIL'\nb'MMAPS'\n${BIG}\nb'HELLO'\nb'after'\n`);
  });

  it('goes on as it began when a small file grows and a large one is cut', async () => {
    const out = await mount.sh(`python3 - <<'PY'
import os
a = os.open('grows', os.O_RDWR | os.O_CREAT); os.write(a, b's')
b = os.open('grows', os.O_RDWR); os.pwrite(b, b'x' * ${BIG}, 0)
c = os.open('grows', os.O_RDONLY); print(len(os.pread(c, ${BIG} * 2, 0)))
for fd in (a, b, c): os.close(fd)
d = os.open('grows', os.O_RDWR); print(os.pread(d, 3, 5)); os.ftruncate(d, 2); e = os.open('grows', os.O_RDONLY); print(os.read(e, 10))
PY`);
    expect(out.err).toBe('');
    expect(out.out).toBe(`${BIG}\nb'xxx'\nb'xx'\n`);
  });

  it('tells of what was written past it, answers virtual files, and lets every backing file go', async () => {
    await mount.sh(`head -c ${BIG} /dev/zero > told; sync told`);
    await mount.ask('changes');
    await mount.sh(`printf x | dd of=told bs=1 seek=7 conv=notrunc status=none`);
    await eventually(async () => (await mount.ask<string[]>('changes')).includes('/resources/told'), {
      what: 'the change is told',
    });
    expect(
      (await mount.sh('cat ../.viking/status .overview.md; echo hi > ../.viking/echo; cat ../.viking/echo'))
        .out,
    ).toBe('up\ngenerated for /resources\nhi\n');
    await eventually(async () => (await stats())['passedThrough'] === 0, { what: 'no backing file is held' });
  });

  it('a change behind the mount is seen, also while the file is open', async () => {
    await writeFile(join(mount.backing, 'seen'), Buffer.alloc(BIG, 'a'));
    const out = await mount.sh(
      `exec 3<seen; head -c 3 <&3; printf zzz | dd of='${mount.backing}/seen' bs=1 conv=notrunc status=none; head -c 3 seen`,
    );
    expect(out.out).toBe('aaazzz');
  });
});
