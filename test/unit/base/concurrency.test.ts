import { describe, expect, it } from 'vitest';
import { withDeadline } from '../../../src/base/deadline.ts';
import { KeyedLock } from '../../../src/base/lock.ts';

describe('KeyedLock', () => {
  it('runs one lane in order and lets other lanes pass', async () => {
    const lock = new KeyedLock();
    const log: string[] = [];
    let open!: () => void;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const first = lock.run('a', async () => {
      await gate;
      log.push('a1');
    });
    const second = lock.run('a', async () => void log.push('a2'));
    await lock.run('b', async () => void log.push('b'));
    expect(log).toEqual(['b']);
    open();
    await Promise.all([first, second]);
    expect(log).toEqual(['b', 'a1', 'a2']);
    expect(lock.size).toBe(0);
  });

  it('goes on after a failure', async () => {
    const lock = new KeyedLock();
    const failing = lock.run('a', () => Promise.reject(new Error('no')));
    const next = lock.run('a', async () => 'yes');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });
});

describe('withDeadline', () => {
  it('passes a value and an error through', async () => {
    expect(await withDeadline(Promise.resolve(1), 1_000, 'x')).toBe(1);
    await expect(withDeadline(Promise.reject(new Error('inner')), 1_000, 'x')).rejects.toThrow('inner');
  });

  it('names what did not answer', async () => {
    const never = new Promise(() => undefined);
    await expect(withDeadline(never, 5, 'reading a.md')).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: expect.stringContaining('reading a.md'),
    });
  });
});
