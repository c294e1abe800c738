import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseMemory } from '../../../src/memory/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { ADA, openSessionHome, type SessionHome, user } from '../../helpers/session-home.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let temp: TempDir;
let home: SessionHome;
/** Fails the extraction right after its first memory was written. */
let isCut: boolean;

beforeEach(async () => {
  temp = await tempDir();
  isCut = false;
  const onChanged = (): void => {
    if (!isCut) return;
    isCut = false;
    throw new Error('cut short');
  };
  home = await openSessionHome(temp.path, { memory: { onChanged } });
  await home.sessions.addMessages(ADA, 's', [
    user('I prefer cinnamon over cardamom.'),
    user('My name is Ada.'),
  ]);
  isCut = true;
  await expect(home.sessions.extractLive(ADA, 's')).rejects.toThrow('cut short');
});
afterEach(async () => {
  await home.close();
  await temp.remove();
});

const root = (...path: string[]): string => join(temp.path, 'content/default/user/ada', ...path);
const outcomesOf = async () =>
  (await home.sessions.extractLive(ADA, 's')).memories.map(({ outcome, reason }) => reason ?? outcome);

/** Files beside the live messages that hold a word. */
async function holding(word: string): Promise<string[]> {
  const entries = await readdir(root(), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== 'messages.jsonl');
  const texts = await Promise.all(files.map((one) => readFile(join(one.parentPath, one.name), 'utf8')));
  return files.filter((_, index) => texts[index]?.includes(word)).map(({ name }) => name);
}

it('brings nothing back that was forgotten after an extraction that failed half-way', async () => {
  expect(await holding('My name is Ada')).toEqual(['profile.md']);
  await home.memory.forget(ADA, VikingUri.user('ada', 'profile.md'));
  expect((await outcomesOf()).sort()).toEqual(['forgotten', 'stored']);
  expect(await holding('My name is Ada')).toEqual([]);
  expect(await holding('cinnamon')).toHaveLength(1);
});

it('adds the rest when asked again, names the session and no archive, and keeps nothing beside', async () => {
  expect((await outcomesOf()).sort()).toEqual(['duplicate', 'stored']);
  expect(await outcomesOf()).toEqual(['duplicate', 'duplicate']);
  const { statements } = parseMemory(await readFile(root('profile.md'), 'utf8'));
  expect(statements).toMatchObject([{ session: 's', archive: '' }]);
  expect((await readdir(root('sessions/s'))).filter((one) => /plan|diff/.test(one))).toEqual([]);
  const { archive_uri } = await home.sessions.commit(ADA, 's', { waitMs: 20_000 });
  const { contentPath } = VikingUri.fromCanonical(archive_uri ?? '');
  const path = join(temp.path, 'content/default', contentPath, 'memory_diff.json');
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ summary: { total_adds: 0 } });
});
