import { readdir, readFile, rmdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VikingError } from '../../../src/errors/index.ts';
import { type FetchOptions, fetchSource } from '../../../src/ingest/fetch-source.ts';
import { isPublicAddress } from '../../../src/ingest/public-address.ts';
import { canMount, withSmallDisk } from '../../helpers/small-disk.ts';
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts';

let temp: TempDir;
let server: Server;
let base: string;
let asked = 0;

beforeAll(async () => {
  temp = await tempDir();
  server = createServer((incoming, outgoing) => {
    asked += 1;
    const path = (incoming.url ?? '').split('?')[0]!;
    if (path === '/moved') outgoing.writeHead(302, { location: '/docs/a%20guide.md?x=1' }).end();
    else if (path === '/loop') outgoing.writeHead(302, { location: '/loop' }).end();
    else if (path === '/file') outgoing.writeHead(302, { location: 'file:///etc/passwd' }).end();
    else if (path === '/torn') {
      outgoing.writeHead(200, { 'content-length': 100 });
      outgoing.write('half', () => outgoing.destroy());
    } else if (path === '/switch') {
      outgoing.socket?.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
    } else if (path === '/hang-up') outgoing.destroy();
    else if (path === '/early') {
      outgoing.writeProcessing();
      outgoing.writeEarlyHints({ link: '</a>; rel=preload' });
      outgoing.end('# Guide\n');
    } else if (path === '/trickle') {
      outgoing.writeHead(200);
      const each = setInterval(() => outgoing.write('x'), 20);
      outgoing.once('close', () => clearInterval(each));
    } else if (path === '/stuck') outgoing.writeHead(200).write('half');
    else if (path === '/endless') {
      const more = () => void outgoing.write(Buffer.alloc(65_536), (error) => error ?? setImmediate(more));
      more();
    } else if (path === '/never') asked += 0;
    else if (/^\/\d+$/.test(path)) outgoing.writeHead(Number(path.slice(1))).end('no');
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

const fetchFrom = (source: string, more: Partial<FetchOptions> = {}) =>
  fetchSource(source, { stagingDir: temp.path, allowPrivate: true, ...more });

describe('a file at a web address', () => {
  it.each([
    ['/docs/a%20guide.md', 'a_guide.md'],
    ['/moved', 'a_guide.md'],
    ['/page', 'page.html'],
    ['/early', 'early'],
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
    ['/switch', 'UNAVAILABLE'],
    ['/hang-up', 'UNAVAILABLE'],
  ])('%s is %s, and leaves nothing', async (path, code) => {
    await expect(fetchFrom(base + path)).rejects.toMatchObject({ code });
    expect(await readdir(temp.path)).toEqual([]);
  });

  it('is not larger than allowed', async () => {
    await expect(fetchFrom(base, { maxBytes: 7 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await (await fetchFrom(base, { maxBytes: 8 })).close();
    expect(await readdir(temp.path)).toEqual([]);
  });

  it.each([
    ['/never', { silentMs: 50 }, 'no answer for 0.05 s'],
    ['/stuck', { silentMs: 50 }, 'cannot be fetched'],
    ['/never', { wholeMs: 50 }, 'it took too long'],
    ['/trickle', { wholeMs: 200, silentMs: 150 }, 'it took too long'],
  ])('%s ends: %j', async (path, bounds, why) => {
    await expect(fetchFrom(base + path, bounds)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(why),
    });
    expect(await readdir(temp.path)).toEqual([]);
  });

  it('without an end is cut off where it is too large', async () => {
    await expect(fetchFrom(`${base}/endless`, { maxBytes: 1_000_000 })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
    expect(await readdir(temp.path)).toEqual([]);
  });

  it.each(['/never', '/trickle', '/stuck'])('%s ends with what it was for', async (path) => {
    const asker = new AbortController();
    const fetched = fetchFrom(base + path, { signals: [undefined, asker.signal] });
    setTimeout(() => asker.abort(new VikingError('CLOSING', 'the daemon stops')), 50);
    await expect(fetched).rejects.toMatchObject({ code: 'CLOSING' });
    await expect(fetchFrom(base, { signals: [asker.signal] })).rejects.toMatchObject({ code: 'CLOSING' });
    expect(await readdir(temp.path)).toEqual([]);
  });

  it.each(['/404', '/500', '/loop', '/file', '/torn', '/switch', '/a.git', '/never', '/a', ':x'])(
    '%s is named without its query, which may be a secret',
    async (path) => {
      const asked = fetchFrom(`${base}${path}?signature=secret#secret`, { wholeMs: 200, maxBytes: 1 });
      const error = await asked.catch((e: unknown) => e);
      expect(error).toBeInstanceOf(VikingError);
      expect(JSON.stringify(error)).not.toContain('secret');
    },
  );

  it.runIf(canMount)('that does not fit on the disk is NO_SPACE', async () => {
    const stagingDir = join(temp.path, 'full');
    await withSmallDisk(stagingDir, 65_536, async () => {
      const error = await fetchFrom(`${base}/endless`, { stagingDir }).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'NO_SPACE' });
      expect((error as Error).message).not.toContain(stagingDir);
      expect(await readdir(stagingDir)).toEqual([]);
    });
    await rmdir(stagingDir);
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

  it.each(['1.1.1.1', '::ffff:1.1.1.1', '2606:4700:0:0::1111'])(
    '%s is not when the machine has it',
    (address) => {
      expect(isPublicAddress(address, ['lo', '1.1.1.1', '2606:4700::1111'])).toBe(false);
    },
  );
});
