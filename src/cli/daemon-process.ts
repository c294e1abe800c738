import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { delay } from '../base/deadline.ts';
import { ERRORS, isVikingError, VikingError } from '../errors/index.ts';
import type { Context } from './context.ts';

/** A first start scans the content directory, which may be large. */
const START_MS = 60_000;
const POLL_MS = 50;
/** A log longer than this is set aside when the daemon starts. */
const LOG_MAX_BYTES = 16 * 1024 ** 2;

/** Program and arguments of what belongs to this copy of the CLI: compiled, or from source through tsx. */
export function programOf(
  name: 'daemon' | 'mcp',
  args: readonly string[] = [],
): { program: string; args: string[] } {
  const compiled = fileURLToPath(new URL(`../${name}/main.js`, import.meta.url));
  if (!import.meta.url.endsWith('.ts') && existsSync(compiled))
    return { program: process.execPath, args: [compiled, ...args] };
  const source = fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url));
  return { program: process.execPath, args: ['--import', import.meta.resolve('tsx'), source, ...args] };
}

/** The environment in which the daemon finds the configuration this command line names. */
export function daemonEnvironment(context: Context): NodeJS.ProcessEnv {
  const { configuration } = context;
  return {
    ...context.env,
    VIKINGFS_SOCKET: configuration.socketPath,
    ...(configuration.configFile === undefined ? {} : { VIKINGFS_CONFIG: configuration.configFile }),
  };
}

export interface StartedDaemon {
  /** False when one was running already. */
  readonly started: boolean;
  readonly version: string;
  readonly logFile: string;
}

/**
 * Makes sure that a daemon answers at the configured socket, starting one that outlives us when none does.
 * @throws UNAVAILABLE with the end of its log when it ends, DEADLINE_EXCEEDED when it does not answer in time
 */
export async function ensureDaemon(context: Context): Promise<StartedDaemon> {
  const logFile = join(context.configuration.runDir, 'daemon.log');
  const running = await healthOf(context);
  if (running !== undefined) return { started: false, version: running, logFile };
  const { child, logStart } = spawnDetached(context, logFile);
  const until = performance.now() + START_MS;
  while (performance.now() < until) {
    const version = await healthOf(context);
    if (version !== undefined) {
      child.unref();
      return { started: true, version, logFile };
    }
    if (child.exitCode !== null || child.signalCode !== null) throw startFailure(child, logFile, logStart);
    await delay(POLL_MS);
  }
  child.unref();
  throw new VikingError(
    'DEADLINE_EXCEEDED',
    `the daemon (pid ${child.pid}) did not answer within ${START_MS / 1_000} s`,
    {
      hint: `It may still be starting; its log is ${logFile}.`,
    },
  );
}

async function healthOf(context: Context): Promise<string | undefined> {
  try {
    return (await context.client.health()).version;
  } catch (error) {
    if (isVikingError(error) && error.details['connected'] === false) return undefined;
    throw error;
  }
}

function spawnDetached(context: Context, logFile: string): { child: ChildProcess; logStart: number } {
  mkdirSync(context.configuration.runDir, { recursive: true, mode: 0o700 });
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_MAX_BYTES)
    renameSync(logFile, `${logFile}.1`);
  const log = openSync(logFile, 'a', 0o600);
  const logStart = statSync(logFile).size;
  const { program, args } = programOf('daemon');
  // Not in our working directory, which somebody may want to unmount or remove.
  const child = spawn(program, args, {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log],
    env: daemonEnvironment(context),
  });
  child.on('error', () => undefined);
  closeSync(log);
  return { child, logStart };
}

function startFailure(child: ChildProcess, logFile: string, logStart: number): VikingError {
  const ending =
    child.exitCode === null ? `was ended by ${child.signalCode}` : `ended with code ${child.exitCode}`;
  const lines = readFileSync(logFile).subarray(logStart).toString().trim().split('\n');
  const told = lines.findLast((line) => line.startsWith('vikingfs: '))?.slice('vikingfs: '.length);
  const hint = lines.findLast((line) => line.startsWith('hint: '))?.slice('hint: '.length);
  return new VikingError('UNAVAILABLE', `the daemon ${ending}: ${told ?? (lines.at(-1) || silence(child))}`, {
    hint: hint ?? `Its log is ${logFile}; ov doctor looks for common causes.`,
  });
}

/** A daemon on a full disk cannot write its log either; its exit code still tells. */
function silence(child: ChildProcess): string {
  return child.exitCode === ERRORS.NO_SPACE.exit
    ? 'no space left on the disk of its home'
    : 'no word in its log';
}
