import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const MODULE = fileURLToPath(new URL('../../../src/base/failpoint.ts', import.meta.url));
const SCRIPT = `
const { failpoint } = await import(${JSON.stringify(MODULE)});
const { writeSync } = await import('node:fs');
for (const step of ['a', 'b', 'a', 'a:b', 'a']) { failpoint(step); writeSync(1, step + ' '); }
`;

function run(failpoint: string | undefined): { signal: string | null; passed: string } {
  const env = { ...process.env };
  delete env['VIKINGFS_FAILPOINT'];
  if (failpoint !== undefined) env['VIKINGFS_FAILPOINT'] = failpoint;
  const { signal, stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', SCRIPT],
    { env, encoding: 'utf8', timeout: 15_000 },
  );
  return { signal, passed: stdout.trim() };
}

describe('a failpoint', () => {
  it.each([
    [undefined, null, 'a b a a:b a'],
    ['', null, 'a b a a:b a'],
    ['elsewhere', null, 'a b a a:b a'],
    ['a', 'SIGKILL', ''],
    ['b', 'SIGKILL', 'a'],
    ['a:2', 'SIGKILL', 'a b'],
    ['a:3', 'SIGKILL', 'a b a a:b'],
    ['a:9', null, 'a b a a:b a'],
  ])('%j ends the process there, and nowhere else', (failpoint, signal, passed) => {
    expect(run(failpoint)).toEqual({ signal, passed });
  });
});
