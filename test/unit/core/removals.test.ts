import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/tenancy/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';

let made: TestCore;
beforeEach(async () => {
  made = await testCore();
});
afterEach(() => made.close());

const ROOT: Principal = { account: 'default', user: 'alice', role: 'root', mode: 'local' };
const ANN: Principal = { account: 'acme', user: 'ann', role: 'admin' };

describe('a removed account', () => {
  it('leaves nothing to the next one of its name', async () => {
    const { core, home } = made;
    const source = join(home, '..', 'source');
    await mkdir(source);
    await writeFile(join(source, 'a.md'), 'of the first');
    const secret = VikingUri.resources('secret');
    await core.admin.createAccount(ROOT, 'acme', { user: 'ann' });
    await core.resources.add(ANN, source, { to: secret });
    await core.attributes.setTags(ANN, secret, { tags: ['merger'], mode: 'replace', recursive: false });
    await core.watches.add(ANN, { path: source, to: secret, intervalMinutes: 60 });
    const error = { time: '', op: 'read', path: 'secret', code: 'EIO', message: 'secret', pid: 1 };
    core.journal.recordError(ANN, error as never);
    expect(core.journal.events(ANN)).not.toEqual([]);

    expect(await core.admin.removeAccount(ROOT, 'acme')).toMatchObject({ deleted: true });
    await core.admin.createAccount(ROOT, 'acme', { user: 'ann' });
    expect(await core.watches.list(ANN, false)).toEqual([]);
    expect(core.journal.errors(ANN)).toEqual([]);
    expect(JSON.stringify(core.journal.events(ANN))).not.toContain('secret');
    await core.files.mkdir(ANN, secret);
    expect((await core.attributes.get(ANN, secret)).attrs.tags).toEqual([]);
  });
});

describe('a resource', () => {
  it.each([
    'viking://user/alice/peers/bob',
    'viking://user/alice/peers/bob/memories',
    'viking://user/alice/skills',
    'viking://user/alice/notes/x',
  ])('does not go to %s: what is there and not in the source would be removed', async (to) => {
    const { core, principal, home } = made;
    const kept = join(home, 'content/default/user/alice/peers/bob/memories');
    await mkdir(kept, { recursive: true });
    await writeFile(join(kept, 'kept.md'), 'kept');
    await writeFile(join(home, 'a.md'), 'a');
    const asked = core.resources.add(principal, join(home, 'a.md'), { to: VikingUri.fromCanonical(to) });
    await expect(asked).rejects.toMatchObject({ code: 'INVALID_URI' });
    const memory = VikingUri.fromCanonical('viking://user/alice/peers/bob/memories/kept.md');
    expect(String(await core.files.read(principal, memory))).toBe('kept');
  });

  it('goes to the resources of a peer', async () => {
    const { core, principal, home } = made;
    await writeFile(join(home, 'a.md'), 'a');
    const to = VikingUri.fromCanonical('viking://user/alice/peers/bob/resources/x');
    expect(await core.resources.add(principal, join(home, 'a.md'), { to })).toMatchObject({ files: 1 });
  });
});
