import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { globMatcher } from '../../../src/base/glob-pattern.ts';
import { everyone, type Home, makeHome } from './home.ts';

describe('glob pattern', () => {
  it.each([
    ['*.md', ['a.md', '.md'], ['a/b.md', 'a.mdx', 'md']],
    ['**/*.md', ['a.md', 'a/b.md', 'a/b/c.md'], ['a.txt', 'a/b.txt']],
    ['a/**', ['a/b', 'a/b/c'], ['a', 'b/a']],
    ['**', ['a', 'a/b/c'], []],
    ['a/**/z', ['a/z', 'a/b/z', 'a/b/c/z'], ['az', 'a/bz', 'z']],
    ['a**b', ['ab', 'axxb'], ['a/b']],
    ['?.md', ['a.md', 'é.md', '😀.md'], ['ab.md', '/.md']],
    ['[a-c]x', ['ax', 'cx'], ['dx', '-x']],
    ['[!a-c]x', ['dx', '-x'], ['ax', '/x']],
    ['[]x]', [']', 'x'], ['y']],
    ['[a-]', ['a', '-'], ['b']],
    ['{a,b/c}.md', ['a.md', 'b/c.md'], ['b.md', 'c.md']],
    ['{a,{b,c}}d', ['ad', 'bd', 'cd'], ['d']],
    ['a{,b}', ['a', 'ab'], ['b']],
    ['a,b', ['a,b'], ['a', 'b']],
    ['\\*.md', ['*.md'], ['a.md']],
    ['a.b(c)+$^|', ['a.b(c)+$^|'], ['aXb(c)+$^|']],
    ['./a//b', ['a/b'], ['./a/b']],
    ['/a', ['a'], ['/a']],
    ['line\nbreak*', ['line\nbreak here', 'line\nbreak\nagain'], ['line']],
  ])('%s', (pattern, yes, no) => {
    const matches = globMatcher(pattern);
    for (const path of yes) expect(matches(path), path).toBe(true);
    for (const path of no) expect(matches(path), path).toBe(false);
  });

  it.each([
    '',
    '.',
    '/',
    './',
    '[',
    '[a',
    '[]',
    '{a',
    'a}',
    '{a,{b}',
    'a\\',
    '../x',
    'a/../b',
    '[a/b]',
    '[z-a]',
    `${'a'.repeat(1_001)}`,
  ])('refuses %j', (pattern) => {
    expect(() => globMatcher(pattern)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('takes no time for patterns that make others backtrack', () => {
    const start = performance.now();
    expect(globMatcher(`${'*a'.repeat(30)}b`)('a'.repeat(255))).toBe(false);
    expect(globMatcher(`${'**/a/'.repeat(20)}b`)('a/'.repeat(500))).toBe(false);
    expect(globMatcher('{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}b')('a'.repeat(200))).toBe(false);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('matches every name by itself when escaped, and never crosses a slash with a star', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => !/^\.{1,2}$|\//.test(text));
    fc.assert(
      fc.property(name, name, (one, two) => {
        const escaped = [...one].map((character) => `\\${character}`).join('');
        expect(globMatcher(`x${escaped}`)(`x${one}`)).toBe(true);
        expect(globMatcher('x*')(`x${one}/${two}`)).toBe(false);
        expect(globMatcher('x*/**')(`x${one}/${two}`)).toBe(true);
      }),
    );
  });
});

describe('glob', () => {
  let home: Home;
  beforeAll(async () => {
    home = await makeHome({
      'acme/resources/b.md': '',
      'acme/resources/a/z.md': '',
      'acme/resources/a/deep/er/x.md': '',
      'acme/resources/a-b.md': '',
      'acme/resources/.hidden/x.md': '',
      'acme/resources/a/.abstract.md': '',
      'acme/resources/back\\slash.md': '',
      'acme/user/you/x.md': '',
    });
  });
  afterAll(() => home.dispose());

  const glob = async (pattern: string, query: Partial<Parameters<Home['retrieval']['glob']>[0]> = {}) =>
    (
      await home.retrieval.glob({
        path: 'acme/resources',
        pattern,
        nodeLimit: 256,
        isVisible: everyone,
        ...query,
      })
    ).matches;

  it('is relative to the directory, in order of components, without dot-entries', async () => {
    expect(await glob('**/*.md')).toEqual([
      'viking://resources/a/deep/er/x.md',
      'viking://resources/a/z.md',
      'viking://resources/a-b.md',
      'viking://resources/b.md',
    ]);
    expect(await glob('*.md')).toEqual(['viking://resources/a-b.md', 'viking://resources/b.md']);
    expect(await glob('a')).toEqual(['viking://resources/a']);
    expect(await glob('.*')).toEqual([]);
    expect(await glob('x.md', { path: 'acme/resources/a/deep/er' })).toEqual([
      'viking://resources/a/deep/er/x.md',
    ]);
  });

  it('shows only what is visible, and stops at the limit or the deadline', async () => {
    expect(
      await glob('**/x.md', { path: 'acme', isVisible: (path) => !path.startsWith('acme/user/you') }),
    ).toEqual(['viking://resources/a/deep/er/x.md']);
    expect(await glob('**', { nodeLimit: 2 })).toHaveLength(2);
    expect(await glob('**', { timeoutMs: -1 })).toEqual([]);
    await expect(glob('**', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('says what is wrong', async () => {
    await expect(glob('*', { path: 'acme/resources/none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(glob('*', { path: 'acme/resources/b.md' })).rejects.toMatchObject({ code: 'NOT_DIRECTORY' });
    await expect(glob('[')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(glob('*', { nodeLimit: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
