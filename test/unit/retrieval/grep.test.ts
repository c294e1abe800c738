import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linePattern, requiredLiteral } from '../../../src/retrieval/line-pattern.ts';
import { everyone, type Home, makeHome } from './home.ts';

describe('line pattern', () => {
  it.each([
    ['hello', 'hello'],
    ['hel+o', 'hel'],
    ['colou?r', 'colo'],
    ['ab*cdef', 'cdef'],
    ['a{2}bcd', 'bcd'],
    ['^foo.*barbaz$', 'barbaz'],
    ['\\d+ items', ' items'],
    ['a\\.md\\b', 'a.md'],
    ['[abc]def[]x]ghij', 'ghij'],
    ['x\\p{Greek}long', 'long'],
    ['foo|bar', undefined],
    ['(foo)bar', undefined],
    ['(?i)foobar', undefined],
    ['\\Qfoo.bar\\E', undefined],
    ['ab', undefined],
    ['\\x41bcde', undefined],
  ])('of %s needs %j', (pattern, literal) => {
    expect(requiredLiteral(pattern)).toBe(literal);
  });

  it('never needs text that a match does not have', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      'foo',
      '.',
      '*',
      '+',
      '?',
      '{2}',
      '{0,1}',
      '[ab]',
      '[^a]',
      '\\d',
      '\\.',
      '^',
      '$',
      '\\w',
      'ü',
    );
    const line = fc.array(fc.constantFrom('a', 'b', 'foo', '1', '.', 'ü', ' '), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), line, (pieces, characters) => {
        const text = characters.join('');
        let pattern: ReturnType<typeof linePattern>;
        try {
          pattern = linePattern(pieces.join(''), false);
        } catch {
          return;
        }
        if (pattern.find(text) !== undefined && pattern.literal !== undefined)
          expect(text).toContain(pattern.literal);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['', '(', '[a', 'a**', '(?=a)', '(a)\\1', 'x{5000}', 'a'.repeat(1_001)])(
    'refuses %j',
    (pattern) => {
      expect(() => linePattern(pattern, false)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    },
  );
});

describe('grep', () => {
  let home: Home;
  beforeAll(async () => {
    home = await makeHome({
      'acme/resources/a.md': 'one Needle\r\ntwo\n\nneedle four\n',
      'acme/resources/dir/b.md': 'no match\nthe needle, at the end',
      'acme/resources/dir/.abstract.md': 'needle in a layer',
      'acme/resources/.git/config': 'needle',
      'acme/resources/dir/data.bin': Uint8Array.from([...Buffer.from('needle\n'), 0, 1, 2]),
      'acme/resources/dir/latin.txt': Buffer.from('caf\xe9 needle\n', 'latin1'),
      'acme/resources/long.txt': `${'x'.repeat(5_000)}needle${'y'.repeat(5_000)}\nneedle\n`,
      'acme/resources/1/2/3/deep.md': 'needle',
      'acme/user/you/x.md': 'needle',
      'outside.md': 'needle',
    });
    await symlink(home.path('outside.md'), home.path('acme/resources/link.md'));
    execFileSync('mkfifo', [home.path('acme/resources/pipe')]);
  });
  afterAll(() => home.dispose());

  const grep = (pattern: string, query: Partial<Parameters<Home['retrieval']['grep']>[0]> = {}) =>
    home.retrieval.grep({
      path: 'acme/resources',
      pattern,
      caseInsensitive: false,
      nodeLimit: 256,
      levelLimit: 10,
      isVisible: everyone,
      ...query,
    });
  const places = async (...args: Parameters<typeof grep>): Promise<string[]> =>
    (await grep(...args)).matches.map(
      (match) => `${match.uri.replace('viking://resources/', '')}:${match.line}`,
    );

  it('answers lines with their numbers, in order, from text files that are not hidden', async () => {
    expect(await places('needle')).toEqual([
      '1/2/3/deep.md:1',
      'a.md:4',
      'dir/b.md:2',
      'dir/latin.txt:1',
      'long.txt:1',
      'long.txt:2',
    ]);
    const result = await grep('needle');
    expect(result).toMatchObject({ count: 6, match_count: 6, files_scanned: 5, truncated: false });
    expect(result.matches.find((match) => match.uri.endsWith('b.md'))!.content).toBe(
      'the needle, at the end',
    );
    expect((await grep('needle', { path: 'acme/resources/dir/latin.txt' })).matches[0]!.content).toBe(
      'caf\ufffd needle',
    );
  });

  it('understands expressions, case and ends of lines', async () => {
    expect(await places('needle', { caseInsensitive: true, path: 'acme/resources/a.md' })).toEqual([
      'a.md:1',
      'a.md:4',
    ]);
    expect(await places('^need\\w+ [a-z]+$')).toEqual(['a.md:4']);
    expect(await places('Needle$')).toEqual(['a.md:1']);
    expect(await places('two|end$')).toEqual(['a.md:2', 'dir/b.md:2']);
    expect(await places('^$', { path: 'acme/resources/a.md' })).toEqual(['a.md:3']);
    expect(await places('.', { path: 'acme/resources/dir/data.bin' })).toEqual([]);
  });

  it('cuts a long line around its match', async () => {
    const [match] = (await grep('needle', { path: 'acme/resources/long.txt' })).matches;
    expect(match!.content).toContain('needle');
    expect(match!.content.length).toBeLessThan(2_100);
    expect(match!.content.startsWith('…')).toBe(true);
  });

  it('searches a hidden file when it is named', async () => {
    expect(await places('needle', { path: 'acme/resources/dir/.abstract.md' })).toEqual([
      'dir/.abstract.md:1',
    ]);
  });

  it('keeps to what is visible, not excluded and not too deep', async () => {
    const isVisible = (path: string): boolean => !path.startsWith('acme/user/you');
    expect((await places('needle', { path: 'acme', isVisible })).some((place) => place.includes('you'))).toBe(
      false,
    );
    expect(await places('needle', { exclude: 'acme/resources/dir' })).not.toContain('dir/b.md:2');
    expect(await places('needle', { exclude: 'acme/resources/di' })).toContain('dir/b.md:2');
    expect(await places('needle', { levelLimit: 3 })).not.toContain('1/2/3/deep.md:1');
    expect(await places('needle', { levelLimit: 4 })).toContain('1/2/3/deep.md:1');
  });

  it('stops at the limit, the deadline and the signal', async () => {
    expect(await grep('needle', { nodeLimit: 2 })).toMatchObject({ count: 2, truncated: true });
    expect(await grep('needle', { timeoutMs: -1 })).toMatchObject({ truncated: true });
    await expect(grep('needle', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });

  it('says what is wrong', async () => {
    await expect(grep('needle', { path: 'acme/resources/none' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(grep('(')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(grep('x', { nodeLimit: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(grep('x', { levelLimit: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('searches files of any size without stopping the loop, with the right numbers', async () => {
    await mkdir(home.path('acme/user/me/big'), { recursive: true });
    const lines = Array.from({ length: 400_000 }, (_, n) => `line ${n} with some more words, é and so on`);
    lines[123_456] = 'here is the Marker123 of it';
    lines[399_999] = 'and Marker456 here';
    await writeFile(home.path('acme/user/me/big/big.txt'), lines.join('\n'));
    await writeFile(
      home.path('acme/user/me/big/one-line.txt'),
      `${'z'.repeat(3_000_000)} Marker789 ${'z'.repeat(500_000)}`,
    );
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const { matches } = await grep('Marker[0-9]{3}', { path: 'acme/user/me/big' });
    const slow = await grep('(?:M|m)arker\\d+ (?:of|here)', { path: 'acme/user/me/big' });
    clearInterval(timer);
    expect(matches.map((match) => [match.uri.split('/').at(-1), match.line])).toEqual([
      ['big.txt', 123_457],
      ['big.txt', 400_000],
      ['one-line.txt', 1],
    ]);
    expect(slow.matches).toHaveLength(2);
    expect(longest).toBeLessThan(500);
  });

  it('takes no time for patterns that make others backtrack', async () => {
    await writeFile(home.path('acme/user/me/evil.txt'), `${'a'.repeat(20_000)}!\n`);
    const start = performance.now();
    expect((await grep('^(a+)+$', { path: 'acme/user/me/evil.txt' })).count).toBe(0);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
