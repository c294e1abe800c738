import { describe, expect, it } from 'vitest';
import { isVikingfs, parseMountTable } from '../../../src/cli/mount-table.ts';
import { entryTable, entryTree } from '../../../src/cli/render/entries.ts';
import { hitList, matchList } from '../../../src/cli/render/hits.ts';
import { pairs } from '../../../src/cli/render/pairs.ts';
import { duration } from '../../../src/cli/render/status.ts';
import { styleOf } from '../../../src/cli/render/style.ts';
import { bytes, clean, count, localTime, oneLine } from '../../../src/cli/render/text.ts';

const plain = styleOf({ isTTY: false, columns: 80 }, {});
const entry = (uri: string, more: object = {}) => ({
  uri,
  size: 5,
  isDir: false,
  modTime: '2026-01-02T03:04:05.000Z',
  abstract: '',
  ...more,
});

describe('style', () => {
  it('colours only a terminal that wants it', () => {
    expect(styleOf({ isTTY: true }, {}).paint('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(styleOf({ isTTY: true }, { NO_COLOR: '1' }).paint('red', 'x')).toBe('x');
    expect(styleOf({ isTTY: true }, { NO_COLOR: '' }).paint('red', 'x')).not.toBe('x');
    expect(styleOf({ isTTY: true }, { TERM: 'dumb' }).paint('red', 'x')).toBe('x');
    expect(styleOf({}, {}).paint('red', 'x')).toBe('x');
  });
});

describe('text', () => {
  it('never lets a name or a file steer the terminal', () => {
    const hostile = 'a\u001b]0;owned\u0007\u001b[2J\r\u009b31mb\nc\u0000';
    expect(clean(hostile)).not.toMatch(/\p{Cc}/u);
    const answer = {
      matches: [{ line: 1, uri: hostile, content: hostile }],
      count: 1,
      match_count: 1,
      files_scanned: 1,
      truncated: false,
    };
    expect(matchList(answer, plain)).not.toMatch(/\p{Cc}/u);
    expect(matchList(answer, plain).split('\n')).toHaveLength(1);
    expect(
      entryTable([entry(`viking://resources/${hostile}`, { abstract: hostile })], plain).split('\n'),
    ).toHaveLength(1);
    expect(pairs({ key: hostile }, plain)).not.toContain('\u001b');
  });

  it.each([
    [0, '0'],
    [1023, '1023'],
    [1024, '1.0K'],
    [10 * 1024, '10K'],
    [1.5 * 1024 ** 2, '1.5M'],
    [1024 ** 5 * 3, '3.0P'],
  ])('%d bytes is %s', (size, text) => {
    expect(bytes(size)).toBe(text);
  });

  it('is short, counted and timed', () => {
    expect(oneLine('a\n  b\tc', 10)).toBe('a b c');
    expect(oneLine('abcdefghij', 5)).toBe('abcd…');
    expect(count(1, 'entry', 'entries')).toBe('1 entry');
    expect(count(2, 'entry', 'entries')).toBe('2 entries');
    expect(localTime(null)).toBe('-');
    expect(localTime('nonsense')).toBe('-');
    expect(localTime('2026-01-02T03:04:05.000Z')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d$/);
    expect([0, 59, 61, 3_600, 93_784].map(duration)).toEqual(['0s', '59s', '1m 1s', '1h', '1d 2h']);
  });
});

describe('listings', () => {
  it('align, mark directories, and hide the placeholder for programs', () => {
    const text = entryTable(
      [
        entry('viking://resources/docs', {
          isDir: true,
          size: 0,
          abstract: '# viking://resources/docs [Directory abstract is not ready]',
        }),
        entry('viking://resources/a.md', { size: 2048, abstract: 'About a' }),
      ],
      plain,
    );
    const [first, second] = text.split('\n');
    expect(first).toMatch(/^ *- {2}.{16} {2}docs\/$/);
    expect(second).toMatch(/^2\.0K {2}.{16} {2}a\.md +About a$/);
    expect(entryTable([], plain)).toBe('(empty)');
  });

  it('indent a tree', () => {
    const text = entryTree(
      [entry('viking://a/d', { isDir: true, rel_path: 'd' }), entry('viking://a/d/f', { rel_path: 'd/f' })],
      plain,
    );
    expect(text).toBe('d/\n  f');
  });
});

describe('hits', () => {
  const freshness = { state: 'fresh' as const, pending: 0 };
  const hit = (uri: string, score: number) =>
    ({
      uri,
      context_type: 'resource',
      level: 2,
      score,
      abstract: 'text',
      match_reason: 'words',
      tags: [],
      relations: [],
      lines: { start: 1, end: 2 },
    }) as const;

  it('are best first, whatever kind', () => {
    const text = hitList(
      {
        memories: [hit('viking://m', 0.2)],
        resources: [hit('viking://r', 0.9)],
        skills: [hit('viking://s', 0.5)],
        total: 3,
        freshness,
      },
      plain,
    );
    expect([...text.matchAll(/viking:\/\/\w/g)].map(([uri]) => uri)).toEqual([
      'viking://r',
      'viking://s',
      'viking://m',
    ]);
    expect(text).toContain(' 1  0.90  viking://r:1-2');
  });

  it('say when nothing was found, and when the index is behind', () => {
    const none = { memories: [], resources: [], skills: [], total: 0 };
    expect(hitList({ ...none, freshness }, plain)).toBe('nothing found');
    expect(hitList({ ...none, freshness: { state: 'stale', pending: 3, note: 'being built' } }, plain)).toBe(
      'nothing found\nindex is stale, 3 changes not indexed yet: being built',
    );
  });
});

describe('mount table', () => {
  it('reads what the kernel escapes, and knows ours', () => {
    const [disk, ours, other] = parseMountTable(
      '/dev/sda1 / ext4 rw 0 0\nvikingfs /home/me/my\\040vault fuse.vikingfs rw 0 0\nsshfs#a /mnt fuse.sshfs rw 0 0\n',
    );
    expect(ours).toEqual({ source: 'vikingfs', mountpoint: '/home/me/my vault', fstype: 'fuse.vikingfs' });
    expect([disk, ours, other].map((one) => isVikingfs(one!))).toEqual([false, true, false]);
  });
});
