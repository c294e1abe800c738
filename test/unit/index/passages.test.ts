import { describe, expect, it } from 'vitest';
import { isIndexable } from '../../../src/index/indexable.ts';
import { fingerprint } from '../../../src/index/passages/passage.ts';
import { passagesOf } from '../../../src/index/passages/split.ts';

const paragraph = (topic: string): string =>
  `${`The ${topic} is described here in some detail. `.repeat(8)}\n`;

describe('passages of documents', () => {
  it('follow headings, with their path and exact lines', () => {
    const text = `# Guide\n\n${paragraph('guide')}\n## Mounting\n\n${paragraph('mount')}\n### Stale mounts\n\n${paragraph('stale')}\n## Vectors\n\n${paragraph('vector')}`;
    const lines = text.split('\n');
    const passages = passagesOf(text, 'markdown', 'guide.md');
    expect(passages.map(({ heading }) => heading)).toEqual([
      'Guide',
      'Guide > Mounting',
      'Guide > Mounting > Stale mounts',
      'Guide > Vectors',
    ]);
    for (const passage of passages) {
      expect(lines.slice(passage.lines.start - 1, passage.lines.end).join('\n')).toBe(passage.text);
    }
  });

  it('hold what a memory says and not where it comes from, wherever that stands', () => {
    const review = '<!-- vikingfs-review\ntarget: viking://user/ann/x.md\ndiff:\n+ I prefer tea.\n-->\n\n';
    const record = '\n<!-- vikingfs-memory\n{"by":"ann"}\n-->\n';
    const passages = passagesOf(`${review}I prefer tea.\n${record}\nAdded by hand.\n`, 'markdown', 'tea.md');
    expect(passages.map(({ text }) => text.replace(/\n+/g, ' '))).toEqual(['I prefer tea. Added by hand.']);
    expect(passages[0]!.lines).toEqual({ start: 7, end: 13 });
    const open = passagesOf(
      'I prefer tea.\n\n<!-- vikingfs-memory\nand what a person cut off\n',
      'markdown',
      'a.md',
    );
    expect(open[0]!.text).toContain('cut off');
  });

  it('join small sections and cut long ones at paragraphs, losing no line with text', () => {
    const small = Array.from({ length: 30 }, (_, n) => `## Entry ${n}\n\nShort text ${n}.\n`).join('\n');
    const long = `# Long\n\n${Array.from({ length: 40 }, (_, n) => paragraph(`topic${n}`)).join('\n')}`;
    for (const text of [small, long, `${small}\n${long}`]) {
      const passages = passagesOf(text, 'markdown', 'a.md');
      const covered = new Set(
        passages.flatMap(({ lines }) =>
          Array.from({ length: lines.end - lines.start + 1 }, (_, n) => lines.start + n),
        ),
      );
      text.split('\n').forEach((line, at) => {
        if (line.trim() !== '') expect(covered.has(at + 1), `line ${at + 1}`).toBe(true);
      });
      for (const { text: passage } of passages) expect(Buffer.byteLength(passage)).toBeLessThan(3_300);
    }
    expect(passagesOf(small, 'markdown', 'a.md').length).toBeLessThan(15);
    expect(passagesOf(long, 'markdown', 'a.md').length).toBeGreaterThan(8);
  });

  it('cut a line without end inside it, and share its number', () => {
    const passages = passagesOf(`intro\n${'word '.repeat(5_000)}\nend`, 'text', 'a.txt');
    expect(passages.length).toBeGreaterThan(10);
    expect(passages.some(({ lines }) => lines.start <= 2 && lines.end >= 2)).toBe(true);
    expect(passagesOf('😀'.repeat(5_000), 'text', 'a.txt').every(({ text }) => text.isWellFormed())).toBe(
      true,
    );
  });

  it('follow symbols in code, comments with what they explain', () => {
    const body = Array.from({ length: 14 }, (_, n) => `  const value${n} = compute(${n});`).join('\n');
    const text = `/** Opens it. */\nexport function openThing() {\n${body}\n}\n\n// Closes it.\nexport function closeThing() {\n${body}\n}\n`;
    const passages = passagesOf(text, 'code', 'thing.ts');
    expect(passages.map(({ heading }) => heading)).toEqual(['openThing', 'closeThing']);
    expect(passages[1]!.text.startsWith('// Closes it.')).toBe(true);
  });

  it('are none for binary, empty and blank documents', () => {
    expect(passagesOf('x', 'binary', 'a.png')).toEqual([]);
    expect(passagesOf('', 'text', 'a.txt')).toEqual([]);
    expect(passagesOf('\n \n\t\n', 'markdown', 'a.md')).toEqual([]);
  });

  it('have fingerprints that tell text and heading apart', () => {
    const base = { heading: 'A', text: 'one' };
    expect(fingerprint(base)).toBe(fingerprint({ ...base }));
    expect(fingerprint(base)).not.toBe(fingerprint({ ...base, text: 'two' }));
    expect(fingerprint(base)).not.toBe(fingerprint({ ...base, heading: 'B' }));
    expect(Number.isSafeInteger(fingerprint(base))).toBe(true);
  });
});

describe('passages of conversations', () => {
  const lines = [
    '{"role":"user","content":"I prefer tabs."}',
    '{"role":"assistant","parts":[{"type":"text","text":"Noted."},{"type":"tool","tool_name":"write","tool_output":"done"}]}',
    '',
    '{"role":"user","peer_id":"caroline","content":"Hello there"}',
    'not json at all',
    '{"role":"user","content":""}',
  ];

  it('take the speakers of a transcript from what messages begin with, once it begins several', () => {
    const said = ['Ann: hello', 'Bob Lee: hi Ann', 'Note: nothing', 'Ann: bye', 'Bob Lee: bye'];
    const text = said.map((content) => JSON.stringify({ role: 'user', content })).join('\n');
    const passages = passagesOf(text, 'conversation', 'messages.jsonl');
    expect(passages.map((passage) => [passage.text, passage.speaker])).toEqual([
      ['Ann: hello', 'ann'],
      ['Bob Lee: hi Ann', 'bob'],
      ['user: Note: nothing', undefined],
      ['Ann: bye', 'ann'],
      ['Bob Lee: bye', 'bob'],
    ]);
  });

  it('are one a message, on its line, with who said it', () => {
    const passages = passagesOf(lines.join('\n'), 'conversation', 'messages.jsonl');
    expect(passages.map(({ text, lines: { start, end } }) => [text, start, end])).toEqual([
      ['user: I prefer tabs.', 1, 1],
      ['assistant: Noted.\nwrite\ndone', 2, 2],
      ['caroline: Hello there', 4, 4],
      ['not json at all', 5, 5],
    ]);
    expect(passages[0]!.indexed).toBe('I prefer tabs.');
    expect(passages[0]!.speaker).toBeUndefined();
    expect(passages[2]!.speaker).toBe('carolin');
    expect(passages[2]!.indexed).toContain('caroline');
  });

  it('cut a message of a megabyte', () => {
    const passages = passagesOf(
      JSON.stringify({ role: 'user', content: 'words and words '.repeat(60_000) }),
      'conversation',
      'messages.jsonl',
    );
    expect(passages.length).toBeGreaterThan(100);
    expect(passages.every(({ lines: { start, end } }) => start === 1 && end === 1)).toBe(true);
  });
});

describe('what is indexed', () => {
  it.each([
    ['acme/resources/docs/a.md', true],
    ['acme/user/me/sessions/s1', true],
    ['acme/user/me/sessions/s1/messages.jsonl', true],
    ['acme/user/me/sessions/s1/history/archive_001/messages.jsonl', true],
    ['acme/user/me/sessions/s1/tools/t1/tool.json', false],
    ['acme/user/me/sessions/s1/history/archive_001/memory_diff.json', false],
    ['acme/user/me/sessions/s1/.meta.json', false],
    ['acme/resources/docs/.abstract.md', false],
    ['acme/resources/repo/.git/config', false],
    ['acme/user/me/memories/.review/x.md', false],
    ['acme/resources/a.md~', false],
    ['acme/resources/.a.md.swp', false],
    ['acme/resources/a.swp', false],
    ['acme/resources/4913', false],
    ['acme/resources/#a.md#', false],
    ['acme/resources/.vikingfs-00.tmp', false],
    ['acme/resources/sessions/s1/tools/x.md', true],
  ])('%s: %s', (path, expected) => {
    expect(isIndexable(path)).toBe(expected);
  });
});
