import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROUTES } from '../../src/api/index.ts';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { type RawResponse, rawRequest } from '../helpers/raw-http.ts';

/** Each request has four generated parts: 10,000 of them. */
const RUNS = Number(process.env['VIKINGFS_HOSTILE_RUNS'] ?? 2_500);
/** What would change the daemon under the test, or wait. */
const LEFT_OUT = new Set(['systemStop', 'systemWait', 'mountAdd', 'mountRemove', 'addResource']);

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon.close());

const uri = fc.oneof(
  fc.constantFrom(
    'viking://',
    'viking://resources/../../etc/passwd',
    'viking://resources/%2e%2e/%2e%2e/etc',
    'viking://resources/..\\..\\etc',
    'viking://user/other/memories/x',
    'viking://temp/x',
    'viking://agent/x',
    'viking://resources/a\u0000b',
    'file:///etc/passwd',
    '{calendar:today}',
    'viking://resources/{env:HOME}',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `viking://resources/${text}`),
  fc.string({ maxLength: 40 }),
);
const value = fc.oneof(uri, fc.jsonValue({ maxDepth: 2 }), fc.integer(), fc.constant(null));
const body = fc.oneof(
  fc.dictionary(
    fc.oneof(
      fc.constantFrom(
        'uri',
        'query',
        'content',
        'data',
        'from_uri',
        'to_uris',
        'messages',
        'role',
        'pattern',
        'limit',
        '__proto__',
      ),
      fc.string({ maxLength: 10 }),
    ),
    value,
    { maxKeys: 5 },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);
const names = Object.keys(ROUTES).filter((name) => !LEFT_OUT.has(name)) as (keyof typeof ROUTES)[];
const header = fc.record({
  name: fc.constantFrom(
    'x-openviking-actor-peer',
    'x-request-id',
    'x-api-key',
    'x-openviking-account',
    'content-type',
    'accept',
  ),
  value: fc.string({ maxLength: 30 }).map((text) => text.replace(/[^\x20-\x7e]/g, '?')),
});

it('never crashes, leaks or escapes, whatever is sent', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      uri,
      uri,
      body,
      header,
      async (name, segment, target, sent, extra) => {
        const route = ROUTES[name];
        const path = route.path.replace(/:\w+/g, () => encodeURIComponent(segment.toWellFormed()) || 'x');
        const query =
          route.method === 'GET' || route.method === 'DELETE'
            ? `?uri=${encodeURIComponent(target.toWellFormed())}`
            : '';
        const text = JSON.stringify(sent);
        const answer = await rawRequest(daemon.socketPath, {
          method: route.method,
          path: path + query,
          headers: {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(text)),
            [extra.name]: extra.value,
          },
          body: text,
        });
        expectClean(answer, `${route.method} ${path}${query} ${text}`);
      },
    ),
    { numRuns: RUNS },
  );
  expect((await daemon.client.health()).healthy).toBe(true);
}, 600_000);

/** An answer is the asked thing or a refusal; never a mistake of ours, a path of the machine or a file outside. */
function expectClean({ status, text }: RawResponse, what: string): void {
  expect(status, `${what}: ${text.slice(0, 500)}`).not.toBe(500);
  expect(text, what).not.toContain('root:x:0');
  if (status >= 400) expect(text, what).not.toContain(`${daemon.home}/content`);
}
