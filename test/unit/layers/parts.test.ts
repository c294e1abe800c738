import { describe, expect, it } from 'vitest';
import { binaryKind } from '../../../src/layers/binary-kind.ts';
import { coveringSentences } from '../../../src/layers/coverage.ts';
import { DirtyQueue } from '../../../src/layers/dirty-queue.ts';
import { frontMatter } from '../../../src/layers/front-matter.ts';
import { isQuietPath, parentOf } from '../../../src/layers/listing.ts';
import { sizeText } from '../../../src/layers/note.ts';
import { humanised } from '../../../src/layers/place.ts';
import { readingOrder, spread } from '../../../src/layers/sample.ts';
import { clipSentence, oneLine, sentenceEnd, shownName } from '../../../src/layers/text.ts';

describe('DirtyQueue', () => {
  const order = (queue: DirtyQueue): string[] => {
    const seen: string[] = [];
    for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
      seen.push(next.join(' '));
      queue.delete(next[0]);
    }
    return seen;
  };

  it('gives the deepest first, and again after deeper ones came', () => {
    const queue = new DirtyQueue();
    queue.add('a/b', 'own');
    queue.add('a', 'below');
    queue.add('a/b/c', 'own');
    expect(queue.peek()).toEqual(['a/b/c', 'own']);
    queue.delete('a/b/c');
    queue.add('x/y/z/w', 'own');
    expect(order(queue)).toEqual(['x/y/z/w own', 'a/b own', 'a below']);
    expect(queue.size).toBe(0);
    expect(queue.peek()).toBeUndefined();
  });

  it('lets an own cause outweigh one from below, not the other way', () => {
    const queue = new DirtyQueue();
    queue.add('a', 'below');
    queue.add('a', 'own');
    queue.add('a', 'below');
    expect(queue.get('a')).toBe('own');
    expect(queue.size).toBe(1);
  });

  it.each([
    [
      'acct/resources/d/a.md',
      ['acct/resources/d/a.md own', 'acct/resources/d own', 'acct/resources below', 'acct below'],
    ],
    ['/acct/d/', ['acct/d own', 'acct own']],
    ['acct/d/.abstract.md', ['acct/d own', 'acct below']],
    ['acct/d/.hidden', []],
    ['acct/d/.git/objects/x', []],
    ['acct/d/node_modules/x/y.js', []],
    ['acct/d/node_modules', ['acct/d own', 'acct below']],
    ['', []],
  ])('a touch of "%s"', (path, expected) => {
    const queue = new DirtyQueue();
    queue.touch(path);
    expect(order(queue)).toEqual(expected);
  });
});

describe('spread', () => {
  const numbers = Array.from({ length: 100 }, (_, at) => at);

  it('keeps the ends and spreads the rest', () => {
    expect(spread(numbers, 5)).toEqual([0, 25, 50, 74, 99]);
    expect(new Set(spread(numbers, 64)).size).toBe(64);
  });

  it('gives all when there are few, and none for none', () => {
    expect(spread([1, 2], 5)).toEqual([1, 2]);
    expect(spread(numbers, 1)).toEqual([0]);
    expect(spread(numbers, 0)).toEqual([]);
    expect(spread([], 3)).toEqual([]);
  });
});

describe('readingOrder', () => {
  it('puts the speaker first, then directories, then files', () => {
    const entries = ['b.md', 'README.md', 'a.md', 'index.md', 'package.json'].map((name) => ({
      name,
      kind: 'file' as const,
    }));
    const directories = ['z', 'c'].map((name) => ({ name, kind: 'directory' as const }));
    expect(readingOrder([...entries, ...directories]).map(({ name }) => name)).toEqual([
      'README.md',
      'index.md',
      'c',
      'z',
      'a.md',
      'b.md',
      'package.json',
    ]);
  });
});

describe('coveringSentences', () => {
  it('takes what is new, in the order it was said, within the words', () => {
    const said = [
      'The harbour master closed the harbour.',
      'The harbour was closed.',
      'Oranges arrived from Spain by ship.',
      'Yes.',
    ];
    expect(coveringSentences(said, 12)).toEqual([said[0], said[2]]);
    expect(coveringSentences(said, 2)).toEqual([]);
    expect(coveringSentences([], 50)).toEqual([]);
  });
});

describe('frontMatter', () => {
  it('reads plain, quoted and folded fields, and passes over nested ones', () => {
    const text =
      '---\na: one\nb: "two: \\"x\\""\nc: \'it\'\'s\'\nd: >-\n  folded\n  text\nlist:\n  - x\n---\nbody: no';
    expect(frontMatter(text)).toEqual({ a: 'one', b: 'two: "x"', c: "it's", d: 'folded text', list: '' });
  });

  it('is empty when it is not there or never ends', () => {
    expect(frontMatter('text')).toEqual({});
    expect(frontMatter('---\na: b\n')).toEqual({});
    expect(frontMatter('----\na: b\n---')).toEqual({});
  });
});

describe('words for things', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1023 bytes'],
    [1024, '1 KB'],
    [1536, '1.5 KB'],
    [1_048_576, '1 MB'],
    [1_048_575, '1 MB'],
    [5e12, '4.5 TB'],
  ])('%d bytes is %s', (sizeBytes, expected) => {
    expect(sizeText(sizeBytes)).toBe(expected);
  });

  it.each([
    ['getting-started', 'Getting started'],
    ['api', 'api'],
    ['v1.2', 'v1.2'],
    ['MyLib', 'MyLib'],
    ['文档', '文档'],
    ['a__b', 'A b'],
  ])('%s is titled %s', (name, expected) => {
    expect(humanised(name)).toBe(expected);
  });

  it('quotes names that would break a line', () => {
    expect(shownName('a b.md')).toBe('`a b.md`');
    expect(shownName('a`b')).toBe('"a`b"');
    expect(shownName('a\nb')).toBe('"a\\nb"');
  });

  it('makes one line of any text', () => {
    expect(oneLine(' a\r\n\tb\u0000\u001b[31m c\ud800 ')).toBe('a b [31m c\ufffd');
  });

  it('ends a sentence once', () => {
    expect(['a', 'a.', 'a?"', 'a…', '好。'].map(sentenceEnd)).toEqual(['a.', 'a.', 'a?"', 'a…', '好。']);
  });

  it('cuts after a whole sentence when that keeps most, else at a word', () => {
    expect(clipSentence('One two three. Four five six seven.', 24)).toBe('One two three.');
    expect(clipSentence('One. Two three four five six seven eight.', 24)).toBe('One. Two three four…');
    expect(clipSentence('short', 24)).toBe('short');
  });

  it('knows binary formats by their bytes, office files by their name too', () => {
    expect(binaryKind('x', Buffer.from('%PDF-1.7\0'))).toBe('PDF document');
    expect(binaryKind('x.docx', Buffer.from('PK\x03\x04\0'))).toBe('Word document');
    expect(binaryKind('x.constructor', Buffer.from('PK\x03\x04\0'))).toBe('zip archive');
    expect(binaryKind('x', Buffer.from([0, 1, 2]))).toBe('binary data');
  });
});

describe('paths', () => {
  it('know what is above and what is quiet', () => {
    expect(['a/b', 'a', ''].map(parentOf)).toEqual(['a', '', undefined]);
    expect(['a/.git/b', 'a/node_modules', '.x', 'a/b'].map(isQuietPath)).toEqual([true, true, true, false]);
  });
});
