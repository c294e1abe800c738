import { spawn } from 'node:child_process';

export interface ShellResult {
  readonly code: number | NodeJS.Signals | 'timeout';
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a shell line in a child and waits for it no longer than `timeoutMs`: a child stuck in a dead mount cannot be
 * killed, so its end is not waited for.
 */
export function tryShell(line: string, timeoutMs = 30_000): Promise<ShellResult> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['--norc', '-c', line], {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (piece) => (stdout += String(piece)));
    child.stderr.on('data', (piece) => (stderr += String(piece)));
    const timer = setTimeout(() => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // It ended in this very moment.
      }
      child.unref();
      resolve({ code: 'timeout', stdout, stderr });
    }, timeoutMs);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? signal ?? 'timeout', stdout, stderr });
    });
  });
}

/** Standard output of a line that must succeed. @throws with the line, its code and what it said */
export async function shell(line: string, timeoutMs?: number): Promise<string> {
  const result = await tryShell(line, timeoutMs);
  if (result.code !== 0)
    throw new Error(`${line}\nended with ${result.code}\n${result.stderr}${result.stdout}`);
  return result.stdout;
}
