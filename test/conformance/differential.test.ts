import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDriver } from '../helpers/drivers.ts';
import { startMount, type TestMount } from '../helpers/start-mount.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';
import { DIFFERENCES } from './differences.ts';

const run = promisify(execFile);
const PROGRAMS = fileURLToPath(new URL('./programs/', import.meta.url));
const BOUND_MS = 240_000;

/** Families of cases: program, function, fewest cases, and the step of the sample that a short run takes. */
const FAMILIES: readonly (readonly [string, string, number, number])[] = [
  ['kinds', 'calls', 700, 7],
  ['kinds', 'flags', 700, 7],
  ['kinds', 'renames', 450, 7],
  ['permissions', 'matrix', 900, 17],
  ['permissions', 'directories', 1_200, 29],
  ['permissions', 'ownership', 500, 7],
  ['permissions', 'linking', 12, 1],
  ['times', 'moves', 50, 1],
  ['times', 'sets', 250, 5],
  ['limits', 'length', 250, 5],
  ['limits', 'attributes', 100, 1],
  ['limits', 'access_lists', 10, 1],
  ['limits', 'counts', 20, 1],
  ['limits', 'streams', 20, 1],
  ['data', 'allocation', 120, 5],
  ['data', 'copies', 80, 5],
  ['data', 'mappings', 20, 1],
  ['data', 'appends', 4, 1],
  ['data', 'locks', 25, 1],
];

const isLong = process.env['VIKINGFS_LONG'] === '1';

/**
 * The same program on a plain directory and on the mount must print the same: what the filesystem beneath does is what
 * the mount promises. As root, with other users let in. `VIKINGFS_LONG=1` leaves no case out.
 */
await describeDriver('differences to the filesystem beneath', 'kernel', () => {
  let plain: TempDir;
  let mount: TestMount;

  beforeAll(async () => {
    plain = await tempDir();
    mount = await startMount({ driver: 'kernel', allowOther: true });
    // Other users must be able to walk there, as mkdtemp does not let them.
    await run('chmod', ['755', plain.path, mount.dir.path]);
  }, 60_000);
  afterAll(async () => {
    await mount?.close();
    await plain?.remove();
  });

  for (const [program, family, fewest, step] of FAMILIES) {
    it.skipIf(process.geteuid?.() !== 0)(
      `${program}: ${family}`,
      async () => {
        const sample = isLong ? 1 : step;
        const expected = await lines(plain.path, program, family, sample);
        const found = await lines(join(mount.mountpoint, 'resources'), program, family, sample);
        expect(expected.size).toBeGreaterThanOrEqual(Math.floor(fewest / sample));
        const different: string[] = [];
        for (const [name, said] of expected) {
          const here = found.get(name) ?? 'not said';
          const known = DIFFERENCES.find(({ cases }) => cases.test(`${program} ${name}`));
          if (here === said) continue;
          if (known === undefined || !known.mount.test(here))
            different.push(`${name}\n  beneath: ${said}\n  mount:   ${here}`);
        }
        expect(different).toEqual([]);
        expect([...found.keys()]).toEqual([...expected.keys()]);
      },
      BOUND_MS,
    );
  }

  it('removes a tree as it was listed, layers and all', async () => {
    const root = join(mount.mountpoint, 'resources', 'removed');
    for (let round = 0; round < 5; round += 1) {
      await mkdir(join(root, 'deep'), { recursive: true });
      await writeFile(join(root, 'a.md'), '# One\n\nA text that is described.\n');
      await writeFile(join(root, 'deep', 'b.md'), '# Two\n\nAnother text.\n');
      await run('ls', ['-laR', root], { timeout: 10_000 });
      await run('python3', ['-c', `import shutil; shutil.rmtree(${JSON.stringify(root)})`], {
        timeout: 10_000,
      });
    }
  }, 60_000);
});

/** What a family says below a directory, by the name of the case. */
async function lines(
  root: string,
  program: string,
  family: string,
  sample: number,
): Promise<Map<string, string>> {
  const where = join(root, `${program}-${family}`);
  await mkdir(where, { mode: 0o755 });
  const { stdout } = await run('python3', [join(PROGRAMS, `${program}.py`), where, family], {
    timeout: BOUND_MS / 2 - 5_000,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 26,
    env: { ...process.env, SAMPLE: String(sample), PYTHONDONTWRITEBYTECODE: '1' },
  });
  const said = stdout.split('\n').filter((line) => line !== '');
  return new Map(
    said.map((line) => [line.slice(0, line.indexOf(' = ')), line.slice(line.indexOf(' = ') + 3)]),
  );
}
