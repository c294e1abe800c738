import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openContent } from '../../src/content/index.ts';
import { keyOf } from '../../src/control/credentials.ts';
import { assertSameSite } from '../../src/control/origin.ts';
import { createGuard } from '../../src/core/guard.ts';
import { isVikingError } from '../../src/errors/index.ts';
import { isVisible, type Principal, placeOf } from '../../src/tenancy/index.ts';
import { VikingUri } from '../../src/uri/index.ts';
import { withTempDir } from '../helpers/temp-dir.ts';

const ada: Principal = { account: 'default', user: 'ada', role: 'user' };
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '..',
    '.',
    '',
    '%2e%2e',
    '..%2f',
    '\\..',
    'C:',
    '~',
    'user',
    'bob',
    'ada',
    'peers',
    'session',
    '\0',
  ),
  fc.constantFrom(
    '{calendar:today}',
    '{env:HOME}',
    '?x=1',
    '#',
    'agent',
    'temp',
    'sessions',
    'memories',
    'eve',
  ),
);

describe('whatever a caller sends', () => {
  it('a URI is refused, or names what the guard matrix opens, inside the account', () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 6 }), fc.boolean(), (parts, withPeer) => {
        const principal = withPeer ? { ...ada, actorPeer: 'eve' } : ada;
        let uri: VikingUri;
        try {
          uri = VikingUri.parse(`viking://${parts.join('/')}`, ada);
        } catch (error) {
          expect(isVikingError(error)).toBe(true);
          return;
        }
        expect(String(VikingUri.fromCanonical(String(uri)))).toBe(String(uri));
        expect(uri.segments.some((name) => name === '' || name === '.' || name === '..')).toBe(false);
        expect(
          ['root', 'users', 'shared', 'in shared'].includes(placeOf(principal, uri)) || uri.scope === 'user',
        ).toBe(true);
        if (isVisible(principal, uri) && uri.userId !== undefined) expect(uri.userId).toBe('ada');
        if (withPeer && isVisible(principal, uri) && uri.peerId !== undefined) expect(uri.peerId).toBe('eve');
      }),
      { numRuns: 10_000 },
    );
  });

  it('a header is a credential, or refused with a reason', () => {
    const header = fc.option(fc.string({ unit: 'binary', maxLength: 60 }), { nil: undefined });
    fc.assert(
      fc.property(header, header, header, header, (key, authorization, host, origin) => {
        const headers = {
          ...(key === undefined ? {} : { 'x-api-key': key }),
          ...(authorization === undefined ? {} : { authorization }),
          ...(host === undefined ? {} : { host }),
          ...(origin === undefined ? {} : { origin }),
        };
        const incoming = { headers } as Parameters<typeof assertSameSite>[0];
        for (const check of [
          () => keyOf(headers),
          () => assertSameSite(incoming, { host: '127.0.0.1', keyed: false }),
        ]) {
          try {
            check();
          } catch (error) {
            expect(isVikingError(error)).toBe(true);
          }
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

/** Exchanges `swap`, a directory, for `link`, a symlink, and back, again and again. */
const SWAPPER = `
  const { renameSync } = require('node:fs');
  const base = require('node:worker_threads').workerData;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    renameSync(base + '/swap', base + '/kept');
    renameSync(base + '/link', base + '/swap');
    Atomics.wait(pause, 0, 0, Math.random());
    renameSync(base + '/swap', base + '/link');
    renameSync(base + '/kept', base + '/swap');
    Atomics.wait(pause, 0, 0, Math.random());
  }`;

describe('a directory that is exchanged for a symlink', () => {
  it('between check and opening never shows or takes what is another user’s', async () => {
    await withTempDir(async (dir) => {
      const content = await openContent(join(dir, 'content'));
      const at = (...path: string[]) => join(dir, 'content/default', ...path);
      await mkdir(at('user/bob'), { recursive: true });
      await mkdir(at('resources/swap'), { recursive: true });
      await writeFile(at('user/bob/a.md'), 'secret of bob');
      await writeFile(at('resources/swap/a.md'), 'shared');
      await symlink('../user/bob', at('resources/link'));
      const guard = createGuard(content);
      const uri = VikingUri.resources('swap', 'a.md');
      // In a thread of its own: a swap has to fall between two system calls of one lookup.
      const swapper = new Worker(SWAPPER, { eval: true, workerData: at('resources') });
      const seen = { allowed: 0, refused: 0 };
      const enough = () => seen.allowed >= 200 && seen.refused >= 50;
      const until = performance.now() + 20_000;
      for (let round = 0; !enough() && performance.now() < until; round += 1) {
        try {
          const real = { real: `default/${(await guard(ada, uri, 'write')).contentPath}` };
          if (round % 3 === 0) await content.write('default/resources/swap/a.md', 'shared', real);
          else if (round % 3 === 1) await content.append('default/resources/swap/a.md', '', real);
          expect(String(await content.read('default/resources/swap/a.md', undefined, real))).toBe('shared');
          seen.allowed += 1;
        } catch (error) {
          if (!isVikingError(error)) throw error;
          seen.refused += 1;
          await nextTurn();
        }
      }
      await swapper.terminate();
      expect(seen.allowed).toBeGreaterThan(0);
      expect(seen.refused).toBeGreaterThan(0);
      expect(String(await content.read('default/user/bob/a.md'))).toBe('secret of bob');
    });
  }, 60_000);
});
