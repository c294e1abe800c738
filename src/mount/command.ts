import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Exit code; undefined when it was not found, was killed or did not end in time. */
  readonly code: number | undefined;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/**
 * Runs a command without a shell and waits at most `timeoutMs`. A child stuck in a dead mount may survive its SIGKILL
 * for a while; it is not waited for.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-4_096);
    });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.unref();
      child.stderr.destroy();
      resolve({ code: undefined, stderr, timedOut: true });
    }, timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: undefined, stderr: error.message, timedOut: false });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? undefined, stderr, timedOut: false });
    });
  });
}
