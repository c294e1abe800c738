/** The tour in the README, run as printed in one shell, against the output that is printed below each command. */
import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { tryShell } from '../helpers/shell.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
const MARK = '@@step';

interface Step {
  readonly command: string;
  /** What is printed below the command. */
  readonly shown: string;
}

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon();
  await mkdir(join(daemon.dir, 'bin'));
  const entry = `exec ${process.execPath} --import ${import.meta.resolve('tsx')} ${ROOT}/src/cli/main.ts "$@"`;
  await writeFile(join(daemon.dir, 'bin/ov'), `#!/bin/sh\n${entry}\n`, { mode: 0o755 });
  await mkdir(join(daemon.dir, 'viking'));
  // As scripts/start does: the drive at ~/viking, docs/ as the first resource.
  await daemon.client.mount({ mountpoint: join(daemon.dir, 'viking') });
  await symlink(join(ROOT, 'docs'), join(daemon.dir, 'docs'));
  await daemon.client.addResource({
    path: join(ROOT, 'docs'),
    to: 'viking://resources/vikingfs',
    wait: true,
  });
});
afterAll(() => daemon.close());

it('does what it says', async () => {
  const steps = tour(readFileSync(join(ROOT, 'README.md'), 'utf8'));
  expect(steps.length).toBeGreaterThan(15);
  const printed = await run(steps);
  for (const [index, step] of steps.entries()) {
    expect(printed[index] ?? '', `$ ${step.command}`).toMatch(pattern(step.shown));
  }
}, 60_000);

function tour(readme: string): Step[] {
  const section = readme.slice(readme.indexOf('## Five minutes'), readme.indexOf('## Where things are'));
  const blocks = [...section.matchAll(/```console\n([\s\S]*?)```/g)].map((match) => match[1]!);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const end = text.indexOf('\n');
        return { command: text.slice(0, end), shown: text.slice(end + 1).trimEnd() };
      }),
  );
}

async function run(steps: readonly Step[]): Promise<string[]> {
  const lines = steps.map((step) => `echo '${MARK}'; ${step.command}`);
  const environment = Object.entries({ ...daemon.env, PATH: `${daemon.dir}/bin:${daemon.env['PATH']}` });
  const exports = environment.map(([name, value]) => `export ${name}='${value}'`);
  const script = ['exec 2>&1', ...exports, ...lines].join('\n');
  await writeFile(join(daemon.dir, 'tour.sh'), `${script}\n`);
  const { stdout } = await tryShell(`bash ${daemon.dir}/tour.sh`, 50_000);
  return stdout
    .split(`${MARK}\n`)
    .slice(1)
    .map((text) => text.trimEnd());
}

/** `…` stands for any text, also over several lines. */
function pattern(shown: string): RegExp {
  const escaped = shown.split('…').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('[\\s\\S]*')}$`);
}
