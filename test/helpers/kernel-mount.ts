import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ChildSettings } from './kernel-mount-child.ts';
import { testProgramOf } from './program.ts';
import { tempDir } from './temp-dir.ts';

const START_MS = 20_000;
const ANSWER_MS = 30_000;
const SHELL_MS = 20_000;

export interface Shelled {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface KernelMount {
  readonly pid: number;
  readonly mountpoint: string;
  /** The plain directory behind `/resources`. */
  readonly backing: string;
  readonly dir: string;
  /** Runs a bash script in `/resources` of the mount, in a process with a bounded life. */
  sh(script: string, options?: { readonly user?: number }): Promise<Shelled>;
  /** Asks the mounting process; see `kernel-mount-child.ts`. */
  ask<T>(command: string): Promise<T>;
  signal(name: NodeJS.Signals): void;
  /** Resolves when the mounting process is gone. */
  readonly gone: Promise<void>;
  /** Resolves when the driver said that the mount ended. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** A mount of the small test vfs, served by another process than the test. */
export async function kernelMount(settings: ChildSettings = {}, asUser?: number): Promise<KernelMount> {
  const temp = await tempDir();
  const mountpoint = join(temp.path, 'mnt');
  const content = join(temp.path, 'content');
  for (const path of [mountpoint, join(content, 'resources'), join(content, 'user', 'me')]) {
    await mkdir(path, { recursive: true });
  }
  if (asUser !== undefined) {
    await run('chown', ['-R', `${asUser}:${asUser}`, temp.path]);
    await chmod(temp.path, 0o755);
  }
  const child = spawn(
    process.execPath,
    [...testProgramOf('helpers/kernel-mount-child.ts'), mountpoint, content, JSON.stringify(settings)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      ...(asUser === undefined
        ? {}
        : { uid: asUser, gid: asUser, env: { ...process.env, HOME: temp.path, TMPDIR: temp.path } }),
    },
  );
  const answers: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
  let ready!: () => void;
  let sayEnded!: () => void;
  const whenReady = new Promise<void>((resolve) => (ready = resolve));
  const ended = new Promise<void>((resolve) => (sayEnded = resolve));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as { ready?: number; event?: string; answer?: unknown; error?: string };
    if (said.ready !== undefined) ready();
    else if (said.event !== undefined) sayEnded();
    else if (said.error !== undefined) answers.shift()?.reject(new Error(said.error));
    else answers.shift()?.resolve(said.answer);
  });
  const mount: KernelMount = {
    pid: child.pid!,
    mountpoint,
    backing: join(content, 'resources'),
    dir: temp.path,
    // The directory is entered by the shell: before it has the user's rights, root might be kept out.
    sh: (script, { user } = {}) =>
      run('bash', ['--norc', '-c', `cd '${join(mountpoint, 'resources')}' || exit 99\n${script}`], { user }),
    ask<T>(command: string) {
      const answer = new Promise<T>((resolve, reject) => {
        answers.push({ resolve: (value) => resolve(value as T), reject });
      });
      child.stdin.write(`${command}\n`);
      return within(answer, ANSWER_MS, `answer to ${command}`);
    },
    signal: (name) => void child.kill(name),
    gone,
    ended,
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await within(gone, 10_000, 'end of the mounting process').catch(async () => {
          child.kill('SIGKILL');
          await gone;
        });
      }
      await run('umount', ['-l', mountpoint]);
      await run('rm', ['-rf', temp.path]);
    },
  };
  try {
    await within(
      Promise.race([whenReady, gone.then(() => Promise.reject(new Error('it ended')))]),
      START_MS,
      'mount',
    );
  } catch (error) {
    await mount.close();
    throw error;
  }
  return mount;
}

/** Runs a command with a deadline; it never rejects. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly user?: number | undefined; readonly timeoutMs?: number } = {},
): Promise<Shelled> {
  const { user, timeoutMs = SHELL_MS } = options;
  return new Promise((resolve) => {
    const settings = {
      ...(user === undefined ? {} : { uid: user, gid: user }),
      timeout: timeoutMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: 1 << 26,
    };
    execFile(command, [...args], settings, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out, err });
    });
  });
}

export async function within<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** True when the suites of the kernel driver can run here. */
export const canMount = process.geteuid?.() === 0;
