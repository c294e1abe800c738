import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { VikingError } from '../errors/index.ts';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface ForegroundProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a program on our own standard streams until it ends, and passes signals on. @throws UNAVAILABLE */
export function runForeground({ program, args, env }: ForegroundProgram): Promise<{ exit_code: number }> {
  const child = spawn(program, args, { stdio: 'inherit', env });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.on('error', (error) =>
      reject(new VikingError('UNAVAILABLE', `${program}: ${error.message}`, { cause: error })),
    );
    child.on('exit', (code, signal) => {
      for (const one of FORWARDED) process.off(one, forward);
      resolve({ exit_code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) });
    });
  });
}
