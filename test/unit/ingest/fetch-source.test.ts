import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchSource } from '../../../src/ingest/index.ts';
import { isPublicAddress } from '../../../src/ingest/public-address.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let temp: TempDir;
let server: Server;
let base: string;
let asked = 0;

beforeAll(async () => {
  temp = await tempDir();
  server = createServer((incoming, outgoing) => {
    asked += 1;
    const path = incoming.url ?? '';
    if (path === '/moved') outgoing.writeHead(302, { location: '/docs/a%20guide.md?x=1' }).end();
    else if (path === '/loop') outgoing.writeHead(302, { location: '/loop' }).end();
    else if (path === '/file') outgoing.writeHead(302, { location: 'file:///etc/passwd' }).end();
    else if (path === '/torn') {
      outgoing.writeHead(200, { 'content-length': 100 });
      outgoing.write('half', () => outgoing.destroy());
    } else if (/^\/\d+$/.test(path)) outgoing.writeHead(Number(path.slice(1))).end('no');
    else outgoing.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('# Guide\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await temp.remove();
});

const fetchFrom = (source: string, maxBytes?: number) =>
  fetchSource(source, {
    stagingDir: temp.path,
    allowPrivate: true,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });

describe('a file at a web address', () => {
  it.each([
    ['/docs/a%20guide.md', 'a_guide.md'],
    ['/moved', 'a_guide.md'],
    ['/page', 'page.html'],
    ['/', '127.0.0.1.html'],
    ['/%2e%2e%2f%2e%2e%2fetc', 'etc.html'],
  ])('%s is here as %s, until it is closed', async (path, name) => {
    const fetched = await fetchFrom(base + path);
    expect(basename(fetched.path)).toBe(name);
    expect(await readFile(fetched.path, 'utf8')).toBe('# Guide\n');
    await fetched.close();
    expect(await readdir(temp.path)).toEqual([]);
  });

  it.each([
    ['/404', 'NOT_FOUND'],
    ['/403', 'PERMISSION_DENIED'],
    ['/500', 'UNAVAILABLE'],
    ['/304', 'UNAVAILABLE'],
    ['/loop', 'UNAVAILABLE'],
    ['/file', 'UNAVAILABLE'],
    ['/torn', 'UNAVAILABLE'],
  ])('%s is %s, and leaves nothing', async (path, code) => {
    await expect(fetchFrom(base + path)).rejects.toMatchObject({ code });
    expect(await readdir(temp.path)).toEqual([]);
  });

  it('is not larger than allowed', async () => {
    await expect(fetchFrom(base, 7)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await (await fetchFrom(base, 8)).close();
    expect(await readdir(temp.path)).toEqual([]);
  });

  it.each([
    ['http://ann:secret@127.0.0.1/a', 'INVALID_ARGUMENT'],
    ['https://', 'INVALID_ARGUMENT'],
    ['https://github.com/a/b', 'UNIMPLEMENTED'],
    ['https://example.com/a.git', 'UNIMPLEMENTED'],
  ])('%s is no such address: %s', async (source, code) => {
    const refused = await fetchFrom(source).catch((error: Error) => error);
    expect(refused).toMatchObject({ code });
    expect((refused as Error).message).not.toContain('secret');
  });
});

describe('an address of this machine or its networks', () => {
  it('is not asked, however it is spelt', async () => {
    const port = new URL(base).port;
    const before = asked;
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '0'])
      await expect(
        fetchSource(`http://${host}:${port}/docs/a.md`, { stagingDir: temp.path }),
        host,
      ).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(asked).toBe(before);
    expect(await readdir(temp.path)).toEqual([]);
  });

  it.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.8.8.8', '169.254.169.254', '172.31.0.1', '192.168.1.1'],
    ...['224.0.0.1', '255.255.255.255', '::', '::1', 'fe80::1', 'fd00::1', 'ff02::1', '::ffff:10.0.0.1'],
    ...['::ffff:7f00:1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:db8::1', 'localhost', ''],
  ])('%s is none of the public Internet', (address) => expect(isPublicAddress(address)).toBe(false));

  it.each(['1.1.1.1', '172.32.0.1', '192.167.255.255', '2606:4700::1111', '::ffff:8.8.8.8'])(
    '%s is',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
});
