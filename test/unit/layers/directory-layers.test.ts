import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ABSTRACT_CHARACTERS,
  buildDirectoryLayers,
  OVERVIEW_CHARACTERS,
} from '../../../src/layers/directory-layers.ts';
import { fileNote } from '../../../src/layers/file-note.ts';
import type { ChildNote, DirectoryNote } from '../../../src/layers/note.ts';

const file = (name: string, text = `# ${name}\n\nAbout ${name} and compaction.\n`): ChildNote => {
  const head = Buffer.from(text);
  return { name, kind: 'file', note: fileNote({ name, sizeBytes: head.length, head }) };
};
const directory = (name: string, note: Partial<DirectoryNote> = {}): ChildNote => ({
  name,
  kind: 'directory',
  note: { title: name, abstract: '', terms: [], remark: '', ...note },
});

function build(
  children: readonly ChildNote[],
  path = 'acme/resources/storage-engine',
  more: { hidden?: boolean; pinnedAbstract?: string } = {},
) {
  const directories = children.filter(({ kind }) => kind === 'directory').length;
  return buildDirectoryLayers({
    path,
    children,
    files: children.length - directories,
    directories,
    hidden: false,
    ...more,
  });
}

describe('an abstract', () => {
  it('says title, what it is, what is in it and its terms, in one paragraph', () => {
    const { abstract } = build([
      file('README.md', '# Storage\n\nHow blocks are laid out on disk. More.\n'),
      file('wal.md', '# Write-ahead log\n\nThe journal of checksum frames.\n'),
      file('compaction.md', '# Compaction\n\nMerges checksum frames of levels.\n'),
    ]);
    expect(abstract).toMatch(
      /^Storage: How blocks are laid out on disk\. More\. 3 files: Compaction, Write-ahead log\. Key terms: /,
    );
    expect(abstract).toContain('checksum');
    expect(abstract).not.toContain('\n');
    expect(abstract.length).toBeLessThanOrEqual(ABSTRACT_CHARACTERS);
  });

  it('is called by its name, made readable, without a README', () => {
    expect(build([file('x.bin', 'a\0b')]).abstract).toMatch(/^Storage engine\. 1 file: x\./);
  });

  it('says the truth of an empty directory', () => {
    expect(build([]).abstract).toBe('Storage engine: empty.');
    expect(build([], undefined, { hidden: true }).abstract).toBe('Storage engine: only hidden entries.');
    expect(build([], 'acme/user/ann/memories/events').abstract).toBe(
      'Events of ann: What happened, and when. Now empty.',
    );
  });

  it('of a skill is its name and description', () => {
    const { abstract, title } = build(
      [file('SKILL.md', '---\nname: pdf-forms\ndescription: Fills PDF forms. Use it for tax.\n---\n')],
      'acme/user/ann/skills/pdf',
    );
    expect(title).toBe('pdf-forms');
    expect(abstract).toMatch(/^pdf-forms: Fills PDF forms\./);
  });

  it('of a session tells its newest question', () => {
    const line = JSON.stringify({
      role: 'user',
      content: 'How do I prune roses in March?',
      created_at: '2026-03-01T00:00:00Z',
    });
    const { abstract, overview } = build([file('messages.jsonl', `${line}\n`)], 'acme/user/ann/sessions/s1');
    expect(abstract).toMatch(
      /^Session s1: 1 message, 2026-03-01\. Last asked: "How do I prune roses in March\?"/,
    );
    expect(overview).toContain('## What was said\n- How do I prune roses in March?');
  });

  it('of a session without live messages is what its newest archive says of itself', () => {
    const line = JSON.stringify({ role: 'user', content: 'Help me with the garden wall of red bricks.' });
    const path = 'acme/user/ann/sessions/s1';
    const beside = file('memory_diff.json', '{"operations":{"adds":[{"uri":"viking://user/ann/x"}]}}');
    const archived = [file('messages.jsonl', `${line}\n`), beside];
    const archive = (name: string, pinnedAbstract: string): ChildNote =>
      directory(name, build(archived, `${path}/history/${name}`, { pinnedAbstract }));
    const archives = [
      archive('archive_1000', 'Plan of a garden wall. (1 message) Key terms: bricks, wall'),
      archive('archive_999', 'Older.'),
    ];
    const history = build(archives, `${path}/history`);
    expect(history.abstract).toMatch(
      /^Archives of session s1: 2 archives, the newest: Plan of a garden wall\. \(1 message\)\. Key terms: .*bricks/,
    );
    const session = build([file('messages.jsonl', ''), directory('history', history)], path);
    expect(session.abstract).toMatch(
      /^Session s1: no live messages\. 2 archives, the newest: Plan of a garden wall\. \(1 message\)\. Key terms: /,
    );
    expect(session.abstract).not.toMatch(/operations|viking/);
    expect(session.abstract.match(/Key terms/g)).toHaveLength(1);
  });

  it.each([
    ['acme/user/ann/memories', 'Memories of ann'],
    ['acme/user/ann/peers/bob/memories', 'Memories of bob'],
    ['acme/user/ann/sessions', 'Sessions of ann'],
    ['acme/user/ann/sessions/s1/history/archive_003', 'Archive 003 of session s1'],
    ['acme/user/ann', 'Context of ann'],
    ['acme/resources', 'Resources'],
    ['acme/resources/docs', 'Docs'],
    ['acme/resources/api', 'api'],
    ['acme/resources/MyLib', 'MyLib'],
  ])('%s is titled %s', (path, title) => {
    expect(build([file('a.md')], path).title).toBe(title);
  });

  it('of many files says the most of all their titles, names before single words', () => {
    const { abstract } = build([
      file('README.md', '# Guides\n\nHow to do what is asked most.\n'),
      ...Array.from({ length: 30 }, (_, at) =>
        file(`g${at}.md`, `# Migrating ${'abcdefghijklmnopqrstuvwxyzABCD'[at]}quince databases to zephyr\n`),
      ),
      file('zz.md', '# Backup\n'),
    ]);
    expect(abstract).toMatch(
      /^Guides: How to do what is asked most\. 32 files: .*Backup.* and more on .*zephyr/,
    );
    expect(abstract.length).toBeLessThanOrEqual(ABSTRACT_CHARACTERS);
  });

  it('names all children where there is room, though the lead is cut for it no more than by half', () => {
    const { abstract } = build([
      file('README.md', `# Storage\n\n${'How blocks of many sizes are laid out '.repeat(8)}.\n`),
      ...['Journal', 'Compaction', 'Snapshots'].map((title) => file(`${title}.md`, `# ${title}\n`)),
    ]);
    expect(abstract).toContain('4 files: Compaction, Journal, Snapshots.');
  });

  it('ends cleanly with scripts that have no spaces', () => {
    const { abstract } = build([
      file('README.md', `# 存储引擎\n\n${'本文介绍数据块在磁盘上的布局方式以及压缩过程'.repeat(20)}。\n`),
      file('日志.md', '# 预写日志\n\n日志的格式说明。\n'),
    ]);
    expect(abstract.startsWith('存储引擎: 本文介绍')).toBe(true);
    expect(abstract.length).toBeLessThanOrEqual(ABSTRACT_CHARACTERS);
    expect(abstract.isWellFormed()).toBe(true);
    expect(abstract).toMatch(/[….。]$/u);
  });

  it("is a person's when there is one, in the overview too", () => {
    const { abstract, overview } = build([file('a.md')], undefined, { pinnedAbstract: 'Mine alone.\n' });
    expect(abstract).toBe('Mine alone.');
    expect(overview.split('\n\n')[1]).toBe('Mine alone.');
  });
});

describe('an overview', () => {
  it('has the title, the abstract, where to begin, a line per child and an outline', () => {
    const { overview, abstract } = build([
      directory('notes', { title: 'Notes', abstract: 'Notes: Kept by hand.' }),
      file('guide.md', '# Guide\n\nHow to begin with it.\n\n## Install\n\n## Use\n'),
      file('README.md', '# Storage\n\nHow blocks are laid out on disk.\n'),
      directory('locked', { remark: 'cannot be read (permission denied)' }),
    ]);
    const parts = overview.split('\n\n');
    expect(parts[0]).toBe('# Storage');
    expect(parts[1]).toBe(abstract);
    expect(parts[2]).toBe('2 files and 2 directories. Start with `README.md`.');
    expect(parts[3]).toBe(
      [
        '## Contents',
        '- `README.md` — Storage: How blocks are laid out on disk.',
        '- `locked/` — cannot be read (permission denied)',
        '- `notes/` — Kept by hand.',
        '- `guide.md` — Guide: How to begin with it.',
      ].join('\n'),
    );
    expect(overview).toContain('## Outline\n- `guide.md`: Install; Use');
  });

  it('samples a large directory, README first, the same each time, and says so in the last line', () => {
    const children = [
      file('README.md'),
      ...Array.from({ length: 209 }, (_, at) => file(`n${String(at).padStart(3, '0')}.md`)),
    ];
    const { overview } = build(children);
    const shown = namesIn(overview);
    expect(shown).toHaveLength(32);
    expect(shown[0]).toBe('README.md');
    expect(shown.at(-1)).toBe('n208.md');
    expect(overview.split('\n').at(-1)).toBe('Shows 32 of 210 entries.');
    expect(build([...children].reverse()).overview).toBe(overview);
  });

  it('shows fewer rather than cut a name', () => {
    const children = Array.from({ length: 32 }, (_, at) =>
      file(`${'long-'.repeat(45)}${String(at).padStart(2, '0')}.md`),
    );
    const { overview } = build(children);
    const shown = namesIn(overview);
    expect(overview.length).toBeLessThanOrEqual(OVERVIEW_CHARACTERS);
    expect(shown.length).toBeGreaterThan(5);
    expect(overview.split('\n').at(-1)).toBe(`Shows ${shown.length} of 32 entries.`);
    for (const name of shown) expect(children.some((child) => child.name === name)).toBe(true);
  });

  it('is quick for ten thousand entries', () => {
    const children = Array.from({ length: 10_000 }, (_, at) =>
      file(`f${at}.md`, `# T${at}\n\nText ${at % 7}.\n`),
    );
    const began = performance.now();
    const { overview } = build(children);
    // Far more than it takes alone: other suites run beside this one.
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(overview).toContain('Shows 32 of 10000 entries.');
  });
});

describe('any directory', () => {
  const name = fc
    .oneof(
      fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }),
      fc.constantFrom(
        'README.md',
        'a`b.md',
        'new\nline.md',
        '# x',
        '- y',
        '__init__.py',
        'ünï.md',
        '日本.md',
        'constructor',
        '👩‍👩‍👧.md',
      ),
    )
    .filter((text) => text.isWellFormed() && !/[/\0]/.test(text) && !text.startsWith('.'));
  const text = fc.oneof(
    fc.string({ maxLength: 400, unit: 'binary' }),
    fc.lorem({ maxCount: 60 }),
    fc.constant(`# ${'漢'.repeat(500)}`),
  );
  const tree = fc.uniqueArray(fc.tuple(name, text, fc.boolean()), {
    selector: ([own]) => own,
    maxLength: 60,
  });

  it('keeps the caps, valid Unicode, one paragraph, only real names, and its word', () => {
    fc.assert(
      fc.property(tree, (entries) => {
        const children = entries.map(([own, content, isDirectory]) =>
          isDirectory
            ? directory(own, { title: content, abstract: content.slice(0, 256) })
            : file(own, content),
        );
        const { abstract, overview } = build(children);
        expect(abstract.length).toBeLessThanOrEqual(ABSTRACT_CHARACTERS);
        expect(overview.length).toBeLessThanOrEqual(OVERVIEW_CHARACTERS);
        expect(abstract.isWellFormed() && overview.isWellFormed()).toBe(true);
        expect(abstract).not.toMatch(/[\r\n]/);
        const shown = namesIn(overview);
        const names = new Set(children.map((child) => child.name));
        for (const shownName of shown) expect(names).toContain(shownName);
        expect(shown.length).toBeGreaterThanOrEqual(Math.min(1, children.length));
        const last = overview.split('\n').at(-1);
        if (shown.length < children.length)
          expect(last).toBe(`Shows ${shown.length} of ${children.length} entries.`);
        expect(build(children).overview).toBe(overview);
      }),
      { numRuns: 150 },
    );
  });
});

/** Names of the lines under `## Contents`, as they are on disk. */
function namesIn(overview: string): string[] {
  const lines = overview.split('## Contents\n')[1]?.split('\n\n')[0]?.split('\n') ?? [];
  return lines.map((line) => {
    const quoted = /^- ("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
    const shown = quoted === undefined ? /^- `([^`]*)`/.exec(line)![1]! : (JSON.parse(quoted) as string);
    return shown.replace(/\/$/, '');
  });
}
