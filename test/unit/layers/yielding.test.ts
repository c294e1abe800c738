import { describe, expect, it } from 'vitest';
import { putsOff } from '../../../src/layers/yielding.ts';
import { eventually } from '../../helpers/eventually.ts';
import { contentPath, withTree } from './tree.ts';

const FILES = {
  'README.md': '# Harbour\n\nTide tables and moorings.\n',
  'boats/list.md': '# Boats\n\nEvery boat at its mooring.\n',
  'boats/old/list.md': '# Old boats\n\nWhat was broken up.\n',
  'tides/march.md': '# March\n\nSpring tide on the ninth.\n',
};

/** Other work on the thread, that counts how often the wave asked for leave. */
function otherWork() {
  const state = { isBusy: true, asked: 0 };
  const yields = (): boolean => {
    state.asked++;
    return state.isBusy;
  };
  const askedAgain = () => {
    const before = state.asked;
    return eventually(() => state.asked > before, { what: 'the wave asks for leave' });
  };
  return { state, yields, askedAgain };
}

describe('the background wave', () => {
  it('gives way while asked to, and goes on by itself', async () => {
    const { state, yields, askedAgain } = otherWork();
    await withTree(
      FILES,
      async ({ engine, builds }) => {
        for (let time = 0; time < 3; time++) await askedAgain();
        expect(builds()).toBe(0);
        expect(engine.status().pending).toBeGreaterThan(0);
        state.isBusy = false;
        await eventually(() => engine.status().pending === 0, { what: 'the wave ends' });
        expect(await engine.freshness(contentPath('boats/old'))).toBe('fresh');
      },
      { yields },
    );
  });

  it('does not have a reader wait, nor what a reader went without', async () => {
    const { yields, askedAgain } = otherWork();
    await withTree(
      FILES,
      async ({ engine, overview, touch, write }) => {
        await askedAgain();
        expect(await overview('tides')).toContain('Spring tide');
        // No time to build: what was asked for comes all the same, with what is below it, and nothing else does.
        await engine.read(contentPath('boats'), 'overview', 0);
        await eventually(async () => (await engine.freshness(contentPath('boats'))) === 'fresh', {
          what: 'boats are built',
        });
        expect(await engine.freshness(contentPath('boats/old'))).toBe('fresh');
        expect(await engine.freshness(contentPath(''))).toBe('missing');
        await write('tides/march.md', '# March\n\nNeap tide on the second.\n');
        touch('tides/march.md');
        expect(await overview('tides')).toContain('Neap tide');
        await askedAgain();
        expect(engine.status().pending).toBeGreaterThan(0);
      },
      { yields },
    );
  });

  it('goes on while somebody waits for it, also one that came while it gave way', async () => {
    const { yields, askedAgain, state } = otherWork();
    await withTree(
      FILES,
      async ({ engine, touch, write }) => {
        await askedAgain();
        await Promise.all([engine.flush(), engine.flush()]);
        expect(engine.status().pending).toBe(0);
        expect(await engine.freshness(contentPath(''))).toBe('fresh');
        const { asked } = state;
        await write('tides/april.md', '# April\n\nA storm.\n');
        touch('tides/april.md');
        await eventually(() => state.asked > asked, { what: 'the wave gives way again' });
        expect(await engine.freshness(contentPath('tides'))).toBe('stale');
      },
      { yields },
    );
  });

  it('ends when closed while it gives way', async () => {
    const { yields, askedAgain, state } = otherWork();
    const other = otherWork();
    await withTree(
      FILES,
      async () => {
        await withTree(FILES, async ({ engine }) => askedAgain().then(() => engine.close()), { yields });
        const { asked } = state;
        // Both would ask equally often.
        for (let time = 0; time < 3; time++) await other.askedAgain();
        expect(state.asked).toBe(asked);
      },
      { yields: other.yields },
    );
  });

  it('does not give way for ever', async () => {
    const { yields } = otherWork();
    await withTree(
      FILES,
      async ({ engine }) => {
        await eventually(() => engine.status().pending === 0, { what: 'the wave ends' });
      },
      { yields, yieldMostMs: 80 },
    );
  });
});

it('after the longest time, as many as wait go ahead, then it gives way again', async () => {
  expect(putsOff({ yields: () => true })(3)).toBe(true);
  const asks = putsOff({ yields: () => true, yieldMostMs: 100 });
  await eventually(() => !asks(3), { what: 'the longest time' });
  expect([asks(2), asks(1), asks(5)]).toEqual([false, false, true]);
  expect([putsOff({})(9), putsOff({ yields: () => false, yieldMostMs: 0 })(9)]).toEqual([false, false]);
});
