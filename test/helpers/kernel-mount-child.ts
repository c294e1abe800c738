/**
 * A process that mounts the test vfs with the kernel driver: a test must never touch a mount its own process serves.
 * Arguments: mountpoint, content directory, settings as JSON. Speaks JSON lines: `{"ready":…}` when mounted, then one
 * answer for each request line on standard input.
 */
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { silentLogger } from '../../src/base/log.ts';
import { createKernelDriver, type KernelOptions } from '../../src/mount/kernel/index.ts';
import { kernelVfs } from './kernel-vfs.ts';

export interface ChildSettings extends KernelOptions {
  readonly operationTimeoutMs?: number;
  readonly readOnly?: boolean;
  readonly allowOther?: boolean;
  readonly passthrough?: boolean;
}

const [mountpoint = '', contentDir = '', settingsText = '{}'] = process.argv.slice(2);
const {
  operationTimeoutMs = 5_000,
  readOnly = false,
  allowOther = false,
  passthrough = false,
  ...settings
} = JSON.parse(settingsText) as ChildSettings;
const vfs = kernelVfs(contentDir);
const driver = createKernelDriver(settings);

const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

const mount = () =>
  driver.mount({
    mountpoint,
    vfs,
    readOnly,
    allowOther,
    passthrough,
    source: 'vikingfs-test',
    operationTimeoutMs,
    log: silentLogger,
    onError: (op, path, error, pid) => vfs.failed(op, path, error, pid),
  });

/** So that what is measured afterwards is held by somebody. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

let session = await mount();
session.ended.then(() => say({ event: 'ended' }));

const commands: Record<string, (argument: string) => unknown> = {
  stats: () => session.stats(),
  changes: () => vfs.changes.splice(0),
  failures: () => vfs.failures.splice(0),
  invalidate: (path) => session.invalidate(path),
  set: (argument) => {
    const { path, text } = JSON.parse(argument) as { path: string; text: string };
    vfs.set(path, text);
  },
  unmount: () => session.unmount(),
  async cycle(count) {
    for (let round = 0; round < Number(count); round += 1) {
      await session.unmount();
      session = await mount();
    }
  },
  /** The same, each mount used by a process of its own. */
  async used(count) {
    const { execFile } = await import('node:child_process');
    const script =
      'cd resources && echo text > f && cat f .overview.md ../.viking/status && mkdir -p d && ls -la . d && mv f d/f && rm -r d';
    for (let round = 0; round < Number(count); round += 1) {
      await session.unmount();
      session = await mount();
      await new Promise((resolve) => {
        execFile('sh', ['-c', `cd "$0" && ${script}`, mountpoint], { timeout: 20_000 }, resolve);
      });
    }
  },
  /** What the process holds, for leak tests. */
  async held() {
    const { readdirSync, readFileSync } = await import('node:fs');
    collectGarbage();
    const rssKb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
    return {
      descriptors: readdirSync('/proc/self/fd').length,
      threads: readdirSync('/proc/self/task').length,
      children: readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
        .split(' ')
        .filter((pid) => pid !== '').length,
      rssKb,
    };
  },
  block: (ms) => {
    const until = performance.now() + Number(ms);
    while (performance.now() < until);
  },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const space = line.indexOf(' ');
  const [name, argument] = space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
  Promise.resolve()
    .then(() => commands[name]?.(argument))
    .then(
      (value) => say({ answer: value ?? null }),
      (error: unknown) => say({ error: String(error) }),
    );
});

process.on('SIGTERM', () => void session.unmount().then(() => process.exit(0)));
say({ ready: process.pid });
