import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { bounded } from '../../../src/base/bounded.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Ends with the reason of the signal. */
function untilAborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}

describe('bounded work', () => {
  it('ends the work although garbage is collected meanwhile', async () => {
    const collecting = setInterval(collectGarbage, 10);
    try {
      const other = new AbortController();
      const reason = await bounded({ timeoutMs: 60, signals: [other.signal] }, untilAborted);
      expect(reason).toMatchObject({ name: 'TimeoutError' });
    } finally {
      clearInterval(collecting);
    }
  });

  it('passes on who ended it first, also when that was before', async () => {
    const caller = new AbortController();
    const work = bounded({ timeoutMs: 60_000, signals: [undefined, caller.signal] }, untilAborted);
    caller.abort('enough');
    expect(await work).toBe('enough');
    expect(await bounded({ timeoutMs: 60_000, signals: [caller.signal] }, untilAborted)).toBe('enough');
  });

  it('leaves the signal of finished work alone', async () => {
    const caller = new AbortController();
    let kept!: AbortSignal;
    const value = await bounded({ timeoutMs: 1, signals: [caller.signal] }, async (signal) => {
      kept = signal;
      return 'done';
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    caller.abort();
    expect(value).toBe('done');
    expect(kept.aborted).toBe(false);
  });
});
