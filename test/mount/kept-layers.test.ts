import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { canMount } from '../helpers/kernel-mount.ts';
import { shellOutput } from '../helpers/mount-shell.ts';
import { startMount, type TestMount } from '../helpers/start-mount.ts';

/**
 * A layer that did not change is answered without asking JavaScript, by the kernel or by what the driver kept. What
 * must never follow from that is a layer that tells of the past.
 */
describe.skipIf(!canMount)('kernel driver: layers it keeps', () => {
  let mount: TestMount;
  let behind: string;
  const run = (script: string) => shellOutput(mount.mountpoint, script);
  const overview = (directory: string) => run(`cat ${directory}/.overview.md`);

  beforeAll(async () => {
    mount = await startMount({ driver: 'kernel' });
    behind = join(mount.contentDir, 'default/resources');
    await run(`mkdir -p resources/top/mid/deep
for d in top top/mid top/mid/deep; do printf '# Tides\\n\\nThe tide tables of the harbour.\\n' > resources/$d/tides.md; done`);
  }, 60_000);
  afterAll(() => mount?.close());

  /** Reads until reading it again asks JavaScript nothing. */
  async function kept(directory: string): Promise<string> {
    let text = '';
    await eventually(
      async () => {
        await overview(directory);
        const before = (await mount.stats())['virtualRequests'];
        text = await overview(directory);
        return (await mount.stats())['virtualRequests'] === before;
      },
      { what: `the overview of ${directory} is kept`, timeoutMs: 20_000, intervalMs: 100 },
    );
    return text;
  }

  async function tells(directory: string, text: string): Promise<void> {
    await eventually(async () => (await overview(directory)).includes(text), {
      what: `the overview of ${directory} tells of ${text}`,
      timeoutMs: 5_000,
      intervalMs: 50,
    });
  }

  it('asks JavaScript nothing when nothing changed, also when the kernel has forgotten all it knew', async () => {
    await kept('resources/top/mid');
    // The background may still be describing what the directory was made with, and is right to say so.
    await eventually(
      async () => {
        const before = await mount.stats();
        const texts = new Set<string>();
        for (let count = 0; count < 5; count += 1) texts.add(await overview('resources/top/mid'));
        await writeFile('/proc/sys/vm/drop_caches', '2');
        texts.add(await overview('resources/top/mid'));
        const after = await mount.stats();
        expect(after['keptFiles']).toBeGreaterThan(0);
        return texts.size === 1 && after['virtualRequests'] === before['virtualRequests'];
      },
      { what: 'six readings ask nothing', timeoutMs: 20_000, intervalMs: 100 },
    );
  });

  it.each([
    ['is made', `printf '# Anchors\\n\\nAll about anchors.\\n' > resources/top/mid/anchors.md`, 'anchors.md'],
    [
      'is written',
      `printf '# Buoys\\n\\nAll about buoys and beacons.\\n' > resources/top/mid/tides.md`,
      'Buoys',
    ],
    ['is renamed', 'mv resources/top/mid/anchors.md resources/top/mid/ropes.md', 'ropes.md'],
  ])('tells at once of a file that %s through the mount', async (_what, script, text) => {
    await kept('resources/top/mid');
    expect(await run(`${script}; cat resources/top/mid/.overview.md`)).toContain(text);
  });

  it('does not tell of a file that was removed through the mount', async () => {
    expect(await kept('resources/top/mid')).toContain('ropes.md');
    expect(await run('rm resources/top/mid/ropes.md; cat resources/top/mid/.overview.md')).not.toContain(
      'ropes.md',
    );
  });

  it('tells of what changes behind the mount: files made, written in place and removed', async () => {
    await kept('resources/top/mid');
    await writeFile(join(behind, 'top/mid/winches.md'), '# Winches\n\nAll about winches.\n');
    await tells('resources/top/mid', 'winches.md');
    await kept('resources/top/mid');
    await appendFile(join(behind, 'top/mid/tides.md'), '\n## Lighthouses\n\nA lighthouse for every cape.\n');
    await tells('resources/top/mid', 'Lighthouses');
    await kept('resources/top/mid');
    await rm(join(behind, 'top/mid/winches.md'));
    await eventually(async () => !(await overview('resources/top/mid')).includes('winches.md'), {
      what: 'the removed file is not told of',
      timeoutMs: 5_000,
      intervalMs: 50,
    });
  });

  it('tells of a change behind the mount in a directory that the kernel has forgotten', async () => {
    await kept('resources/top/mid');
    await writeFile('/proc/sys/vm/drop_caches', '2');
    await appendFile(join(behind, 'top/mid/tides.md'), '\n## Foghorns\n\nA foghorn for every bank.\n');
    await tells('resources/top/mid', 'Foghorns');
  });

  it('tells above of what changed below', async () => {
    await kept('resources/top');
    await run(
      `mkdir resources/top/mid2; printf '# Keels\\n\\nAll about keels.\\n' > resources/top/mid2/keels.md`,
    );
    await tells('resources/top', 'mid2');
    await kept('resources/top');
    // The abstract of the directory below changes, and with it what is said about it here.
    await run(
      `printf '# Sextants and chronometers\\n\\nHow a sextant is held.\\n' > resources/top/mid2/keels.md`,
    );
    await tells('resources/top', 'extant');
  });

  it('shows a pinned layer at once, and the generated one when the pin goes', async () => {
    const generated = await kept('resources/top/mid');
    expect(
      await run(`echo 'pinned by hand' > resources/top/mid/.overview.md; cat resources/top/mid/.overview.md`),
    ).toBe('pinned by hand');
    expect(await kept('resources/top/mid')).toBe('pinned by hand');
    await writeFile(join(behind, 'top/mid/.overview.md'), 'pinned behind the mount\n');
    await tells('resources/top/mid', 'pinned behind the mount');
    await kept('resources/top/mid');
    expect(await run('rm resources/top/mid/.overview.md; cat resources/top/mid/.overview.md')).toBe(
      generated,
    );
  });

  it('goes with its directory, and is not that of another one of the same name', async () => {
    await run(`mkdir resources/top/old resources/top/other
printf '# Sails\\n\\nAll about sails.\\n' > resources/top/old/sails.md
printf '# Oars\\n\\nAll about oars.\\n' > resources/top/other/oars.md`);
    expect(await kept('resources/top/old')).toContain('sails.md');
    expect(await kept('resources/top/other')).toContain('oars.md');
    expect(
      await run(
        'mv resources/top/old resources/top/new; mv resources/top/other resources/top/old; cat resources/top/old/.overview.md',
      ),
    ).toContain('oars.md');
    expect(await overview('resources/top/new')).toMatch(/# .*new/iu);
    await kept('resources/top/new');
    await rename(join(behind, 'top/new'), join(behind, 'top/newer'));
    await mkdir(join(behind, 'top/new'));
    await writeFile(join(behind, 'top/new/hulls.md'), '# Hulls\n\nAll about hulls.\n');
    await tells('resources/top/new', 'hulls.md');
    expect(await overview('resources/top/new')).not.toContain('sails.md');
  });
});
