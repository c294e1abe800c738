import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { type Core, createCore } from '../../../src/core/index.ts';
import type { Principal } from '../../../src/tenancy/index.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { spawnWorker } from '../../helpers/program.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

const ada: Principal = { account: 'default', user: 'ada', role: 'user' };
const bob: Principal = { account: 'default', user: 'bob', role: 'user' };
let temp: TempDir;
let core: Core;

const open = () =>
  createCore({
    home: join(temp.path, 'home'),
    account: 'default',
    user: 'ada',
    log: silentLogger,
    logLevel: 'silent',
    ...(spawnWorker === undefined ? {} : { spawnWorker }),
  });
const uri = (text: string) => core.files.parseUri(ada, text);
const write = (text: string, data: string, options = {}) =>
  core.files.write(ada, uri(text), Buffer.from(data), { parents: true, wait: true, ...options });
const content = (...path: string[]) => join(temp.path, 'home/content/default', ...path);
const findUris = async (query: string, principal = ada) => {
  const found = await core.search.find(principal, { query });
  return [...found.memories, ...found.resources, ...found.skills].map((hit) => hit.uri);
};

beforeEach(async () => {
  temp = await tempDir();
  core = await open();
});
afterEach(async () => {
  await core.close();
  await temp.remove();
});

describe('files', () => {
  it('writes plain files where the URI says, and finds them by meaning at once when asked to wait', async () => {
    await write(
      'viking://resources/ops/deploy.md',
      '# Deploying\n\nRun the rollout script to release to production.\n',
    );
    expect(await readFile(content('resources/ops/deploy.md'), 'utf8')).toContain('rollout');
    expect(await findUris('how do I release to production')).toEqual(['viking://resources/ops/deploy.md']);
    const listed = await core.files.list(ada, uri('viking://resources/ops'));
    expect(listed).toMatchObject([{ name: 'deploy.md', isDir: false, size: 62 }]);
  });

  it('appends, creates exclusively, and refuses what it cannot do by name', async () => {
    await write('viking://resources/a.md', 'one\n');
    await write('viking://resources/a.md', 'two\n', { mode: 'append' });
    expect(String(await core.files.read(ada, uri('viking://resources/a.md')))).toBe('one\ntwo\n');
    expect(await core.files.readLines(ada, uri('viking://resources/a.md'), 1, 1)).toBe('two');
    await expect(write('viking://resources/a.md', 'x', { mode: 'create' })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    });
    await expect(write('viking://resources/b.md', 'x', { mode: 'append' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(write('viking://resources/.meta.json', 'x')).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    await expect(core.files.remove(ada, uri('viking://resources'), true)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  it('speaks of URIs, never of paths in the home', async () => {
    await write('viking://resources/dir/a.md', 'x\n');
    await write('viking://resources/b.md', 'x\n');
    const said: string[] = [];
    const failing = [
      core.files.list(ada, uri('viking://resources/none')),
      core.files.read(ada, uri('viking://resources/none')),
      core.files.remove(ada, uri('viking://resources/dir'), false),
      core.files.move(ada, uri('viking://resources/none'), uri('viking://resources/else')),
      core.files.move(ada, uri('viking://resources/b.md'), uri('viking://resources/dir')),
      core.files.mkdir(ada, uri('viking://resources/b.md')),
    ];
    for (const result of await Promise.allSettled(failing)) {
      expect(result.status).toBe('rejected');
      if (result.status === 'rejected') said.push((result.reason as Error).message);
    }
    for (const message of said) {
      expect(message).toContain('viking://resources/');
      expect(message).not.toContain('default/');
    }
  });

  it('removes and moves, and find follows', async () => {
    await write('viking://resources/x/zebra.md', '# Zebra stripes\n');
    await core.files.move(ada, uri('viking://resources/x'), uri('viking://resources/y'));
    await core.system.wait(ada, 10_000);
    expect(await findUris('zebra stripes')).toEqual(['viking://resources/y/zebra.md']);
    await expect(core.files.remove(ada, uri('viking://resources/y'), false)).rejects.toMatchObject({
      code: 'NOT_EMPTY',
    });
    expect(await core.files.remove(ada, uri('viking://resources/y'), true)).toBe(2);
    expect(await core.files.remove(ada, uri('viking://resources/y'), true)).toBe(0);
    await core.system.wait(ada, 10_000);
    expect(await findUris('zebra stripes')).toEqual([]);
  });

  it('keeps one user out of another user’s tree through every way in', async () => {
    await write('viking://user/memories/preferences/tea.md', 'Ada prefers green tea.\n');
    const target = uri('viking://user/memories/preferences/tea.md');
    await expect(core.files.read(bob, target)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(core.layers.read(bob, target.parent(), 'abstract')).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect(await findUris('green tea', bob)).toEqual([]);
    await expect(core.search.find(bob, { query: 'tea', targets: [target.parent()] })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    const grep = await core.search.grep(bob, { uri: VikingUri.root, pattern: 'green tea' });
    expect(grep.matches).toEqual([]);
    expect((await core.files.list(bob, uri('viking://user'))).map((entry) => entry.name)).not.toContain(
      'ada',
    );
    for (const target of ['viking://', 'viking://user']) {
      expect((await core.layers.read(bob, uri(target), 'overview')).text).not.toMatch(/ada|tea/);
      const listed = await core.files.list(bob, uri(target));
      expect(JSON.stringify(listed)).not.toMatch(/ada|tea/);
      expect(JSON.stringify(await core.layers.meta(bob, uri(target)))).not.toMatch(/ada|tea/);
    }
    expect((await core.files.stat(bob, uri('viking://user'))).count).toBe(0);
    expect(core.journal.events(bob)).toEqual([]);
  });
});

describe('layers', () => {
  it('describes a directory, follows a change and gives way to a person', async () => {
    await write('viking://resources/birds/owl.md', '# Owls\n\nOwls hunt at night.\n');
    const before = await core.layers.read(ada, uri('viking://resources/birds'), 'overview');
    expect(before.text).toContain('owl.md');
    await write('viking://resources/birds/hawk.md', '# Hawks\n\nHawks hunt by day.\n');
    expect((await core.layers.read(ada, uri('viking://resources/birds'), 'overview')).text).toContain(
      'hawk.md',
    );

    await core.layers.pin(ada, uri('viking://resources/birds'), 'abstract', 'Our bird notes.\n');
    expect(await readFile(content('resources/birds/.abstract.md'), 'utf8')).toBe('Our bird notes.\n');
    expect(await core.layers.read(ada, uri('viking://resources/birds'), 'abstract')).toMatchObject({
      text: 'Our bird notes.\n',
      made_by: 'pinned',
    });
    await core.layers.unpin(ada, uri('viking://resources/birds'), 'abstract');
    expect(await readdir(content('resources/birds'))).toEqual(['hawk.md', 'owl.md']);
  });

  it('does not take a copied generated layer for a statement', async () => {
    await write('viking://resources/one/a.md', '# Alpha\n');
    const { text } = await core.layers.read(ada, uri('viking://resources/one'), 'overview');
    await core.files.mkdir(ada, uri('viking://resources/two'));
    await core.files.write(ada, uri('viking://resources/two/.overview.md'), Buffer.from(text));
    expect(await readdir(content('resources/two'))).toEqual([]);
  });
});

describe('an actor peer', () => {
  it('sees no other peer, by name, meaning, text or description', async () => {
    await write('viking://user/peers/bo/memories/likes.md', 'Bo likes mango ice.\n');
    await write('viking://user/peers/cy/memories/likes.md', 'Cy likes papaya ice.\n');
    await core.system.wait(ada, 10_000);
    const withBo: Principal = { ...ada, actorPeer: 'bo' };
    expect(await findUris('ice', withBo)).toEqual(['viking://user/ada/peers/bo/memories/likes.md']);
    for (const target of ['viking://', 'viking://user', 'viking://~', 'viking://~/peers']) {
      const seen = [
        await core.layers.read(withBo, uri(target), 'overview'),
        await core.files.list(withBo, uri(target), { recursive: true, levelLimit: 5 }),
        await core.search.grep(withBo, { uri: uri(target), pattern: 'likes' }),
        await core.search.glob(withBo, '**', uri(target)),
      ];
      expect(JSON.stringify(seen)).not.toMatch(/\bcy\b|papaya/i);
    }
  });
});

describe('sessions', () => {
  it('commits what was said, and the preference is found at once', async () => {
    const session = await core.sessions.create(ada, { sessionId: 'talk' });
    expect(session.uri).toBe('viking://user/ada/sessions/talk');
    await core.sessions.appendLines(
      ada,
      'talk',
      Buffer.from(
        '{"role":"user","content":"I prefer tabs over spaces in Go code."}\n{"role":"assistant","content":"Noted."}\n',
      ),
    );
    const commit = await core.sessions.commit(ada, 'talk', { waitMs: 10_000 });
    expect(commit).toMatchObject({
      status: 'committed',
      archived: 2,
      memories_extracted: 1,
      extractor: 'rules',
    });
    const [hit] = (await core.search.find(ada, { query: 'tabs or spaces' })).memories;
    expect(hit?.uri).toMatch(/^viking:\/\/user\/ada\/memories\/preferences\//);
    expect((await core.system.task(ada, commit.task_id!)).status).toBe('completed');
    await expect(core.system.task(bob, commit.task_id!)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('counts what was used once per commit', async () => {
    await write('viking://resources/a.md', '# A\n');
    await core.sessions.addMessages(ada, 's', [{ role: 'user', content: 'hello' }]);
    await core.sessions.used(ada, 's', ['viking://resources/a.md']);
    const commit = await core.sessions.commit(ada, 's', { waitMs: 10_000 });
    expect(commit.active_count_updated).toBe(1);
    expect((await core.files.stat(ada, uri('viking://resources/a.md'))).active_count).toBe(1);
  });
});

describe('a home over time', () => {
  it('notices edits made to the content directory while it runs', async () => {
    await mkdir(content('resources/behind'), { recursive: true });
    await writeFile(content('resources/behind/quokka.md'), '# Quokka\n\nThe quokka smiles.\n');
    await eventually(
      async () => (await findUris('quokka smiles')).includes('viking://resources/behind/quokka.md'),
      {
        timeoutMs: 10_000,
        what: 'the file written behind the mount to be found',
      },
    );
  });

  it('catches up with edits made while it was closed', async () => {
    await write('viking://resources/old.md', '# Narwhal\n\nNarwhals have a tusk.\n');
    await write('viking://resources/stays.md', '# Walrus\n');
    await core.close();
    await rename(content('resources/old.md'), content('resources/new.md'));
    await rm(content('resources/stays.md'));
    core = await open();
    await core.system.wait(ada, 10_000);
    expect(await findUris('narwhal tusk')).toEqual(['viking://resources/new.md']);
    expect(await findUris('walrus')).toEqual([]);
  });

  it('rebuilds an index that was deleted', async () => {
    await write('viking://resources/a.md', '# Pangolin\n\nPangolins eat ants.\n');
    await core.close();
    await rm(join(temp.path, 'home/index'), { recursive: true });
    core = await open();
    await core.system.wait(ada, 10_000);
    expect(await findUris('pangolins')).toEqual(['viking://resources/a.md']);
  });

  it('refuses a second daemon on the same home', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'CONFLICT' });
    await write('viking://resources/still.md', 'works\n');
  });
});

describe('relations', () => {
  it('links, lists and unlinks, and keeps them over a restart', async () => {
    await write('viking://resources/a.md', 'x\n');
    await write('viking://resources/b.md', 'x\n');
    await core.relations.link(
      ada,
      uri('viking://resources/a.md'),
      [uri('viking://resources/b.md')],
      'see also',
    );
    await core.close();
    core = await open();
    expect(await core.relations.list(ada, uri('viking://resources/a.md'))).toEqual([
      { uri: 'viking://resources/b.md', reason: 'see also' },
    ]);
    await core.relations.unlink(ada, uri('viking://resources/a.md'), uri('viking://resources/b.md'));
    expect(await core.relations.list(ada, uri('viking://resources/a.md'))).toEqual([]);
  });
});
