import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ranked } from '../../../src/retrieval/index.ts';
import { type Home, makeHome } from './home.ts';

let home: Home;
beforeEach(async () => {
  home = await makeHome({
    'acme/resources/boats/sailing/knots.md': 'The bowline is a knot for sailing boats.',
    'acme/resources/boats/sailing/wind.md': 'Sailing boats need wind; a knot is also a speed.',
    'acme/resources/boats/rowing.md': 'Rowing boats need arms.',
    'acme/resources/wood/grain.md': 'A knot in the wood weakens it.',
    'acme/resources/errors.md': 'The daemon answers E_STALE_HANDLE (code VK-4711) when a handle is stale.',
    'acme/resources/code/parse-request.ts': 'export function parseRequestBody(text: string) { return text; }',
    'acme/resources/notes.md': 'We said that the quick brown fox jumps. Later: the fox is quick and brown.',
    'acme/resources/code/.abstract.md': 'bowline bowline bowline',
  });
});
afterEach(() => home.dispose());

const find = (text: string, more = {}) =>
  home.retrieval.find({ text, within: ['acme/resources'], limit: 10, ...more });

describe('the trajectory', () => {
  it('says which directories were entered, and why others were not', async () => {
    const { provenance } = await find('sailing knot bowline', { explain: true });
    const steps = provenance!.trajectory;
    const of = (uri: string) => steps.find((step) => step.uri === uri)!;
    expect(provenance!.searched_directories).toEqual(['viking://resources']);
    expect(of('viking://resources/boats/sailing')).toMatchObject({
      entered: true,
      files: 2,
      reason: 'entered',
    });
    expect(of('viking://resources/wood').entered).toBe(false);
    expect(of('viking://resources/wood').reason).toMatch(/less than half/);
    expect(steps.findIndex((step) => step.uri.endsWith('boats'))).toBeLessThan(
      steps.findIndex((step) => step.uri.endsWith('sailing')),
    );
  });

  it('is no gate: what is in other directories is found too', async () => {
    const hits = ranked(await find('sailing knot bowline'));
    expect(hits.map((hit) => hit.uri)).toContain('viking://resources/wood/grain.md');
  });

  it('is only told when asked for', async () => {
    expect((await find('knot')).provenance).toBeUndefined();
  });

  it('gives directories as hits when their level is asked for', async () => {
    const hits = ranked(await find('sailing knot', { levels: [0] }));
    expect(hits.every((hit) => hit.level === 0 && hit.uri.endsWith('/.abstract.md'))).toBe(true);
    expect(hits.map((hit) => hit.uri)).toContain('viking://resources/boats/sailing/.abstract.md');
    const both = ranked(await find('sailing knot', { levels: [1, 2] }));
    expect(new Set(both.map((hit) => hit.level))).toEqual(new Set([1, 2]));
  });
});

describe('what is named exactly is found', () => {
  it.each<[string, string]>([
    ['parse-request.ts', 'code/parse-request.ts'],
    ['where is code/parse-request.ts?', 'code/parse-request.ts'],
    ['parseRequestBody', 'code/parse-request.ts'],
    ['E_STALE_HANDLE', 'errors.md'],
    ['VK-4711', 'errors.md'],
    ['"a knot in the wood"', 'wood/grain.md'],
    ['viking://resources/boats/rowing.md', 'boats/rowing.md'],
  ])('%s', async (question, expected) => {
    expect(ranked(await find(question))[0]?.uri).toBe(`viking://resources/${expected}`);
  });
});

it('answers the same order for the same question, one hit a file, and no scaffolding', async () => {
  const first = ranked(await find('knot bowline fox'));
  expect(ranked(await find('knot bowline fox'))).toEqual(first);
  expect(new Set(first.map((hit) => hit.uri)).size).toBe(first.length);
  expect(first.some((hit) => hit.uri.includes('/.'))).toBe(false);
  const five = ranked(await find('knot bowline fox', { limit: 2 }));
  expect(five).toEqual(first.slice(0, 2));
});
