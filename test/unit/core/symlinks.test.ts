import { lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { type Core, createCore } from '../../../src/core/index.ts';
import type { Principal } from '../../../src/tenancy/index.ts';
import { spawnWorker } from '../../helpers/program.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

const ada: Principal = { account: 'default', user: 'ada', role: 'user' };
const bob: Principal = { account: 'default', user: 'bob', role: 'user' };
const withEve: Principal = { ...ada, actorPeer: 'eve' };
const DENIED = { code: 'PERMISSION_DENIED' };
let temp: TempDir;
let core: Core;

const uri = (text: string) => core.files.parseUri(ada, text);
const content = (...path: string[]) => join(temp.path, 'home/content', ...path);

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
  await mkdir(content('default/user/ada/memories/preferences'), { recursive: true });
  await writeFile(content('default/user/ada/memories/preferences/tea.md'), 'Ada prefers oolong.\n');
  await symlink('../user/ada/memories', content('default/resources/memories'));
});
afterEach(async () => {
  await core.close();
  await temp.remove();
});

describe('a symlink in a shared tree', () => {
  it('gives nobody another user’s files, whatever is asked', async () => {
    const [link, file] = [
      uri('viking://resources/memories'),
      uri('viking://resources/memories/preferences/tea.md'),
    ];
    const asked = [
      core.files.list(bob, link),
      core.files.list(bob, link, { recursive: true }),
      core.files.stat(bob, file),
      core.files.read(bob, file),
      core.files.write(bob, file, Buffer.from('x')),
      core.files.write(bob, file, Buffer.from('x'), { mode: 'append' }),
      core.files.write(bob, link.join('new.md'), Buffer.from('x'), { parents: true }),
      core.files.mkdir(bob, link.join('new')),
      core.files.remove(bob, file, false),
      core.files.move(bob, file, uri('viking://resources/tea.md')),
      core.layers.read(bob, link, 'overview'),
      core.layers.meta(bob, link.join('preferences')),
      core.search.grep(bob, { uri: link, pattern: 'oolong' }),
      core.search.glob(bob, '**/*.md', link),
      core.resources.add(bob, temp.path, { parent: link }),
      core.system.reindex(bob, file),
      core.system.reindexLater(bob, link.join('none.md')),
    ];
    for (const outcome of await Promise.allSettled(asked)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: DENIED });
      expect(String((outcome as PromiseRejectedResult).reason)).not.toMatch(/oolong|user\/ada/);
    }
    expect(await readFile(content('default/user/ada/memories/preferences/tea.md'), 'utf8')).toBe(
      'Ada prefers oolong.\n',
    );
  });

  it('is as good as the place it leads to for those whose place that is', async () => {
    const file = uri('viking://resources/memories/preferences/tea.md');
    expect(String(await core.files.read(ada, file))).toBe('Ada prefers oolong.\n');
    await core.files.write(ada, file, Buffer.from('And sencha.\n'), { mode: 'append' });
    expect(await readFile(content('default/user/ada/memories/preferences/tea.md'), 'utf8')).toContain(
      'sencha',
    );
    expect((await core.files.list(ada, uri('viking://resources/memories'))).map(({ name }) => name)).toEqual([
      'preferences',
    ]);
  });

  it('to a file is searched like the file', async () => {
    await writeFile(content('default/resources/a.md'), 'a tall ship\n');
    await symlink('a.md', content('default/resources/b.md'));
    const { matches } = await core.search.grep(ada, { uri: uri('viking://resources/b.md'), pattern: 'ship' });
    expect(matches).toEqual([{ line: 1, content: 'a tall ship', uri: 'viking://resources/b.md' }]);
  });

  it('can be removed by anyone who may change the tree it is in', async () => {
    expect(await core.files.remove(bob, uri('viking://resources/memories'), false)).toBe(1);
    await expect(lstat(content('default/resources/memories'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile(content('default/user/ada/memories/preferences/tea.md'), 'utf8')).toContain(
      'oolong',
    );
  });
});

it('leads no narrowed caller to another peer, and nobody past the rules of sessions or into another account', async () => {
  await mkdir(content('default/user/ada/peers/mallory/memories'), { recursive: true });
  await writeFile(content('default/user/ada/peers/mallory/memories/m.md'), 'Mallory likes gin.\n');
  await symlink('../peers/mallory', content('default/user/ada/resources/friend'));
  const file = uri('viking://user/resources/friend/memories/m.md');
  expect(String(await core.files.read(ada, file))).toContain('gin');
  await expect(core.files.read(withEve, file)).rejects.toMatchObject(DENIED);

  await core.sessions.addMessages(ada, 's', [{ role: 'user', content: 'hello' }]);
  await symlink('../sessions/s', content('default/user/ada/resources/talk'));
  const line = uri('viking://user/resources/talk/messages.jsonl');
  await expect(core.files.write(ada, line, Buffer.from('junk'), { mode: 'append' })).rejects.toMatchObject(
    DENIED,
  );
  await expect(core.files.remove(ada, line, false)).rejects.toMatchObject(DENIED);

  await mkdir(content('other/resources'), { recursive: true });
  await writeFile(content('other/resources/plan.md'), 'secret plan');
  await symlink('../../other/resources', content('default/resources/other'));
  await expect(core.files.read(ada, uri('viking://resources/other/plan.md'))).rejects.toMatchObject(DENIED);
});

it('is no pinned layer: what it leads to is not shown in its place', async () => {
  await mkdir(content('default/resources/docs'));
  await writeFile(content('default/resources/docs/a.md'), '# Harbour\n\nTides and ferries.\n');
  await symlink('../../user/ada/memories/preferences/tea.md', content('default/resources/docs/.abstract.md'));
  const { text } = await core.layers.read(bob, uri('viking://resources/docs'), 'abstract');
  expect(text).not.toContain('oolong');
  expect(text).toContain('Harbour');
});
