import { spawn } from 'node:child_process';
import { programOf } from './program.ts';

const END_MS = 90_000;

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard input; none is an empty one. */
  readonly stdin?: string | Uint8Array;
}

export interface CliResult {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
  /** Standard output as JSON. */
  // An answer is whatever the command documents; tests say what they expect of it.
  json(): {
    status: string;
    time: number;
    result: unknown;
    error?: { code: string; message: string; hint?: string };
  };
}

/** The real `ov` in a process of its own. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...programOf('cli'), ...args], {
      cwd: options.cwd ?? '/',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => out.push(piece));
    child.stderr.on('data', (piece: Buffer) => err.push(piece));
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const bytes = Buffer.concat(out);
      const stdout = bytes.toString();
      resolve({
        code: code ?? signal ?? 1,
        stdout,
        stderr: Buffer.concat(err).toString(),
        bytes,
        json: () => JSON.parse(stdout) as ReturnType<CliResult['json']>,
      });
    });
    // The command may end without reading what it is given.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin);
  });
}
