import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestCore, testCore } from '../../helpers/test-core.ts';
import { startWebdav, type WebdavServer } from '../../helpers/webdav-server.ts';

let core: TestCore;
let dav: WebdavServer;

beforeAll(async () => {
  core = await testCore();
  dav = await startWebdav(core.core.files, core.principal);
});
afterAll(async () => {
  await dav?.close();
  await core?.close();
});

function ask(method: string, path: string, options: RequestInit = {}): Promise<Response> {
  return fetch(new URL(path, dav.url), { method, ...options });
}

function content(path: string): string {
  return join(core.home, 'content/default', path);
}

function lockBody(scope = 'exclusive'): string {
  return `<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:${scope}/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner><D:href>me</D:href></D:owner></D:lockinfo>`;
}

const XML = { 'content-type': 'application/xml' };

async function lock(path: string): Promise<string> {
  const answer = await ask('LOCK', path, { body: lockBody(), headers: { timeout: 'Second-600', ...XML } });
  expect(answer.status).toBeLessThan(300);
  return answer.headers.get('lock-token')!;
}

describe('the webdav door', () => {
  it('keeps any bytes, and gives any part of them back', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 256));
    expect((await ask('PUT', 'resources/a.bin', { body: bytes })).status).toBe(201);
    expect(await readFile(content('resources/a.bin'))).toEqual(bytes);
    const whole = await ask('GET', 'resources/a.bin');
    expect(whole.headers.get('content-length')).toBe('100000');
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(bytes);
    const part = await ask('GET', 'resources/a.bin', { headers: { range: 'bytes=300-309' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 300-309/100000');
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(300, 310));
    expect((await ask('GET', 'resources/a.bin', { headers: { range: 'bytes=200000-' } })).status).toBe(416);
    expect((await ask('PUT', 'resources/a.bin', { body: 'short' })).status).toBe(204);
    expect(await readFile(content('resources/a.bin'), 'utf8')).toBe('short');
  });

  it('answers an unchanged file with 304, and refuses to overwrite what somebody else changed', async () => {
    await ask('PUT', 'resources/tag.txt', { body: 'one' });
    const etag = (await ask('GET', 'resources/tag.txt')).headers.get('etag')!;
    expect(
      (
        await ask('GET', 'resources/tag.txt', {
          headers: { 'if-none-match': etag, 'cache-control': 'max-age=60' },
        })
      ).status,
    ).toBe(304);
    await ask('PUT', 'resources/tag.txt', { body: 'three' });
    const late = await ask('PUT', 'resources/tag.txt', { body: 'two', headers: { 'if-match': etag } });
    expect(late.status).toBe(412);
    expect(await readFile(content('resources/tag.txt'), 'utf8')).toBe('three');
  });

  it('lists what the caller may see, and nothing of another user or peer', async () => {
    await mkdir(content('user/bob/memories'), { recursive: true });
    await writeFile(content('user/bob/memories/secret.md'), 'secret');
    for (const peer of ['ada', 'eve']) {
      await mkdir(content(`user/alice/peers/${peer}`), { recursive: true });
      await writeFile(content(`user/alice/peers/${peer}/a.md`), peer);
    }
    const root = await ask('PROPFIND', '', { headers: { depth: '1' } });
    expect(root.status).toBe(207);
    expect(await root.text()).toMatch(/\/webdav\/resources\/[\s\S]*\/webdav\/user\//);
    expect(await (await ask('PROPFIND', 'user/', { headers: { depth: '1' } })).text()).not.toContain('bob');
    for (const [method, path] of [
      ['GET', 'user/bob/memories/secret.md'],
      ['PROPFIND', 'user/bob/'],
      ['DELETE', 'user/bob/memories/secret.md'],
      ['PUT', 'user/bob/memories/new.md'],
      ['MKCOL', 'user/bob/mine'],
    ] as const) {
      const { status } = await ask(method, path, method === 'PUT' ? { body: 'x' } : {});
      expect([403, 404, 409], `${method} ${path}`).toContain(status);
    }
    expect(await readFile(content('user/bob/memories/secret.md'), 'utf8')).toBe('secret');
    dav.principal = { ...core.principal, actorPeer: 'ada' };
    try {
      const peers = await (await ask('PROPFIND', 'user/alice/peers/', { headers: { depth: '1' } })).text();
      expect(peers).toContain('peers/ada/');
      expect(peers).not.toContain('eve');
      expect([403, 404]).toContain((await ask('GET', 'user/alice/peers/eve/a.md')).status);
    } finally {
      dav.principal = core.principal;
    }
  });

  it('makes, copies, moves and removes directories', async () => {
    expect((await ask('MKCOL', 'resources/tree/deep')).status).toBe(409);
    for (const path of ['resources/tree', 'resources/tree/deep'])
      expect((await ask('MKCOL', path)).status).toBe(201);
    expect((await ask('MKCOL', 'resources/tree')).status).toBe(405);
    await ask('PUT', 'resources/tree/deep/a b.md', { body: 'text' });
    const to = (path: string) => ({ headers: { destination: new URL(path, dav.url).href } });
    expect((await ask('COPY', 'resources/tree', to('resources/copy'))).status).toBe(201);
    expect(await readFile(content('resources/copy/deep/a b.md'), 'utf8')).toBe('text');
    expect((await ask('MOVE', 'resources/tree', to('resources/moved'))).status).toBe(201);
    expect(await readFile(content('resources/moved/deep/a b.md'), 'utf8')).toBe('text');
    const kept = { headers: { ...to('resources/copy').headers, overwrite: 'F' } };
    expect((await ask('MOVE', 'resources/moved', kept)).status).toBe(412);
    expect((await ask('MOVE', 'resources/moved', to('resources/copy'))).status).toBe(204);
    expect((await ask('MOVE', 'resources/copy', to('resources/copy/below'))).status).toBe(403);
    expect((await ask('DELETE', 'resources/copy')).status).toBe(204);
    expect((await ask('GET', 'resources/copy/deep/a%20b.md')).status).toBe(404);
    expect((await ask('DELETE', 'resources/copy')).status).toBe(404);
    expect((await ask('DELETE', 'resources')).status).toBe(403);
  });

  it('serves a page whose scripts cannot act for its reader', async () => {
    await ask('PUT', 'resources/page.html', { body: '<script>fetch("/api/v1/admin/accounts")</script>' });
    const page = await ask('GET', 'resources/page.html');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toBe('sandbox');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('loses nothing by a move or a copy that is not possible', async () => {
    await ask('MKCOL', 'resources/goal');
    await ask('PUT', 'resources/goal/kept.md', { body: 'kept' });
    await ask('PUT', 'resources/goal/inner.md', { body: 'inner' });
    await mkdir(content('user/alice/sessions/s'), { recursive: true });
    await writeFile(content('user/alice/sessions/s/messages.jsonl'), '');
    const onto = (path: string) => ({ headers: { destination: new URL(path, dav.url).href } });
    for (const [method, from, to] of [
      ['MOVE', 'user/alice/sessions/s/', 'resources/goal'],
      ['MOVE', 'user/alice/sessions/s/messages.jsonl', 'resources/goal'],
      ['MOVE', 'user/alice/memories/', 'resources/goal'],
      ['MOVE', 'resources/goal/.abstract.md', 'resources/goal/kept.md'],
      ['MOVE', 'resources/goal/inner.md', 'resources/go%61l'],
      ['COPY', 'resources/goal/inner.md', 'resources/go%61l'],
      ['COPY', 'resources/goal/', 'resources/go%61l/kept.md'],
    ] as const) {
      const { status } = await ask(method, from, onto(to));
      expect([status, method, from].join(' ')).toBe(`403 ${method} ${from}`);
      expect(await readFile(content('resources/goal/kept.md'), 'utf8')).toBe('kept');
      expect(await readFile(content('resources/goal/inner.md'), 'utf8')).toBe('inner');
    }
    await ask('PUT', 'resources/file.md', { body: 'file' });
    expect((await ask('MOVE', 'resources/file.md', onto('resources/goal'))).status).toBe(204);
    expect(await readFile(content('resources/goal'), 'utf8')).toBe('file');
  });

  it('keeps a locked file from everybody who does not show the lock', async () => {
    await ask('PUT', 'resources/locked.md', { body: 'mine' });
    const token = await lock('resources/locked.md');
    expect((await ask('PUT', 'resources/locked.md', { body: 'yours' })).status).toBe(423);
    expect((await ask('DELETE', 'resources/locked.md')).status).toBe(423);
    expect((await ask('LOCK', 'resources/locked.md', { body: lockBody(), headers: XML })).status).toBe(423);
    const shown = { if: `(${token})` };
    expect((await ask('PUT', 'resources/locked.md', { body: 'still mine', headers: shown })).status).toBe(
      204,
    );
    expect((await ask('UNLOCK', 'resources/locked.md', { headers: { 'lock-token': token } })).status).toBe(
      204,
    );
    expect((await ask('PUT', 'resources/locked.md', { body: 'yours' })).status).toBe(204);
  });

  it('does not take a directory away under a lock inside of it', async () => {
    await ask('MKCOL', 'resources/held');
    await ask('PUT', 'resources/held/a.md', { body: 'a' });
    const token = await lock('resources/held/a.md');
    expect((await ask('DELETE', 'resources/held')).status).toBe(207);
    expect(await readFile(content('resources/held/a.md'), 'utf8')).toBe('a');
    await ask('UNLOCK', 'resources/held/a.md', { headers: { 'lock-token': token } });
    expect((await ask('DELETE', 'resources/held')).status).toBe(204);
  });

  it('reads what every directory says of itself', async () => {
    await ask('MKCOL', 'resources/said');
    await ask('PUT', 'resources/said/otters.md', { body: '# Otters\n\nOtters hold hands.\n' });
    expect(await (await ask('GET', 'resources/said/.overview.md')).text()).toContain('otters.md');
  });

  it.each([
    ['resources/%2e%2e/%2e%2e/etc/passwd'],
    ['resources/..%2f..%2fetc/passwd'],
    ['resources/%00'],
    ['resources/%ff'],
    ['temp/a'],
    ['resources/.vikingfs-00.tmp'],
    [`resources/${'n'.repeat(300)}`],
  ])('refuses %s', async (path) => {
    const { status } = await ask('PUT', path, { body: 'x' });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  it('works with a client that people have', async () => {
    const file = join(core.home, 'up.txt');
    await writeFile(file, 'from cadaver\n');
    const client = spawn('cadaver', [dav.url], {
      env: { PATH: process.env['PATH'] ?? '', HOME: core.home, LC_ALL: 'C' },
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: 20_000,
    });
    client.stdin.end(
      [
        'set lockowner me',
        'cd resources',
        'mkcol cadaver',
        `put ${file} cadaver/up.txt`,
        'lock cadaver/up.txt',
        'unlock cadaver/up.txt',
        'move cadaver/up.txt cadaver/moved.txt',
        'ls cadaver',
        `get cadaver/moved.txt ${join(core.home, 'down.txt')}`,
        'quit',
        '',
      ].join('\n'),
    );
    const said = await text(client.stdout);
    expect(said).not.toContain('failed');
    expect(said).toContain('moved.txt');
    expect(await readFile(join(core.home, 'down.txt'), 'utf8')).toBe('from cadaver\n');
  });
});
