import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { abortConnection } from '../../src/mount/index.ts';
import { testProgramOf } from '../helpers/program.ts';
import type { CaseAnswer } from './client.ts';

/** Runs cases one after the other in a client process, each with a bound; a stuck one is freed by an abort. */
export interface MountRunner {
  /** @throws what the case threw, or that it did not end in time */
  run(name: string, root: string, timeoutMs: number): Promise<void>;
  close(): void;
}

export function startRunner(mountpoint: string): MountRunner {
  let client: ChildProcessByStdio<Writable, Readable, null> | undefined;
  let answered: ((answer: CaseAnswer) => void) | undefined;

  function start(): ChildProcessByStdio<Writable, Readable, null> {
    const child = spawn(process.execPath, testProgramOf('conformance/client.ts'), {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => answered?.(JSON.parse(line) as CaseAnswer));
    child.on('exit', (code, signal) => {
      if (client === child) client = undefined;
      answered?.({ name: '', error: `the client ended (${code ?? signal})` });
    });
    return child;
  }

  return {
    async run(name, root, timeoutMs) {
      client ??= start();
      const child = client;
      const answer = await new Promise<CaseAnswer>((resolve) => {
        const timer = setTimeout(() => resolve({ name, error: `not within ${timeoutMs} ms` }), timeoutMs);
        answered = (given) => {
          clearTimeout(timer);
          answered = undefined;
          resolve(given);
        };
        child.stdin.write(`${JSON.stringify({ name, root })}\n`);
      });
      answered = undefined;
      if (answer.error?.startsWith('not within') === true) {
        await abortConnection(mountpoint);
        child.kill('SIGKILL');
        client = undefined;
      }
      if (answer.error !== undefined) throw new Error(answer.error);
    },
    close() {
      client?.kill('SIGKILL');
      client = undefined;
    },
  };
}
