import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VikingUri } from '../../../src/uri/index.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';

let made: TestCore;
beforeEach(async () => {
  made = await testCore();
  await mkdir(of('bob/memories/preferences'), { recursive: true });
  await writeFile(of('bob/memories/preferences/tea.md'), BOBS);
  await mkdir(of('alice/memories/.review'), { recursive: true });
});
afterEach(() => made.close());

const BOBS = 'Bob prefers tea.\n';
const of = (path: string): string => join(made.home, 'content/default/user', path);
const bobs = (): Promise<string> => readFile(of('bob/memories/preferences/tea.md'), 'utf8');

function note(target: string): string {
  return `<!-- vikingfs-review\ntarget: ${target}\ncategory: preferences\ndiff:\n+ x\n-->\n\nAlice says hello.\n`;
}

describe('memories stay among what is their owner\u2019s', () => {
  it.each([
    'viking://user/bob/memories/preferences/tea.md',
    'viking://user/bob/memories/preferences/new.md',
    'viking://user/alice/sessions/s/messages.jsonl',
    'viking://user/../bob/memories/preferences/tea.md',
  ])('a review note made by hand that names %s changes and tells nothing', async (target) => {
    const { core, principal } = made;
    await writeFile(of('alice/memories/.review/evil.md'), note(target));
    const asked = core.memories.accept(principal, 'evil.md');
    await expect(asked).rejects.toMatchObject({
      code: expect.stringMatching(/PERMISSION_DENIED|INVALID_URI/),
    });
    expect(await bobs()).toBe(BOBS);
    await expect(readFile(of('bob/memories/preferences/new.md'))).rejects.toThrow('ENOENT');
    await expect(readFile(of('alice/sessions/s/messages.jsonl'))).rejects.toThrow('ENOENT');
  });

  it('a symlink where memories go leads to nobody else\u2019s', async () => {
    const { core, principal } = made;
    await symlink('../../bob/memories/preferences', of('alice/memories/preferences'));
    const remembered = core.memories.remember(principal, 'I prefer coffee.', { category: 'preferences' });
    await expect(remembered).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(core.memories.tidy(principal)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await bobs()).toBe(BOBS);
    expect(
      (
        await core.files.list(
          { ...principal, user: 'bob' },
          core.files.parseUri({ ...principal, user: 'bob' }, 'viking://user/memories/preferences'),
        )
      ).length,
    ).toBe(1);
  });

  it('a symlink for the inbox shows nobody else\u2019s', async () => {
    const { core, principal } = made;
    await mkdir(of('bob/memories/.review'), { recursive: true });
    await writeFile(of('bob/memories/.review/own.md'), note('viking://user/bob/memories/preferences/x.md'));
    await rm(of('alice/memories/.review'), { recursive: true });
    await symlink('../../bob/memories/.review', of('alice/memories/.review'));
    await expect(core.memories.reviews(principal)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('forgetting removes nothing of somebody else\u2019s behind a symlink for one\u2019s own records', async () => {
    const { core, principal } = made;
    const own = await core.memories.remember(principal, 'I prefer coffee.', { category: 'preferences' });
    await symlink('../../bob/memories/preferences', of('alice/memories/.diffs'));
    await core.memories.forget(principal, VikingUri.fromCanonical(own.uri!));
    expect(await bobs()).toBe(BOBS);
  });

  it('accepting a removal removes, unless the memory was changed meanwhile', async () => {
    const { core, principal } = made;
    const uri = 'viking://user/alice/memories/preferences/tea.md';
    const removal = `<!-- vikingfs-review\ntarget: ${uri}\ncategory: preferences\ndiff:\n- Likes tea.\n-->\n\n`;
    await mkdir(of('alice/memories/preferences'));
    await writeFile(of('alice/memories/preferences/tea.md'), 'Likes tea.\nAnd scones.\n');
    await writeFile(of('alice/memories/.review/tea.md'), removal);
    await expect(core.memories.accept(principal, 'tea.md')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readFile(of('alice/memories/preferences/tea.md'), 'utf8')).toContain('scones');
    await writeFile(of('alice/memories/preferences/tea.md'), 'Likes tea.\n');
    expect(await core.memories.accept(principal, 'tea.md')).toMatchObject({ outcome: 'merged', uri });
    await expect(readFile(of('alice/memories/preferences/tea.md'))).rejects.toThrow('ENOENT');
    expect(await core.memories.reviews(principal)).toEqual([]);
  });

  it('a directory in the inbox is no memory, and the others can still be looked through', async () => {
    const { core, principal } = made;
    await mkdir(of('alice/memories/.review/kept'));
    const target = 'viking://user/alice/memories/preferences/tea.md';
    await writeFile(of('alice/memories/.review/tea.md'), note(target));
    expect((await core.memories.reviews(principal)).map((entry) => entry.name)).toEqual(['tea.md']);
    expect(await core.memories.accept(principal, 'tea.md')).toMatchObject({ uri: target });
    expect(await readFile(of('alice/memories/preferences/tea.md'), 'utf8')).toBe('Alice says hello.\n');
  });
});
