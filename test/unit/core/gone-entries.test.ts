import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VikingUri } from '../../../src/uri/index.ts';
import type { Vfs } from '../../../src/vfs/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';
import { echo } from '../../helpers/vfs-files.ts';

describe('what is recorded of an entry whose name changes in a mount', { timeout: 60_000 }, () => {
  let test: TestCore;
  let vfs: Vfs;
  beforeEach(async () => {
    test = await testCore();
    vfs = test.vfs();
  });
  afterEach(() => test.close());

  const tagged = async (name: string): Promise<void> => {
    await echo(vfs, `/resources/${name}`, name);
    const how = { tags: ['a=b'], mode: 'replace', recursive: false } as const;
    await test.core.attributes.setTags(test.principal, VikingUri.resources(...name.split('/')), how);
  };
  const tagsOf = async (name: string): Promise<readonly string[]> => {
    const uri = VikingUri.resources(...name.split('/'));
    return (await test.core.attributes.get(test.principal, uri)).attrs.tags;
  };
  /** Tags of a new entry of this name, which is away again at once. */
  const tagsOfAnother = async (name: string): Promise<readonly string[]> => {
    await echo(vfs, `/resources/${name}`, 'another');
    const tags = await tagsOf(name);
    await vfs.unlink(`/resources/${name}`);
    return tags;
  };
  const becomesUntagged = (name: string): Promise<unknown> =>
    eventually(async () => (await tagsOfAnother(name)).length === 0, {
      what: `a new ${name} has no tags`,
      intervalMs: 700,
      timeoutMs: 15_000,
    });

  it('is forgotten when it was removed, and not when it is there again', async () => {
    await tagged('a.md');
    await vfs.unlink('/resources/a.md');
    await becomesUntagged('a.md');
    await tagged('kept.md');
    // What a driver tells after a program removed the file and put a new one there.
    vfs.changed('/resources/kept.md', { gone: true });
    await tagged('marker.md');
    await vfs.unlink('/resources/marker.md');
    await becomesUntagged('marker.md');
    expect(await tagsOf('kept.md')).toEqual(['a=b']);
  });

  it('is forgotten of everything in a large tree that was removed, and of nothing else', async () => {
    await vfs.mkdir('/resources/tree', 0o755);
    await tagged('beside.md');
    for (let at = 0; at < 100; at += 1) await echo(vfs, `/resources/tree/${at}.md`, String(at));
    await tagged('tree/50.md');
    for (let at = 0; at < 100; at += 1) await vfs.unlink(`/resources/tree/${at}.md`);
    await becomesUntagged('tree/50.md');
    expect(await tagsOf('beside.md')).toEqual(['a=b']);
  });

  it('follows what a driver renamed by itself, and returns when that was half of a save', async () => {
    await tagged('a.md');
    const plain = (name: string): string => join(test.core.tree.contentDir, 'default/resources', name);
    await vfs.rename('/resources/a.md', '/resources/a.md~');
    await eventually(async () => (await tagsOf('a.md~')).length === 1, { what: 'the tags followed' });
    await echo(vfs, '/resources/a.md', 'saved anew');
    await unlink(plain('a.md~'));
    vfs.changed('/resources/a.md~', { gone: true });
    await eventually(async () => (await tagsOf('a.md')).length === 1, { what: 'the tags returned' });
    await vfs.mkdir('/resources/dir', 0o755);
    await tagged('dir/b.md');
    await vfs.rename('/resources/dir', '/resources/other');
    expect(await tagsOf('other/b.md')).toEqual(['a=b']);
  });

  it('is gone with a memory that is forgotten', async () => {
    const { core, principal } = test;
    const uri = VikingUri.user('alice', 'memories', 'entities', 'a.md');
    const write = (): Promise<unknown> =>
      core.files.write(principal, uri, Buffer.from('Text.'), { parents: true });
    await write();
    await core.attributes.setTags(principal, uri, { tags: ['a=b'], mode: 'replace', recursive: false });
    await core.memories.forget(principal, uri);
    await write();
    expect((await core.attributes.get(principal, uri)).attrs.tags).toEqual([]);
  });
});
