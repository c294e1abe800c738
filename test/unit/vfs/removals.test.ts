import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { errnoOf, toVikingError } from '../../../src/errors/index.ts';
import type { FailedOperation } from '../../../src/vfs/failures.ts';
import { createRemovals, type Removals } from '../../../src/vfs/session/removals.ts';
import { eventually } from '../../helpers/eventually.ts';

describe('entries hidden by a removal under way', () => {
  const recorded: { failed: FailedOperation; error: unknown }[] = [];
  let removals: Removals;

  beforeEach(() => {
    recorded.length = 0;
    removals = createRemovals({ record: (failed, error) => recorded.push({ failed, error }) }, 50);
  });
  afterEach(() => {
    removals.close();
    vi.useRealTimers();
  });

  it('come back when the directory is not removed, and the reason is recorded', async () => {
    removals.hide({ id: 's', inner: ['messages.jsonl'], path: '/user/alice/sessions/s/messages.jsonl' });
    expect(removals.isHidden('s', ['messages.jsonl'])).toBe(true);
    expect(removals.isHidden('s', ['.meta.json'])).toBe(false);
    expect(removals.isHidden('t', ['messages.jsonl'])).toBe(false);
    await eventually(() => !removals.isHidden('s', ['messages.jsonl']), { what: 'the entry is back' });
    expect(recorded).toHaveLength(1);
    expect(errnoOf(recorded[0]!.error)).toBe(1);
    expect(toVikingError(recorded[0]!.error).message).toMatch(/removed as a whole/);
  });

  it('stay hidden while more is being removed', () => {
    vi.useFakeTimers();
    removals.hide({ id: 's', inner: ['a'], path: '/a' });
    for (let round = 0; round < 5; round += 1) {
      vi.advanceTimersByTime(40);
      removals.hide({ id: 's', inner: [`b${round}`], path: '/b' });
    }
    expect(removals.isHidden('s', ['a'])).toBe(true);
    vi.advanceTimersByTime(50);
    expect(removals.isHidden('s', ['a'])).toBe(false);
  });

  it('are forgotten when the session went', () => {
    vi.useFakeTimers();
    removals.hide({ id: 's', inner: ['a'], path: '/a' });
    removals.clear('s');
    expect(removals.isHidden('s', ['a'])).toBe(false);
    vi.advanceTimersByTime(1_000);
    expect(recorded).toEqual([]);
  });
});
