import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDriver } from '../helpers/drivers.ts';
import { eventually } from '../helpers/eventually.ts';
import { startMount, type TestMount } from '../helpers/start-mount.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';

const run = promisify(execFile);
const PROGRAMS = fileURLToPath(new URL('./programs/', import.meta.url));
const COMPILER = ['/usr/bin/cc', '/usr/local/bin/cc'].find((path) => existsSync(path));
const isLong = process.env['VIKINGFS_LONG'] === '1';
const BOUND_MS = isLong ? 1_200_000 : 120_000;
const FIRST_SEED = Number(process.env['VIKINGFS_SEED'] ?? 1);

/** Random operations with a seed: a failure prints it and what was done. `VIKINGFS_LONG=1` runs for many minutes. */
await describeDriver('random operations', 'kernel', () => {
  let plain: TempDir;
  let mount: TestMount;
  let resources: string;

  beforeAll(async () => {
    plain = await tempDir();
    mount = await startMount({ driver: 'kernel' });
    resources = join(mount.mountpoint, 'resources');
  }, 60_000);
  afterAll(async () => {
    await mount?.close();
    await plain?.remove();
  });

  it.skipIf(COMPILER === undefined)(
    'one file is what a model in memory says (needs cc)',
    async () => {
      const program = join(plain.path, 'random-file');
      await run(COMPILER!, ['-O1', '-o', program, join(PROGRAMS, 'random-file.c')]);
      for (let seed = FIRST_SEED; seed < FIRST_SEED + (isLong ? 40 : 3); seed += 1) {
        const said = await output(program, [
          join(resources, `random-${seed}`),
          String(seed),
          isLong ? '40000' : '2500',
          '300000',
        ]);
        expect(said, `seed ${seed}`).toMatch(/^ok \d+\n$/);
      }
    },
    BOUND_MS,
  );

  it(
    'names made and moved by many processes end as on a plain directory',
    async () => {
      for (let seed = FIRST_SEED; seed < FIRST_SEED + (isLong ? 30 : 1); seed += 1) {
        const said: string[] = [];
        for (const root of [plain.path, resources]) {
          const where = join(root, `names-${seed}`);
          await mkdir(where);
          said.push(
            await output('python3', [
              '-B',
              join(PROGRAMS, 'random_names.py'),
              where,
              String(seed),
              '4',
              isLong ? '5000' : '600',
            ]),
          );
        }
        expect(said[1], `seed ${seed}`).toBe(said[0]);
        expect(said[0]).toMatch(/'ok', \d{2,}/);
      }
    },
    BOUND_MS,
  );

  it(
    'mixed load leaves no descriptor and no handle behind, and memory where it was',
    async () => {
      const load = async (round: number) => {
        const where = join(resources, `load-${round}`);
        await mkdir(where);
        await run('sh', ['-e', '-c', MIXED], { cwd: where, timeout: BOUND_MS / 2, killSignal: 'SIGKILL' });
        await run('rm', ['-rf', where]);
      };
      await load(0);
      const before = await held(mount);
      for (let round = 1; round <= (isLong ? 40 : 3); round += 1) await load(round);
      await eventually(
        async () => {
          await run('sh', ['-c', 'echo 2 > /proc/sys/vm/drop_caches || true']);
          const after = await held(mount);
          expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 8);
          expect(after.residentBytes).toBeLessThan(before.residentBytes + 200 * 1024 * 1024);
          return true;
        },
        { timeoutMs: 20_000, intervalMs: 500, what: 'what the mount held before the load' },
      );
      expect((await mount.stop()).leaked).toBe(0);
    },
    BOUND_MS,
  );
});

const MIXED = `
git init -q r; cd r; for i in $(seq 40); do mkdir -p d$((i % 5)); seq $i > d$((i % 5))/f$i.txt; done
git add -A; git -c user.name=t -c user.email=t@example.org commit -q -m one; cd ..
git clone -q r c; git -C c fsck --strict
rsync -a c/ s/; rsync -a --delete r/ s/
sqlite3 db 'CREATE TABLE t(a); WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n WHERE x<2000) INSERT INTO t SELECT x FROM n; DELETE FROM t WHERE a % 3 = 0; VACUUM;'
tar cf t.tar s; mkdir u; tar xf t.tar --overwrite -C u; for i in $(seq 30); do mv db moved; mv moved db; : > e$i; rm e$i; done
find . -type f | wc -l; grep -rc 1 s > /dev/null || true
`;

async function held(mount: TestMount): Promise<{ descriptors: number; residentBytes: number }> {
  const status = await readFile(`/proc/${mount.pid}/status`, 'utf8');
  return {
    descriptors: readdirSync(`/proc/${mount.pid}/fd`).length,
    residentBytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024,
  };
}

/** What a program prints, also when it ends with an error. */
async function output(program: string, args: readonly string[]): Promise<string> {
  const options = { timeout: BOUND_MS - 10_000, killSignal: 'SIGKILL' as const, maxBuffer: 1 << 26 };
  try {
    return (await run(program, [...args], options)).stdout;
  } catch (error) {
    return String((error as { stdout?: string }).stdout) + String(error);
  }
}
