/** Who waits for an append through a mount: told as soon as it is on disk, and never before. */
import { appendFileSync, readFileSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DurableWaiter } from '../../../src/base/durable-waiter.ts';
import { ADA, openSessionHome, type SessionHome } from '../../helpers/session-home.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let temp: TempDir;
let home: SessionHome;
let file: string;
beforeEach(async () => {
  temp = await tempDir();
  home = await openSessionHome(temp.path);
  await home.sessions.create(ADA, { sessionId: 's' });
  file = join(temp.path, 'content/default/user/ada/sessions/s/messages.jsonl');
});
afterEach(async () => {
  await home.close();
  await temp.remove();
});

const line = (content: string): Buffer => Buffer.from(`${JSON.stringify({ role: 'user', content })}\n`);

interface Watched extends DurableWaiter {
  /** The file at each time it was told. */
  readonly seen: string[];
  readonly writes: number;
}

/** A driver's waiter; `write` is how its thread writes. */
function waiter(write?: (fd: number, bytes: Uint8Array) => number): Watched {
  const seen: string[] = [];
  let writes = 0;
  return {
    seen,
    get writes() {
      return writes;
    },
    write(fd, bytes) {
      if (write === undefined) return undefined;
      writes += 1;
      return Promise.resolve().then(() => write(fd, bytes));
    },
    told: () => void seen.push(readFileSync(file, 'utf8')),
    isTold: () => seen.length > 0,
  };
}

it('is told when the message is in the file, by whichever thread it came there', async () => {
  for (const write of [undefined, writeSync]) {
    const one = waiter(write);
    await home.sessions.appendLines(ADA, 's', line(`says ${write === undefined}`), one);
    expect(one.seen).toHaveLength(1);
    expect(one.seen[0]).toContain(`says ${write === undefined}`);
    expect(one.writes).toBe(write === undefined ? 0 : 1);
  }
  expect((await home.sessions.get(ADA, 's')).message_count).toBe(2);
});

it('is not told of a write that failed or was cut short; nothing of it stays, and the next one is kept', async () => {
  const full = Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC', errno: -28, syscall: 'write' });
  const half = waiter((fd, bytes) => writeSync(fd, bytes, 0, bytes.length >> 1));
  const none = waiter(() => {
    throw full;
  });
  await home.sessions.appendLines(ADA, 's', line('before'));
  const before = await readFile(file, 'utf8');
  for (const one of [half, none]) {
    await expect(home.sessions.appendLines(ADA, 's', line('lost'), one)).rejects.toMatchObject({
      code: 'NO_SPACE',
    });
    expect(one.writes).toBe(1);
    expect(one.seen).toEqual([]);
    expect(await readFile(file, 'utf8')).toBe(before);
  }
  await home.sessions.appendLines(ADA, 's', line('after'), waiter(writeSync));
  expect((await home.sessions.get(ADA, 's')).message_count).toBe(2);
  expect(await readFile(file, 'utf8')).toMatch(/before.*after/s);
});

it('shares a write with others, and each is told once', async () => {
  const [first, ...rest] = Array.from({ length: 5 }, () => waiter(writeSync));
  await Promise.all(
    [first!, ...rest].map((one, at) => home.sessions.appendLines(ADA, 's', line(`number ${at}`), one)),
  );
  for (const one of [first!, ...rest]) expect(one.seen).toHaveLength(1);
  expect([first!, ...rest].every(({ writes }) => writes === 0)).toBe(true);
  expect((await home.sessions.get(ADA, 's')).message_count).toBe(5);
});

it('takes lines that another program put into the file in between', async () => {
  await home.sessions.appendLines(ADA, 's', line('ours'), waiter(writeSync));
  appendFileSync(file, line('theirs'));
  await home.sessions.appendLines(ADA, 's', line('ours again'), waiter(writeSync));
  expect((await home.sessions.get(ADA, 's')).message_count).toBe(3);
});
