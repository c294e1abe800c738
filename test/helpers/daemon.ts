import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, createClient } from '../../src/client/index.ts';
import { eventually } from './eventually.ts';
import { programOf } from './program.ts';
import { tempDir } from './temp-dir.ts';

const START_MS = 30_000;
const END_MS = 30_000;

export interface TestDaemonOptions {
  /** Laid over the environment of the test run. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: a new temporary directory. Kept when the daemon ends, so that another one can open it. */
  readonly home?: string;
}

export interface TestDaemon {
  /** Temporary directory for the test's own files; removed by `close`. */
  readonly dir: string;
  readonly home: string;
  readonly socketPath: string;
  readonly client: Client;
  /** What a CLI needs in its environment to talk to this daemon and to no other. */
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number;
  /** Everything it has logged. */
  log(): string;
  /** Resolves with the exit code, or the signal, when the process has ended. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** SIGTERM, and waits. */
  stop(): Promise<number | NodeJS.Signals>;
  /** SIGKILL, and waits. */
  kill(): Promise<void>;
  /** Ends it if it runs, and removes its directory. */
  close(): Promise<void>;
}

/** A real daemon process on a home and socket of its own. */
export async function startTestDaemon(options: TestDaemonOptions = {}): Promise<TestDaemon> {
  const dir = await tempDir();
  const home = options.home ?? join(dir.path, 'home');
  mkdirSync(home, { recursive: true });
  const socketPath = join(dir.path, 'run', 'control.sock');
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: dir.path,
    VIKINGFS_HOME: home,
    VIKINGFS_SOCKET: socketPath,
    VIKINGFS_USER: 'tester',
    ...options.env,
  };
  const child = spawn(process.execPath, programOf('daemon'), {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (log += String(piece)));
  const ended = endOf(child);
  const client = createClient({ socketPath, timeoutMs: 30_000 });

  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
      await ended;
      clearTimeout(timer);
    }
    await dir.remove();
  };
  try {
    await eventually(
      async () => {
        if (child.exitCode !== null || child.signalCode !== null) return true;
        return (await client.health()).healthy;
      },
      { what: 'the daemon answers', timeoutMs: START_MS, intervalMs: 25 },
    );
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the daemon ended');
  } catch (error) {
    await close();
    throw new Error(`${(error as Error).message}\n${log}`, { cause: error });
  }
  return {
    dir: dir.path,
    home,
    socketPath,
    client,
    env,
    pid: child.pid!,
    log: () => log,
    ended,
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    close,
  };
}

function endOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
}
