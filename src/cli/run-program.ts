import { execFile } from 'node:child_process';

export interface ProgramResult {
  /** Undefined when it could not be started or did not end in time. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, within a bound. Never throws: whoever asks decides what a failure means. */
export function runProgram(
  program: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({
        code,
        stdout,
        stderr: code === undefined && stderr === '' ? (error?.message ?? '') : stderr,
      });
    });
  });
}
