import { utimes } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { timeOf } from '../../../src/retrieval/filter-time.ts';
import { parseFilter, ranked } from '../../../src/retrieval/index.ts';
import { type Home, makeHome } from './home.ts';

const DAY_MS = 86_400_000;
const nowMs = Date.UTC(2026, 5, 15);
const tags: Readonly<Record<string, readonly string[]>> = { 'lang=en': ['acme/resources/a/one.md'] };
const context = { nowMs, tagged: (tag: string) => tags[tag] ?? [] };

describe('a filter', () => {
  let home: Home;
  beforeEach(async () => {
    home = await makeHome({
      'acme/resources/a/one.md': 'The heron stands.',
      'acme/resources/a/two.txt': `The heron flies.${' It flies on.'.repeat(40)}`,
      'acme/resources/b/three.md': 'The heron sleeps.',
      'acme/user/me/memories/bird.md': 'I saw a heron.',
    });
    for (const [path, days] of [
      ['a/one.md', 1],
      ['a/two.txt', 10],
      ['b/three.md', 100],
    ] as const) {
      const at = (nowMs - days * DAY_MS) / 1000;
      await utimes(home.path(`acme/resources/${path}`), at, at);
    }
    home.index.touch(['acme']);
    await home.index.flush();
  });
  afterEach(() => home.dispose());

  const names = async (value: unknown): Promise<string[]> => {
    const filter = parseFilter(value, context);
    const found = await home.retrieval.find({
      text: 'heron',
      within: ['acme/resources', 'acme/user/me'],
      limit: 20,
      ...(filter === undefined ? {} : { filter }),
    });
    return ranked(found)
      .map((hit) => hit.uri.slice(hit.uri.lastIndexOf('/') + 1))
      .sort();
  };

  it.each<[string, unknown, string[]]>([
    ['nothing', {}, ['bird.md', 'one.md', 'three.md', 'two.txt']],
    ['must', { op: 'must', field: 'name', conds: ['one.md', 'three.md'] }, ['one.md', 'three.md']],
    [
      'must_not',
      { op: 'must_not', field: 'context_type', conds: ['memory'] },
      ['one.md', 'three.md', 'two.txt'],
    ],
    ['prefix', { op: 'prefix', field: 'uri', prefix: 'viking://resources/a/' }, ['one.md', 'two.txt']],
    ['contains', { op: 'contains', field: 'name', substring: '.tx' }, ['two.txt']],
    ['regex', { op: 'regex', field: 'name', pattern: '^t.*\\.(md|txt)$' }, ['three.md', 'two.txt']],
    ['range', { op: 'range', field: 'size', gte: 100 }, ['two.txt']],
    ['range_out', { op: 'range_out', field: 'updated_at', gte: '20d' }, ['three.md']],
    ['time_range', { op: 'time_range', field: 'updated_at', gte: '20d', lt: '2d' }, ['two.txt']],
    [
      'and, or',
      {
        op: 'or',
        conds: [
          { op: 'must', field: 'name', conds: ['bird.md'] },
          {
            op: 'and',
            conds: [
              { op: 'prefix', field: 'uri', prefix: 'viking://resources/' },
              { op: 'must', field: 'search_tags', conds: ['LANG=en'] },
            ],
          },
        ],
      },
      ['bird.md', 'one.md'],
    ],
    ['an unknown tag', { op: 'must', field: 'tags', conds: ['none=x'] }, []],
    [
      'the level of files',
      { op: 'must', field: 'level', conds: [2] },
      ['bird.md', 'one.md', 'three.md', 'two.txt'],
    ],
  ])('keeps what fits: %s', async (_, filter, expected) => {
    expect(await names(filter)).toEqual(expected);
  });
});

describe('a filter that is not understood', () => {
  it.each<[unknown, RegExp]>([
    [{ op: 'near', field: 'name' }, /filter\.op.*"near".*and, or, must/],
    [{ op: 'toString' }, /filter\.op/],
    [{ op: 'must', field: 'color', conds: ['red'] }, /filter\.field.*"color".*uri, name/],
    [{ op: 'must', field: 'name' }, /filter\.conds\[0\]/],
    [{ op: 'must', field: 'name', conds: [] }, /filter\.conds/],
    [{ op: 'must', field: 'name', conds: [{}] }, /neither text nor a number/],
    [{ op: 'prefix', field: 'name', substring: 'a' }, /filter\.substring.*prefix/],
    [{ op: 'prefix', field: 'size', prefix: '1' }, /no text/],
    [{ op: 'range', field: 'name', gte: 1 }, /no order/],
    [{ op: 'range', field: 'size' }, /none of gt/],
    [{ op: 'range', field: 'updated_at', gte: 'yesterday' }, /filter\.gte.*not a time/],
    [{ op: 'regex', field: 'name', pattern: '(a' }, /not a pattern/],
    [{ op: 'regex', field: 'name', pattern: '(?=a)' }, /not a pattern/],
    [{ op: 'and', conds: [{ op: 'must', field: 'name', conds: ['x'] }, 7] }, /filter\.conds\[1\]/],
    ['name=a', /not an object/],
  ])('%j is an invalid argument that names the place', (filter, message) => {
    expect(() => parseFilter(filter, context)).toThrow(message);
    expect(() => parseFilter(filter, context)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('is not followed without end', () => {
    let deep: unknown = { op: 'must', field: 'name', conds: ['x'] };
    for (let at = 0; at < 40; at++) deep = { op: 'and', conds: [deep] };
    expect(() => parseFilter(deep, context)).toThrow(/nested/);
  });
});

describe('a time', () => {
  const at = (text: string, isEnd = false): number => timeOf(text, { at: 'since', nowMs, isEnd });
  it.each<[string, number]>([
    ['90s', nowMs - 90_000],
    ['2w', nowMs - 14 * DAY_MS],
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2026-01-31T12:00:00', Date.UTC(2026, 0, 31, 12)],
    ['2026-01-31T12:00+02:00', Date.UTC(2026, 0, 31, 10)],
  ])('%s', (text, expected) => expect(at(text)).toBe(expected));

  it('is the end of a day where it ends something', () => {
    expect(at('2026-01-31', true)).toBe(Date.UTC(2026, 1, 1) - 1);
  });

  it.each(['2026-02-30', '2026-13-01', '5y', '', '2026-01-31T25:00', 'now'])('%s is none', (text) => {
    expect(() => at(text)).toThrow(/not a time/);
  });
});
