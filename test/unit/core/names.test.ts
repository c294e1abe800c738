import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { type Core, createCore } from '../../../src/core/index.ts';
import type { Principal } from '../../../src/tenancy/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { spawnWorker } from '../../helpers/program.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

const ada: Principal = { account: 'default', user: 'ada', role: 'user' };
const RESERVED = { code: 'PERMISSION_DENIED', message: expect.stringContaining('reserved') };
let temp: TempDir;
let core: Core;

beforeEach(async () => {
  temp = await tempDir();
  core = await createCore({
    home: join(temp.path, 'home'),
    account: 'default',
    user: 'ada',
    log: silentLogger,
    logLevel: 'silent',
    ...(spawnWorker === undefined ? {} : { spawnWorker }),
  });
});
afterEach(async () => {
  await core.close();
  await temp.remove();
});

it('keeps relations to entries whose names look like variables or end in a space', async () => {
  const from = VikingUri.resources('a.md');
  const targets = ['{calendar:today}.md', '{x:y}.md', 'end '].map((name) => VikingUri.resources(name));
  for (const uri of [from, ...targets]) await core.files.write(ada, uri, Buffer.from('x'));
  await core.relations.link(ada, from, targets, 'odd');
  expect((await core.relations.list(ada, from)).map(({ uri }) => uri)).toEqual(targets.map(String));
});

it('makes nothing as or below a name that every directory answers to', async () => {
  await core.files.write(ada, VikingUri.resources('a.md'), Buffer.from('x'));
  for (const name of ['.find', '.abstract.md', '.overview.md', '.relations.json', '.meta.json']) {
    const uri = VikingUri.resources('docs', name);
    await expect(core.files.mkdir(ada, uri), name).rejects.toMatchObject(RESERVED);
    const below = core.files.write(ada, uri.join('a.md'), Buffer.from('x'), { parents: true });
    await expect(below, name).rejects.toMatchObject(RESERVED);
    const moved = core.files.move(ada, VikingUri.resources('a.md'), uri.join('a.md'));
    await expect(moved, name).rejects.toMatchObject(RESERVED);
    await expect(core.resources.add(ada, temp.path, { to: uri }), name).rejects.toMatchObject(RESERVED);
  }
});

it('can clear away what another program made under such a name', async () => {
  await mkdir(join(temp.path, 'home/content/default/resources/.find/x'), { recursive: true });
  expect(await core.files.remove(ada, VikingUri.resources('.find'), true)).toBe(2);
});

it('appends to a layer rather than replace it, and creates none that is there', async () => {
  const layer = VikingUri.resources('.abstract.md');
  await core.files.write(ada, layer, Buffer.from('Our notes.\n'));
  await core.files.write(ada, layer, Buffer.from('And more.\n'), { mode: 'append' });
  expect(String(await core.files.read(ada, layer))).toBe('Our notes.\nAnd more.\n');
  await expect(core.files.write(ada, layer, Buffer.from('x'), { mode: 'create' })).rejects.toMatchObject({
    code: 'ALREADY_EXISTS',
  });
  await writeFile(join(temp.path, 'home/content/default/resources/.abstract.md'), 'By hand.\n');
  expect(String(await core.files.read(ada, layer))).toBe('By hand.\n');
});
