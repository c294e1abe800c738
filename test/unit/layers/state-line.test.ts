import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ContentStore, openContent } from '../../../src/content/index.ts';
import { samplingLine, samplingOf, withoutState, withState } from '../../../src/layers/state-line.ts';
import { SHALLOW_MS } from '../../../src/layers/wave.ts';
import { type LayeredTree, withTree } from './tree.ts';

const SAMPLED = `# T\n\nAbstract.\n\n${samplingLine({ shown: 32, entries: 40 })}`;

describe('the last line of an overview', () => {
  it('tells sampling, and that it is not fresh when it is not', () => {
    expect(withState(SAMPLED, 'fresh')).toBe(SAMPLED);
    expect(withState(SAMPLED, 'stale').split('\n').at(-1)).toBe(
      'Shows 32 of 40 entries. Stale: described before the latest change.',
    );
    expect(withState('# T\n\nAll.', 'failed').split('\n').at(-1)).toMatch(/^Failed: /);
  });

  it('is read back, and taken off again', () => {
    for (const freshness of ['fresh', 'stale', 'failed', 'partial'] as const) {
      for (const text of [SAMPLED, '# T\n\nAll.']) {
        const told = withState(text, freshness);
        expect(samplingOf(told)).toEqual(text === SAMPLED ? { shown: 32, entries: 40 } : undefined);
        expect(withoutState(`${told}\n`).trimEnd()).toBe(text);
      }
    }
    expect(samplingOf('Shows 1 of 2 entries, says a file.\n\nMore.')).toBeUndefined();
  });

  it('of one that was asked for before all files were read says so, until they are', async () => {
    const files: Record<string, string> = {};
    for (let at = 0; at < 60; at++) files[`large/f${at}.md`] = `# F${at}\n\nText ${at}.\n`;
    // Nothing is built by itself, and one file takes longer than a read without time goes on reading.
    let delayMs = 2 * SHALLOW_MS;
    const late = async (tree: LayeredTree): Promise<ContentStore> => {
      const content = await openContent(tree.contentDir);
      return {
        ...content,
        read: async (path, limit) => {
          if (delayMs > 0) await sleep(delayMs);
          return content.read(path, limit);
        },
      };
    };
    await withTree(
      files,
      async (tree) => {
        await tree.reopen(await late(tree));
        const early = await tree.engine.read('acme/resources/docs/large', 'overview', 0);
        expect(early.freshness).toBe('stale');
        expect(early.text.trimEnd().split('\n').at(-1)).toBe(
          'Shows 32 of 60 entries. Incomplete: not all has been read yet.',
        );
        delayMs = 0;
        await tree.engine.flush();
        const whole = await tree.engine.read('acme/resources/docs/large', 'overview', 0);
        expect(whole.freshness).toBe('fresh');
        expect(whole.text).not.toContain('Incomplete');
      },
      { yields: () => true },
    );
  });

  it('of a stale overview says so, and a copy of it pins nothing', async () => {
    const files: Record<string, string> = {};
    for (let at = 0; at < 40; at++) files[`many/f${at}.md`] = `# F${at}\n\nText ${at}.\n`;
    await withTree(files, async (tree) => {
      await tree.engine.flush();
      expect(await tree.engine.state('acme/resources/docs/many')).toMatchObject({
        freshness: 'fresh',
        sampled: { shown: 32, entries: 40 },
      });
      await tree.write('many/new.md', '# New\n');
      const { text, freshness } = await tree.engine.read('acme/resources/docs/many', 'overview', 0);
      expect(freshness).toBe('stale');
      expect(text.split('\n').at(-1)).toBe(
        'Shows 32 of 40 entries. Stale: described before the latest change.',
      );
      expect(text.length).toBeLessThanOrEqual(4000);
      expect(await tree.engine.isGenerated(`${text}\n`)).toBe(true);
      expect((await tree.engine.read('acme/resources/docs/many', 'abstract', 0)).text).not.toContain('Stale');
    });
  });
});
