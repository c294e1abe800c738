import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

export interface ChildScript {
  readonly child: ChildProcess;
  /** Everything it wrote to standard output so far. */
  output(): string;
  /** Resolves when the output contains `text`. */
  said(text: string): Promise<void>;
  /** Kills it with `signal`, SIGKILL by default, and waits for its end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

const REPOSITORY = new URL('../../', import.meta.url).pathname;

/** Runs a TypeScript module, whose imports may begin with `src/`, in a process of its own. `dir` holds the file. */
export async function childScript(dir: string, source: string): Promise<ChildScript> {
  const path = join(dir, `script-${Math.random().toString(36).slice(2)}.mts`);
  await writeFile(path, source.replaceAll(/from 'src\//g, `from '${REPOSITORY}src/`));
  const child = spawn(process.execPath, ['--import', 'tsx', path], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    child,
    output: () => output,
    said: async (text) => {
      await eventually(() => output.includes(text), { timeoutMs: 15_000, what: `the child to say ${text}` });
    },
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal);
      await gone;
    },
  };
}
