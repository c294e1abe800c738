import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDriver } from '../helpers/drivers.ts';
import { startMount, type TestMount } from '../helpers/start-mount.ts';
import { cases, pathCases } from './cases/index.ts';
import { KNOWN_LIMITS, type KnownLimit } from './known-limits.ts';
import { type MountRunner, startRunner } from './mount-runner.ts';

const CASE_MS = 40_000;

/** Every case on a real mount of one driver. Skipped where it cannot mount, unless VIKINGFS_REQUIRE_FUSE is 1. */
export async function mountSuite(driver: 'fuse-native' | 'kernel'): Promise<void> {
  const limits = KNOWN_LIMITS[driver];
  await describeDriver('conformance of a mount', driver, () => {
    let mount: TestMount;
    let runner: MountRunner;
    let made = 0;

    beforeAll(async () => {
      mount = await startMount({ driver });
      runner = startRunner(mount.mountpoint);
    }, 60_000);
    afterAll(async () => {
      runner?.close();
      await mount?.close();
    });

    function run(name: string): Promise<void> {
      made += 1;
      return runner.run(name, join(mount.mountpoint, 'resources', `case-${made}`), CASE_MS);
    }

    for (const name of [...Object.keys(cases), ...Object.keys(pathCases)]) {
      const limit = limits[name];
      if (limit === undefined) it(name, () => run(name), CASE_MS + 10_000);
      else it(`known limit (${limit.reason}): ${name}`, () => limited(limit, run(name)), CASE_MS + 10_000);
    }

    it('names only cases that exist in its table of limits', () => {
      expect(Object.keys(limits).filter((name) => !(name in cases) && !(name in pathCases))).toEqual([]);
    });

    it('ends without a leaked handle and leaves no mount', async () => {
      runner.close();
      const said = await mount.stop();
      expect(said).toEqual({ ended: 'SIGTERM', leaked: 0, code: 0 });
    }, 30_000);
  });
}

async function limited(limit: KnownLimit, running: Promise<void>): Promise<void> {
  const failure = await running.then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (failure === undefined)
    expect(limit.sometimes, 'the limit is gone: take it out of the table').toBe(true);
  else expect(failure).toMatch(limit.failure);
}
