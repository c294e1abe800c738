import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROUTES } from '../../../src/api/index.ts';
import { type Client, createClient } from '../../../src/client/index.ts';

/** The same under another path: clients of the reference call either. */
const TWICE = ['POST /api/v1/content/set_tags'];

let server: Server;
let client: Client;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end('{"status":"ok","result":{},"error":null}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = createClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, key: 'k' });
});
afterAll(() => server.close());

it('has a method for every route', async () => {
  const file = fileURLToPath(import.meta.url);
  const { wait, ...others } = client;
  await wait(1);
  for (const method of methodsOf(others)) await method(file, file, {});
  const patterns = asked.map((line) => line.replaceAll(encodeURIComponent(file), '*'));
  const seen = new Set(patterns);
  const missing = Object.values(ROUTES)
    .map(({ method, path }) => `${method} ${path.replace(/:\w+/g, '*')}`)
    .filter((line) => !seen.has(line) && !TWICE.includes(line));
  expect(missing).toEqual([]);
  for (const line of TWICE) expect(patterns).not.toContain(line);
});

it.each(['127.0.0.1:1', 'ftp://127.0.0.1', ''])('refuses %j as an address', async (baseUrl) => {
  await expect(createClient({ baseUrl }).status()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

it('says where nobody answers', async () => {
  const nobody = createClient({ baseUrl: 'http://127.0.0.1:9' });
  await expect(nobody.status()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('http://127.0.0.1:9'),
  });
});

type Method = (...parameters: unknown[]) => Promise<unknown>;

function methodsOf(value: object): Method[] {
  return Object.values(value).flatMap((one: unknown): Method[] => {
    if (typeof one === 'function') return [one as Method];
    return typeof one === 'object' && one !== null ? methodsOf(one) : [];
  });
}
