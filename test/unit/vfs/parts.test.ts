import { describe, expect, it } from 'vitest';
import { createDrafts, type DraftTarget, writeDraft } from '../../../src/vfs/drafts.ts';
import { createHandles } from '../../../src/vfs/handles.ts';
import type { Vfs } from '../../../src/vfs/index.ts';
import { withDeadlines } from '../../../src/vfs/index.ts';
import type { OpenFile } from '../../../src/vfs/node.ts';
import { createSnapshots } from '../../../src/vfs/snapshots.ts';
import { eventually } from '../../helpers/eventually.ts';
import { errnoFrom } from '../../helpers/vfs-files.ts';

describe('snapshots', () => {
  it('serve one text for a while, shared by those who come together', async () => {
    let now = 1_000;
    let made = 0;
    const snapshots = createSnapshots(() => now);
    const render = async () => {
      made += 1;
      return Buffer.from(`text ${made}`);
    };
    const [a, b] = await Promise.all([snapshots.get('/p', 100, render), snapshots.get('/p', 100, render)]);
    expect(a).toBe(b);
    now += 99;
    expect(await snapshots.get('/p', 100, render)).toBe(a);
    now += 2;
    expect((await snapshots.get('/p', 100, render)).bytes.toString()).toBe('text 2');
  });

  it('change their time only with their text, and always forward', async () => {
    let text = 'same';
    const snapshots = createSnapshots(() => 5_000);
    const render = async () => Buffer.from(text);
    const first = await snapshots.get('/p', 0, render);
    expect((await snapshots.get('/p', 0, render)).mtimeNs).toBe(first.mtimeNs);
    text = 'diff';
    expect((await snapshots.get('/p', 0, render)).mtimeNs > first.mtimeNs).toBe(true);
  });

  it('are made anew after a change, even one that comes while they are made', async () => {
    const snapshots = createSnapshots(() => 1);
    let release!: (text: string) => void;
    const slow = snapshots.get(
      '/p',
      1_000,
      () => new Promise((resolve) => (release = (t) => resolve(Buffer.from(t)))),
    );
    snapshots.clear();
    const fresh = await snapshots.get('/p', 1_000, async () => Buffer.from('new'));
    release('old');
    await slow;
    expect(fresh.bytes.toString()).toBe('new');
  });

  it('do not keep a failure', async () => {
    const snapshots = createSnapshots();
    await expect(snapshots.get('/p', 1_000, () => Promise.reject(new Error('once')))).rejects.toThrow('once');
    expect((await snapshots.get('/p', 1_000, async () => Buffer.from('x'))).bytes.toString()).toBe('x');
  });
});

describe('drafts', () => {
  function target(taken: string[], text = 'current'): DraftTarget {
    return {
      path: '/d/.abstract.md',
      current: async () => Buffer.from(text),
      take: async (bytes) => void taken.push(bytes.toString()),
    };
  }
  const noFailures = { record: (_failed: unknown, error: unknown) => expect.fail(String(error)) };

  it('are taken at a flush after a write, not at one before it', async () => {
    const taken: string[] = [];
    const drafts = createDrafts(noFailures);
    const where = target(taken);
    const draft = await drafts.begin(where, true);
    await drafts.flush(where, draft);
    expect(taken).toEqual([]);
    writeDraft(draft, Buffer.from('new'), 0, where.path);
    await drafts.flush(where, draft);
    await drafts.flush(where, draft);
    await drafts.end(where, draft);
    expect(taken).toEqual(['new']);
    expect(await drafts.peek(where.path)).toBeUndefined();
  });

  it('are shared by those who have the file open', async () => {
    const taken: string[] = [];
    const drafts = createDrafts(noFailures);
    const where = target(taken, 'abc');
    const [one, two] = await Promise.all([drafts.begin(where, false), drafts.begin(where, false)]);
    expect(one).toBe(two);
    writeDraft(one, Buffer.from('X'), 3, where.path);
    await drafts.end(where, one);
    expect(taken).toEqual([]);
    await drafts.end(where, two);
    expect(taken).toEqual(['abcX']);
  });

  it('that were only cut by name are taken when nobody opens the file', async () => {
    const taken: string[] = [];
    const drafts = createDrafts(noFailures);
    await drafts.truncate(target(taken), 0);
    expect((await drafts.peek('/d/.abstract.md'))?.bytes).toHaveLength(0);
    await eventually(() => taken.length > 0, { what: 'the cut is taken' });
    expect(taken).toEqual(['']);
  });

  it('have a limit', async () => {
    const drafts = createDrafts(noFailures);
    const where = target([]);
    const draft = await drafts.begin(where, false);
    expect(() => writeDraft(draft, Buffer.from('x'), 2 * 1024 * 1024, where.path)).toThrowError(/at most/);
    drafts.close();
  });

  it('record a failure nobody waits for', async () => {
    const recorded: unknown[] = [];
    const drafts = createDrafts({ record: (_failed, error) => recorded.push(error) });
    const where: DraftTarget = { ...target([]), take: () => Promise.reject(new Error('refused')) };
    await drafts.end(where, await drafts.begin(where, true));
    expect(String(recorded[0])).toContain('refused');
  });
});

describe('handles', () => {
  const file = {} as OpenFile;

  it('have numbers of their own and are forgotten when taken', async () => {
    const handles = createHandles();
    const [a, b] = [handles.add({ file, path: '/a' }), handles.add({ file, path: '/b' })];
    expect(a).not.toBe(b);
    expect(a).toBeGreaterThan(0);
    expect(handles.get(b).path).toBe('/b');
    handles.take(a);
    expect(await errnoFrom((async () => handles.get(a))())).toBe('EBADF');
    expect(handles.size).toBe(1);
  });

  it('follow a rename of their directory', () => {
    const handles = createHandles();
    const open = { place: { segments: ['resources', 'd', 'a'] } };
    const other = { place: { segments: ['resources', 'dd', 'a'] } };
    for (const each of [open, other]) handles.add({ file: each as unknown as OpenFile, path: '/x' });
    handles.renamed(['resources', 'd'], ['resources', 'e', 'f']);
    expect(open.place.segments).toEqual(['resources', 'e', 'f', 'a']);
    expect(other.place.segments).toEqual(['resources', 'dd', 'a']);
  });
});

describe('deadlines', () => {
  it('answer ETIMEDOUT, and close a file that is opened too late', async () => {
    let opened!: (handle: number) => void;
    const released: number[] = [];
    const slow = {
      open: () => new Promise<number>((resolve) => (opened = resolve)),
      getattr: () => new Promise(() => undefined),
      release: async (handle: number) => void released.push(handle),
    } as unknown as Vfs;
    const vfs = withDeadlines(slow, 30);
    const [open, attr] = [errnoFrom(vfs.open('/a', 0)), errnoFrom(vfs.getattr('/a'))];
    expect(await open).toBe('ETIMEDOUT');
    expect(await attr).toBe('ETIMEDOUT');
    opened(7);
    await eventually(() => released.length > 0, { what: 'the late file is closed' });
    expect(released).toEqual([7]);
  });

  it('leave what is in time alone', async () => {
    const quick = { getattr: async () => 'attr' } as unknown as Vfs;
    expect(await withDeadlines(quick, 1_000).getattr('/a')).toBe('attr');
  });
});
