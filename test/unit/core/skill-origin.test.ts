/** A skill's directory is exchanged for a symlink between being filled and being told where it came from. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ContentStore, openContent } from '../../../src/content/index.ts';
import { noteSource } from '../../../src/core/skill-origin.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

const TEA = 'default/user/ann/skills/tea';
const SKILL = { path: TEA, real: TEA };
const BOBS = 'default/user/bob/skills/tea';
const EXCHANGED = { code: 'PERMISSION_DENIED' };
let temp: TempDir;
let content: ContentStore;

const at = (...path: string[]) => join(content.dir, ...path);

beforeEach(async () => {
  temp = await tempDir();
  content = await openContent(join(temp.path, 'content'));
  for (const directory of [TEA, BOBS]) mkdirSync(at(directory), { recursive: true });
});
afterEach(() => temp.remove());

/** `skills/tea`, or `skills`, leads to Bob's. */
function exchange(name: 'tea' | 'skills'): void {
  const directory = at('default/user/ann', name === 'tea' ? 'skills/tea' : 'skills');
  rmSync(directory, { recursive: true });
  symlinkSync(name === 'tea' ? '../../bob/skills/tea' : '../bob/skills', directory);
}

it.each(['tea', 'skills'] as const)(
  'nothing is written where a symlink in place of %s leads',
  async (name) => {
    exchange(name);
    await expect(noteSource(content, SKILL, 'said')).rejects.toMatchObject(EXCHANGED);
    expect(existsSync(at(BOBS, '.source.json'))).toBe(false);
  },
);

it.each(['tea', 'skills'] as const)(
  'nothing is removed where a symlink in place of %s leads',
  async (name) => {
    writeFileSync(at(BOBS, '.source.json'), 'Bob’s');
    exchange(name);
    await expect(noteSource(content, SKILL)).rejects.toMatchObject(EXCHANGED);
    expect(readFileSync(at(BOBS, '.source.json'), 'utf8')).toBe('Bob’s');
  },
);

it('what was said is kept, until another skill comes without', async () => {
  await noteSource(content, SKILL, 'said');
  expect(readFileSync(at(TEA, '.source.json'), 'utf8')).toBe('said');
  await noteSource(content, SKILL);
  await noteSource(content, SKILL);
  expect(existsSync(at(TEA, '.source.json'))).toBe(false);
});
