import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { abortConnection, type DriverChoice, listMounts, unmountFuse } from '../../src/mount/index.ts';
import type { MountProcessOptions } from './mount-process.ts';
import { testProgramOf } from './program.ts';
import { type TempDir, tempDir } from './temp-dir.ts';

const START_MS = 40_000;
const END_MS = 20_000;

export interface StartMountOptions {
  readonly driver?: DriverChoice;
  readonly readOnly?: boolean;
  readonly actorPeer?: string;
  /** Let other users of the machine in. */
  readonly allowOther?: boolean;
  readonly operationTimeoutMs?: number;
  readonly lateMail?: boolean;
  readonly models?: MountProcessOptions['models'];
  readonly modelPace?: MountProcessOptions['modelPace'];
  /** Work in this directory (home and mountpoint below it) instead of a new one. */
  readonly dir?: TempDir;
}

export interface TestMount {
  readonly dir: TempDir;
  readonly mountpoint: string;
  readonly contentDir: string;
  readonly driver: string;
  readonly pid: number;
  log(): string;
  /** The driver's counters. */
  stats(): Promise<Readonly<Record<string, number>>>;
  /** SIGTERM; resolves with what the process said at its end. */
  stop(): Promise<{ ended?: string; leaked?: number; code: number | null }>;
  /** SIGKILL: leaves a dead mount behind. */
  kill(): Promise<void>;
  /** Ends the process by any means, frees the mount and removes the directory. */
  close(): Promise<void>;
}

/** A mount of the user `alice` served by a child process. @throws what the child said when it could not mount */
export async function startMount(options: StartMountOptions = {}): Promise<TestMount> {
  const dir = options.dir ?? (await tempDir());
  const settings: MountProcessOptions = {
    home: join(dir.path, 'home'),
    mountpoint: join(dir.path, 'mnt'),
    driver: options.driver ?? 'auto',
    readOnly: options.readOnly ?? false,
    allowOther: options.allowOther ?? false,
    operationTimeoutMs: options.operationTimeoutMs ?? 20_000,
    ...(options.lateMail === undefined ? {} : { lateMail: options.lateMail }),
    ...(options.actorPeer === undefined ? {} : { actorPeer: options.actorPeer }),
    ...(options.models === undefined ? {} : { models: options.models }),
    ...(options.modelPace === undefined ? {} : { modelPace: options.modelPace }),
  };
  const child = spawn(
    process.execPath,
    [...testProgramOf('helpers/mount-process.ts'), JSON.stringify(settings)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let log = '';
  child.stderr.on('data', (piece) => (log += String(piece)));
  const messages: Record<string, unknown>[] = [];
  const waiting: (() => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    messages.push(JSON.parse(line) as Record<string, unknown>);
    for (const wake of waiting.splice(0)) wake();
  });
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));

  async function free(): Promise<void> {
    await end(child, 'SIGKILL', exited);
    const left = (await listMounts()).filter((entry) => entry.mountpoint.startsWith(`${dir.path}/`));
    for (const { mountpoint } of left.reverse()) {
      await abortConnection(mountpoint);
      await unmountFuse(mountpoint);
    }
  }

  const first = await within(
    Promise.race([
      new Promise<void>((resolve) => (messages.length > 0 ? resolve() : waiting.push(resolve))),
      exited.then(() => undefined),
    ]),
    START_MS,
  ).then(() => messages[0]);
  if (first?.['ready'] !== true) {
    await free();
    if (options.dir === undefined) await dir.remove();
    const failed = first?.['failed'] as { code?: string; message?: string } | undefined;
    throw Object.assign(new Error(failed?.message ?? `the mount process did not start\n${log}`), {
      code: failed?.code,
    });
  }

  return {
    dir,
    mountpoint: settings.mountpoint,
    contentDir: String(first['contentDir']),
    driver: String(first['driver']),
    pid: child.pid!,
    log: () => log,
    async stats() {
      const said = within(new Promise<void>((resolve) => waiting.push(resolve)), END_MS);
      child.kill('SIGUSR2');
      await said;
      return messages.at(-1)?.['stats'] as Record<string, number>;
    },
    async stop() {
      const code = await end(child, 'SIGTERM', exited);
      const last = messages.at(-1) ?? {};
      return { ...(last as { ended?: string; leaked?: number }), code };
    },
    kill: async () => void (await end(child, 'SIGKILL', exited)),
    async close() {
      await free();
      await dir.remove();
    },
  };
}

async function end(
  child: ChildProcess,
  signal: NodeJS.Signals,
  exited: Promise<number | null>,
): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill(signal);
  try {
    return await within(exited, END_MS);
  } catch {
    child.kill('SIGKILL');
    return exited;
  }
}

function within<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not within ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
