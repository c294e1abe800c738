import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** More than Node reads of a pipe that nobody reads, less than the pipe and that hold. */
const ROOM_CHARACTERS = 150_000;
const LOG = fileURLToPath(new URL('../../../src/base/log.ts', import.meta.url));

/** Logs from a process of its own; its answer is on standard output, after the last line. */
function logger(stderr: 'pipe' | number): ReturnType<typeof spawn> {
  const program = `
    const { createLogger } = await import(${JSON.stringify(LOG)});
    process.on('uncaughtException', (error) => process.stdout.write('uncaught ' + error.code));
    const log = createLogger('info');
    for (let n = 0; n < 50; n += 1) {
      log.info({ n }, 'x'.repeat(400) + ' ünï');
      await new Promise((resolve) => setImmediate(resolve));
    }
    process.stdout.write('alive');`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', stderr],
  });
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  for await (const part of stream ?? []) text += part;
  return text;
}

it('writes whole JSON lines', async () => {
  const child = logger('pipe');
  const [text, said] = await Promise.all([textOf(child.stderr), textOf(child.stdout)]);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map((line) => line.n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  expect(lines[7].msg.endsWith('ünï')).toBe(true);
  expect(said).toBe('alive');
});

it('tears no line of a reader that is far behind: the line it has no room for is dropped, the next begins anew', async () => {
  const program = `
    const { createLogger } = await import(${JSON.stringify(LOG)});
    const log = createLogger('info');
    for (let n = 0; n < 200; n += 1) log.info({ n }, 'x'.repeat(9000));
    process.stdout.write('full');
    process.stdin.once('data', () => { log.info({ n: 1000 }, 'after'); process.exit(0); });`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // Standard error is not read before it is full, and has room again before it goes on.
  await once(child.stdout!, 'data');
  let text = '';
  child.stderr!.on('data', (part) => {
    // Node had read some of it before it was asked to: what is beyond has left the pipe since.
    if (text.length < ROOM_CHARACTERS && text.length + part.length >= ROOM_CHARACTERS)
      child.stdin!.write('go');
    text += String(part);
  });
  await once(child, 'close');
  const whole = text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line).n as number];
    } catch {
      return [];
    }
  });
  expect(whole[0]).toBe(0);
  expect(whole.length).toBeLessThan(200);
  expect(whole).toContain(1000);
});

it('lives on when its log lies on a full disk', async () => {
  const child = logger(openSync('/dev/full', 'w'));
  expect(await textOf(child.stdout)).toBe('alive');
});

it('lives on when the reader of its log is gone', async () => {
  const child = logger('pipe');
  child.stderr?.destroy();
  const ended = once(child, 'exit');
  expect(await textOf(child.stdout)).toBe('alive');
  expect((await ended)[0]).toBe(0);
});
