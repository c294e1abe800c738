import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MemoryDiff } from '../../../src/api/results.ts';
import { parseMemory } from '../../../src/memory/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { ADA, openSessionHome, type SessionHome, user } from '../../helpers/session-home.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let temp: TempDir;
let home: SessionHome;
beforeEach(async () => {
  temp = await tempDir();
  home = await openSessionHome(temp.path);
});
afterEach(async () => {
  await home.close();
  await temp.remove();
});

const root = (...path: string[]): string => join(temp.path, 'content/default/user/ada', ...path);
const read = (...path: string[]): Promise<string> => readFile(root(...path), 'utf8');

async function commit(session: string, ...texts: string[]): Promise<MemoryDiff> {
  await home.sessions.addMessages(
    ADA,
    session,
    texts.map((text) => user(text)),
  );
  const { archive_uri } = await home.sessions.commit(ADA, session, { waitMs: 20_000 });
  const path = VikingUri.fromCanonical(archive_uri ?? '').contentPath;
  return JSON.parse(
    await readFile(join(temp.path, 'content/default', path, 'memory_diff.json'), 'utf8'),
  ) as MemoryDiff;
}

describe('undo', () => {
  it('puts back everything a commit touched, and only once', async () => {
    const first = await commit('s', 'I prefer tabs over spaces.');
    const file = root('memories/preferences', (await readdir(root('memories/preferences')))[0] ?? '');
    const before = await readFile(file, 'utf8');
    const second = await commit('s', 'I prefer spaces over tabs.', 'My name is Ada.');
    expect(await readFile(file, 'utf8')).not.toBe(before);
    const undone = await home.memory.undo(ADA, second);
    expect(undone.refused).toEqual([]);
    expect(undone.restored).toHaveLength(2);
    expect(await readFile(file, 'utf8')).toBe(before);
    await expect(read('profile.md')).rejects.toThrow('ENOENT');
    expect(await home.memory.undo(ADA, second)).toEqual(undone);
    await home.memory.undo(ADA, first);
    expect(await readdir(root('memories/preferences'))).toEqual([]);
  });

  it('leaves what was changed since, and says so', async () => {
    const diff = await commit('s', 'I prefer tabs over spaces.', 'My name is Ada.');
    await writeFile(root('profile.md'), 'I am Ada, and I wrote this.\n');
    const { restored, refused } = await home.memory.undo(ADA, diff);
    expect(restored).toHaveLength(1);
    expect(refused).toEqual([
      { uri: 'viking://user/ada/profile.md', reason: 'it was changed since the commit' },
    ]);
    expect(await read('profile.md')).toBe('I am Ada, and I wrote this.\n');
  });
});

describe('the review inbox', () => {
  const inbox = 'memories/.review';
  beforeEach(() => home.sessions.create(ADA, { sessionId: 'r', memoryPolicy: { review: 'all' } }));

  it('holds every candidate with its diff and evidence until it is accepted or rejected', async () => {
    await commit('other', 'I prefer tabs over spaces.');
    const diff = await commit(
      'r',
      'I prefer spaces over tabs.',
      'My name is Ada.',
      'We decided to drop Windows.',
    );
    expect(diff.outcomes.map(({ outcome }) => outcome)).toEqual(Array(3).fill('needs-review'));
    await expect(read('profile.md')).rejects.toThrow('ENOENT');
    const waiting = await home.memory.reviews(ADA);
    expect(waiting).toHaveLength(3);
    const change = waiting.find(({ memory_type }) => memory_type === 'preferences')!;
    expect(change.diff).toContain('- I prefer tabs over spaces.\n+ I prefer spaces over tabs.');
    expect(change.evidence[0]).toMatch(/^msg_\w+, said by ada/);
    await home.memory.accept(ADA, change.name);
    const preference = VikingUri.fromCanonical(change.target_uri).contentPath;
    const kept = await readFile(join(temp.path, 'content/default', preference), 'utf8');
    expect(parseMemory(kept).isEdited).toBe(false);
    expect(parseMemory(kept).body).toMatch(/^I prefer spaces over tabs\./);
    await home.memory.reject(ADA, waiting.find(({ memory_type }) => memory_type === 'events')!.name);
    expect(await home.memory.reviews(ADA)).toHaveLength(1);
    await expect(home.memory.accept(ADA, 'nobody.md')).rejects.toThrow('nothing of this name waits');
  });

  it('is files: mv accepts, and a later statement still finds its place', async () => {
    await commit('r', 'My name is Ada.');
    const [name = ''] = await readdir(root(inbox));
    await rename(root(inbox, name), root('profile.md'));
    expect(parseMemory(await read('profile.md')).body).toBe('# Profile\n\n- My name is Ada.');
    const later = await commit('s', 'My name is Ada.', 'My name is Lovelace.');
    expect(later.outcomes.map(({ outcome }) => outcome)).toEqual(['duplicate', 'merged']);
    expect(await read('profile.md')).not.toContain('vikingfs-review');
  });

  it('adds to a target that changed while it waited', async () => {
    await commit('r', 'My name is Ada.');
    await writeFile(root('profile.md'), 'Written by hand.\n');
    const [entry] = await home.memory.reviews(ADA);
    await home.memory.accept(ADA, entry!.name);
    expect(parseMemory(await read('profile.md')).body).toMatch(/^Written by hand\.\n\n- My name is Ada\. \(/);
  });
});

describe('remember', () => {
  it('keeps the words, in the category they belong to, once', async () => {
    expect(await home.memory.remember(ADA, 'I prefer tabs over spaces.')).toMatchObject({
      outcome: 'stored',
      memory_type: 'preferences',
    });
    expect(await home.memory.remember(ADA, 'I prefer tabs over spaces.')).toMatchObject({
      outcome: 'duplicate',
    });
    expect(await home.memory.remember(ADA, '我的名字是艾达')).toMatchObject({ outcome: 'stored' });
    const anything = await home.memory.remember(ADA, 'The blue bins go out on Tuesdays', {
      category: 'patterns',
    });
    expect(anything.uri).toContain('/memories/patterns/');
    const secret = await home.memory.remember(ADA, 'my password is hunter22');
    expect(secret).toMatchObject({ outcome: 'rejected', reason: 'secret' });
    expect(JSON.stringify(secret)).not.toContain('hunter22');
    await expect(home.memory.remember(ADA, 'x y z', { category: 'gossip' })).rejects.toThrow('gossip');
    await expect(home.memory.remember(ADA, '  ')).rejects.toThrow('nothing to remember');
  });
});

describe('forget', () => {
  it('takes a memory out of its file and of every record, and leaves a tombstone without the text', async () => {
    const { operations } = await commit('s', 'I prefer cinnamon over cardamom.', 'My name is Ada.');
    await commit('s', 'I prefer cardamom over cinnamon.');
    const uri = operations.adds.map((change) => change.uri).find((one) => one.includes('preferences'))!;
    const result = await home.memory.forget(ADA, VikingUri.fromCanonical(uri));
    expect(result.scrubbed).toBe(2);
    const outside = (await readdir(root(), { recursive: true, withFileTypes: true })).filter(
      (entry) =>
        entry.isFile() &&
        entry.name !== 'messages.jsonl' &&
        !entry.name.startsWith('.overview') &&
        !entry.name.startsWith('.abstract'),
    );
    for (const entry of outside) {
      expect(await readFile(join(entry.parentPath, entry.name), 'utf8'), entry.name).not.toContain(
        'cinnamon',
      );
    }
    expect(await read('memories/.forgotten.jsonl')).toContain('/memories/preferences/forgotten-');
    await expect(home.memory.forget(ADA, VikingUri.fromCanonical(uri))).rejects.toThrow('no such memory');
    await expect(
      home.memory.forget(ADA, VikingUri.fromCanonical('viking://user/ada/sessions/s')),
    ).rejects.toThrow('not a memory');
  });

  it('does not come back when its archive is worked on again, but can be said anew', async () => {
    const { operations } = await commit('s', 'I prefer cinnamon over cardamom.');
    const uri = VikingUri.fromCanonical(operations.adds[0]!.uri);
    await home.memory.forget(ADA, uri);
    const old = user('I prefer cinnamon over cardamom.', { created_at: '2020-01-01T00:00:00Z' });
    await home.sessions.addMessages(ADA, 's', [old]);
    const again = await home.sessions.commit(ADA, 's', { waitMs: 20_000 });
    expect(again.memories_extracted).toBe(0);
    home.advance(60_000);
    const anew = await commit('s', 'I prefer cinnamon over cardamom.');
    expect(anew.outcomes.map(({ outcome }) => outcome)).toEqual(['stored']);
  });
});

describe('tidy', () => {
  it('proposes pairs that say nearly the same, nearest first, and changes nothing', async () => {
    await home.memory.remember(ADA, 'The backup of the photo archive runs on the old server', {
      category: 'entities',
    });
    await home.memory.remember(ADA, 'Backup of the photo archive runs on the very old server', {
      category: 'cases',
    });
    await home.memory.remember(ADA, 'The backup of the photo archive runs on that old server', {
      category: 'cases',
    });
    const before = await readdir(root('memories/cases'));
    const proposals = await home.memory.tidy(ADA);
    expect(proposals).toHaveLength(1);
    expect(proposals[0]).toMatchObject({ memory_type: 'cases' });
    expect(proposals[0]!.similarity).toBeGreaterThanOrEqual(0.6);
    expect(await readdir(root('memories/cases'))).toEqual(before);
  });

  it('misses no pair among many, and finds no other', { timeout: 30_000 }, async () => {
    const directory = root('memories/entities');
    await mkdir(directory, { recursive: true });
    // Files of a group have 8 to 10 of their 12 words in common, and 2 words are everybody's.
    const letter = (at: number): string => String.fromCharCode(97 + at);
    const textOf = (at: number): string =>
      Array.from({ length: 14 }, (_, place) => {
        const of = place < 2 ? 0 : place < 10 + (at % 3) ? 1 + (at % 20) : 30 + at;
        return `k${letter(Math.floor(of / 20))}${letter(of % 20)}${letter(place)}z`;
      }).join(' ');
    const texts = Array.from({ length: 120 }, (_, at) => textOf(at));
    for (const [at, text] of texts.entries()) await writeFile(join(directory, `${at}.md`), `${text}\n`);
    const sets = texts.map((text) => new Set(text.split(' ')));
    const expected = sets.flatMap((left, at) =>
      sets.slice(at + 1).flatMap((right, after) => {
        const both = [...left].filter((word) => right.has(word)).length;
        return both / (left.size + right.size - both) >= 0.6 ? [`${at} ${at + 1 + after}`] : [];
      }),
    );
    const number = (uri: string): number => Number(uri.split('/').at(-1)?.replace('.md', ''));
    const found = (await home.memory.tidy(ADA)).map(({ keep, merge }) =>
      [number(keep), number(merge)].sort((a, b) => a - b).join(' '),
    );
    expect(expected.length).toBeGreaterThan(20);
    expect(found.sort()).toEqual(expected.sort());
  });
});
