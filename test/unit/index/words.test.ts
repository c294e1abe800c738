import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenize } from '../../../src/base/text/tokenize.ts';
import { Corpus } from '../../../src/index/corpus.ts';
import { rankWords } from '../../../src/index/rank.ts';
import { editDistance } from '../../../src/index/words/edit-distance.ts';
import { Postings } from '../../../src/index/words/postings.ts';
import { lexicalQuery } from '../../../src/index/words/query.ts';
import { Vocabulary } from '../../../src/index/words/vocabulary.ts';

/** Fills a corpus with one passage a line. */
class Library {
  readonly corpus = new Corpus();
  #id = 1;

  put(path: string, ...lines: string[]): void {
    const kind = path.endsWith('.jsonl') ? 'conversation' : 'text';
    this.corpus.put(
      path,
      { kind, version: 1 },
      lines.map((line, at) => ({
        id: this.#id++,
        start: at + 1,
        end: at + 1,
        hash: at,
        terms: tokenize(line),
      })),
    );
  }

  /** `path:line score` of every match. */
  find(text: string, within = ['a'], without: string[] = [], bestOnly = false): [string, number][] {
    const scope = this.corpus.scope(within, without);
    const words = lexicalQuery(text, this.corpus.index, scope);
    return rankWords(words, this.corpus, scope, { text, keep: 1_000, bestOnly, within }).entries.map(
      (entry) => {
        const line = entry.slot === undefined ? 0 : this.corpus.linesOf(entry.slot).start;
        return [`${entry.document.path}:${line}`, entry.score];
      },
    );
  }

  first(text: string, within = ['a']): string | undefined {
    return this.find(text, within)[0]?.[0];
  }
}

describe('postings', () => {
  it('gives back what was pushed, for any mix of terms', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(2 ** 32 - 1)), { maxLength: 2_000 }), (pushes) => {
        const postings = new Postings();
        const expected = new Map<number, number[]>();
        for (const [term, value] of pushes) {
          postings.push(term, value);
          expected.set(term, [...(expected.get(term) ?? []), value]);
        }
        for (let term = 0; term < 7; term++) {
          const { values, count } = postings.read(term, new Uint32Array(1));
          expect([...values.subarray(0, count)]).toEqual(expected.get(term) ?? []);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('edit distance', () => {
  it.each([
    ['mount', 'mount', 0],
    ['mount', 'muont', 1],
    ['mount', 'mout', 1],
    ['mount', 'amount', 1],
    ['mount', 'moumt', 1],
    ['filesystem', 'flesystm', 2],
    ['abcd', 'wxyz', 3],
    ['', 'ab', 2],
  ])('%s to %s is %i', (a, b, distance) => {
    expect(editDistance(a, b, 2)).toBe(distance);
    expect(editDistance(b, a, 2)).toBe(distance);
  });

  it('finds near words of a vocabulary: none for short ones, two edits from eight letters on', () => {
    const vocabulary = new Vocabulary();
    for (const word of ['cat', 'mount', 'count', 'filesystem', 'calendar']) vocabulary.add(word);
    const near = (word: string): string[] => vocabulary.near(word).map(({ term }) => vocabulary.word(term));
    expect(near('cot')).toEqual([]);
    expect(near('mout')).toEqual(['mount']);
    expect(near('flesystm')).toEqual(['filesystem']);
    expect(near('mxuxt')).toEqual([]);
  });
});

describe('ranking by words', () => {
  it('prefers rare words, and short passages with them', () => {
    const library = new Library();
    library.put('a/x.txt', 'common words here', 'a mount of common words', `mount ${'filler '.repeat(200)}`);
    library.put('a/y.txt', 'common common common');
    expect(library.first('common mount')).toBe('a/x.txt:2');
  });

  it('lets the file speak for its passage', () => {
    const library = new Library();
    library.put('a/kernel.txt', 'driver of the kernel', 'the kernel driver mounts', 'timeout');
    library.put('a/other.txt', 'cooking with garlic', 'bread and butter', 'timeout');
    const found = library.find('kernel driver timeout').map(([at]) => at);
    expect(found.indexOf('a/kernel.txt:3')).toBeLessThan(found.indexOf('a/other.txt:3'));
  });

  it('lets neighbours speak for a message, but not for a line of a document', () => {
    const library = new Library();
    const lines = ['Where did you go on holiday last summer?', 'To the coast near Lisbon.', 'Nice.'];
    library.put('a/user/u/sessions/s/messages.jsonl', ...lines);
    library.put('a/doc.txt', ...lines);
    const found = library.find('holiday last summer').map(([at]) => at);
    expect(found).toContain('a/user/u/sessions/s/messages.jsonl:2');
    expect(found).not.toContain('a/doc.txt:2');
  });

  it('finds a document by its name, exactly or by words, even without passages', () => {
    const library = new Library();
    library.put('a/photos/holiday-lisbon.png');
    library.put('a/notes/retrieval.md', 'something else entirely');
    library.put('a/notes/other.md', 'a text that mentions retrieval and retrieval again');
    expect(library.first('lisbon')).toBe('a/photos/holiday-lisbon.png:0');
    expect(library.first('retrieval.md')).toBe('a/notes/retrieval.md:1');
    expect(library.first('see notes/retrieval.md?')).toBe('a/notes/retrieval.md:1');
  });

  it('takes directory names as evidence', () => {
    const library = new Library();
    library.put('a/billing/notes.txt', 'the limit is ten');
    library.put('a/garden/notes.txt', 'the limit is ten');
    expect(library.first('billing limit')).toBe('a/billing/notes.txt:1');
  });

  it('mends words that nothing has', () => {
    const library = new Library();
    library.put('a/x.txt', 'authentication of callers');
    library.put('a/y.txt', 'bread');
    expect(library.first('authentcation')).toBe('a/x.txt:1');
    expect(library.find('zzzzzzzz')).toEqual([]);
  });

  it('sees only what is in scope, and counts only that', () => {
    const library = new Library();
    library.put('a/x/one.txt', 'mount');
    library.put('a/y/two.txt', 'mount');
    library.put('b/three.txt', 'mount');
    expect(library.find('mount', ['a/x']).map(([at]) => at)).toEqual(['a/x/one.txt:1']);
    expect(library.find('mount', ['a'], ['a/x']).map(([at]) => at)).toEqual(['a/y/two.txt:1']);
    expect(library.find('mount', ['a/x/one.txt']).map(([at]) => at)).toEqual(['a/x/one.txt:1']);
    expect(library.find('mount', ['a/x/on'])).toEqual([]);
    const alone = new Library();
    alone.put('a/x/one.txt', 'mount');
    expect(library.find('mount', ['a/x'])).toEqual(alone.find('mount', ['a/x']));
  });

  it('answers one passage a document when asked to, and orders equals by path', () => {
    const library = new Library();
    library.put('a/z.txt', 'mount', 'mount', 'mount');
    library.put('a/b.txt', 'mount', 'mount', 'mount');
    expect(library.find('mount', ['a'], [], true).map(([at]) => at)).toEqual(['a/b.txt:1', 'a/z.txt:1']);
  });

  it('after any edits is the same as built anew, also after clearing out', () => {
    const words = fc.array(fc.constantFrom('mount', 'index', 'stale', 'vector', 'commit', 'layer'), {
      maxLength: 6,
    });
    const document = fc.tuple(
      fc.constantFrom('a/p.txt', 'a/q.txt', 'a/d/r.txt', 'a/d/s.jsonl'),
      fc.option(fc.array(words, { minLength: 1, maxLength: 4 })),
    );
    fc.assert(
      fc.property(fc.array(document, { maxLength: 25 }), (edits) => {
        const edited = new Library();
        const last = new Map<string, string[]>();
        for (const [path, content] of edits) {
          if (content === null) {
            edited.corpus.remove(path);
            last.delete(path);
          } else {
            const lines = content.map((line) => line.join(' '));
            edited.put(path, ...lines);
            last.set(path, lines);
          }
        }
        const fresh = new Library();
        for (const [path, lines] of [...last].sort(([a], [b]) => (a < b ? 1 : -1))) fresh.put(path, ...lines);
        for (const query of ['mount stale', 'vector', 'layer commit index mount']) {
          expect(edited.find(query)).toEqual(fresh.find(query));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('clears removed passages out without changing an answer', () => {
    const library = new Library();
    const lines = Array.from({ length: 500 }, (_, n) => `word${n} mount`);
    library.put('a/keep.txt', 'mount the stale tree', 'vector of words');
    library.put('a/keep/two.jsonl', 'mount', 'stale', 'answer');
    for (let round = 0; round < 50; round++) library.put('a/churn.txt', ...lines);
    library.corpus.remove('a/churn.txt');
    const before = library.find('mount stale vector');
    expect(library.corpus.compactIfWorthwhile()).toBe(true);
    expect(library.find('mount stale vector')).toEqual(before);
    expect(library.corpus.index.vocabulary.number('word7')).toBeUndefined();
    library.put('a/new.txt', 'stale mount');
    expect(library.find('stale mount').map(([at]) => at)).toContain('a/new.txt:1');
    library.corpus.remove('a/keep.txt');
    expect(library.find('vector')).toEqual([]);
  });

  it('clears the names of removed files without text out too', () => {
    const library = new Library();
    library.put('a/keep.txt', 'mount the stale tree');
    for (let round = 0; round < 25_000; round++) {
      library.put(`a/build/object${round}.o`);
      library.corpus.remove(`a/build/object${round}.o`);
    }
    expect(library.corpus.compactIfWorthwhile()).toBe(true);
    expect(library.corpus.index.documentBound).toBe(2);
    expect(library.first('stale tree')).toBe('a/keep.txt:1');
    expect(library.corpus.compactIfWorthwhile()).toBe(false);
  });

  it('looks for stand-ins of the first unknown words of a pasted page only', () => {
    const library = new Library();
    library.put('a/x.txt', 'filesystem mountpoint');
    const nonsense = Array.from({ length: 60 }, (_, n) => `qqzzxx${n}`).join(' ');
    expect(library.first(`filesystm ${nonsense}`)).toBe('a/x.txt:1');
    expect(library.find(`${nonsense} filesystm`)).toEqual([]);
    expect(library.first(`${nonsense} filesystem`)).toBe('a/x.txt:1');
  });
});
