/**
 * Every cell of the guard matrix, from the table itself: each kind of place, by each kind of caller that meets it, for
 * reading, writing (as renaming) and removing, through the mount, HTTP over TCP and the command line, all with one answer.
 */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GUARD_MATRIX, type GuardedPlace, placeOf, type Right } from '../../src/tenancy/guard-matrix.ts';
import { VikingUri } from '../../src/uri/index.ts';
import { runCli } from '../helpers/cli.ts';
import { describeDriver } from '../helpers/drivers.ts';
import {
  ASKERS,
  type AskerName,
  type GuardWorld,
  mountEveryone,
  startGuardWorld,
} from '../helpers/guard-world.ts';
import { shell } from '../helpers/mount-shell.ts';
import { rawRequest } from '../helpers/raw-http.ts';
import { runCommand } from '../helpers/run-command.ts';

/** Where a caller meets a row. `NEW` stands for an entry made for the one question. */
const PLACES: Readonly<Record<GuardedPlace, readonly (readonly [AskerName, string])[]>> = {
  root: [['a user', 'viking://']],
  users: [['a user', 'viking://user']],
  shared: [['an admin', 'viking://resources']],
  'shared sessions': [['a user who shares sessions', 'viking://session']],
  'in shared': [['a user', 'viking://resources/NEW']],
  own: [['a user', 'viking://user/bob']],
  'own directory': [
    ['a user', 'viking://user/bob/memories'],
    ['an agent kept apart by its skills', 'viking://user/@@coder/skills'],
  ],
  'in own': [
    ['a user', 'viking://user/bob/memories/NEW'],
    ['an agent kept apart by its skills', 'viking://user/@@coder/skills/NEW'],
  ],
  session: [
    ['a user', 'viking://user/bob/sessions/NEW'],
    ['a user who shares sessions', 'viking://session/NEW'],
  ],
  peer: [['a user with a peer', 'viking://user/bob/peers/eve/memories/NEW']],
  'other peer': [['a user with a peer', 'viking://user/bob/peers/mallory/memories/NEW']],
  'other user': [
    ['a user', 'viking://user/ann/memories/NEW'],
    ['an admin', 'viking://user/bob/memories/NEW'],
    ['a user of another account', 'viking://user/bob/memories/NEW'],
    ['a user', 'viking://user/@@coder/skills/NEW'],
  ],
};

type Access = 'read' | 'write' | 'remove';
const ACCESSES: readonly Access[] = ['read', 'write', 'remove'];
const DOORS = ['mount', 'http', 'command', 'process'] as const;
type Door = (typeof DOORS)[number];

/** What a right means to who asks: done, refused, or no such thing. A session is removed as a whole, by its own rule. */
function wanted(right: Right, access: Access): 'done' | 'refused' | 'absent' {
  if (right === 'hidden') return 'absent';
  if (right === 'managed') return access === 'remove' ? 'done' : 'refused';
  return right === 'yes' ? 'done' : 'refused';
}

/** Rows that a process of `ov` is asked: what is done, refused and absent is judged in the command, the same for all. */
const FOR_A_PROCESS: readonly GuardedPlace[] = ['root', 'in shared', 'other user'];

let world: GuardWorld;
let made = 0;

const cells = (Object.keys(GUARD_MATRIX) as GuardedPlace[]).flatMap((row) =>
  PLACES[row].flatMap(([asker, place], index) =>
    ACCESSES.map((access) => ({
      row,
      isFirst: index === 0,
      asker,
      place,
      access,
      // The frame is part of the namespace: it is read.
      right:
        access === 'read' && GUARD_MATRIX[row].read !== 'hidden'
          ? ('yes' as const)
          : GUARD_MATRIX[row][access],
    })),
  ),
);

await describeDriver('the guard matrix', 'kernel', () => {
  beforeAll(async () => {
    world = await startGuardWorld();
    await mountEveryone(world);
  }, 60_000);
  afterAll(() => world?.daemon.close());

  it('has an example in every row, and the examples are of their rows', () => {
    for (const [row, examples] of Object.entries(PLACES)) {
      expect(examples.length, row).toBeGreaterThan(0);
      for (const [asker, place] of examples)
        expect(placeOf(ASKERS[asker], VikingUri.fromCanonical(place)), `${place} for ${asker}`).toBe(row);
    }
  });

  describe.each(DOORS)('through %s', (door) => {
    const asked =
      door === 'process' ? cells.filter(({ isFirst, row }) => isFirst && FOR_A_PROCESS.includes(row)) : cells;
    it.concurrent.each(asked)('$row: $asker, $access $place', async ({ asker, place, access, right }) => {
      const uri = place.replace('NEW', `n${++made}`);
      if (uri !== place) await world.fill(asker, uri);
      const outcome = await OUTCOMES[door](asker, uri, access);
      expect(outcome).toBe(wanted(right, access));
      if (outcome !== 'done' && uri !== place) expect(await stillThere(asker, uri)).toBe(true);
    });
  });

  describe('a name that is hidden', () => {
    const hidden = cells.filter(({ right, access }) => right === 'hidden' && access === 'read');

    it.each(hidden)('is answered as one that is not: $asker, $place', async ({ asker, place }) => {
      const there = place.replace('NEW', `t${++made}`);
      await world.fill(asker, there);
      const missing = place.replace('NEW', `u${made}`);
      const told = async (uri: string, route: string) => {
        const { status, text } = await get(asker, `/api/v1/${route}?uri=${encodeURIComponent(uri)}`);
        return `${status} ${text}`.replaceAll(uri, 'X').replace(/"time":[\d.]+/, '');
      };
      for (const route of [
        'fs/ls',
        'fs/tree',
        'fs/stat',
        'fs/attrs',
        'content/read',
        'content/abstract',
        'relations',
      ])
        expect(await told(there, route), route).toBe(await told(missing, route));
      for (const script of ['stat', 'ls', 'cat', 'readlink', 'getfattr -d']) {
        const [one, two] = await Promise.all(
          [there, missing].map(async (uri) => {
            const { code, stderr } = await shell(world.mountOf(asker), `${script} '${pathOf(uri)}'`);
            return `${code} ${stderr}`.replaceAll(pathOf(uri), 'X').replace(/bash: line \d+:/, '');
          }),
        );
        expect(one, script).toBe(two);
      }
    });

    it('is in no listing, search, link, event or error that another reads', async () => {
      await world.fill('an admin', 'viking://user/ann/memories/secret-place');
      await world.fill('a user', 'viking://user/bob/peers/mallory/memories/secret-place');
      await world.clientOf('an admin').write('viking://user/ann/memories/secret-place/more.md', 'xylophone');
      await world.daemon.client.wait(30);
      const asker = 'a user with a peer';
      const post = (path: string, json: object) =>
        rawRequest(world.port, {
          method: 'POST',
          path: `/api/v1/${path}`,
          headers: { 'content-type': 'application/json', ...world.headersOf(asker) },
          body: JSON.stringify(json),
        });
      const answers = [
        await post('search/find', { query: 'xylophone', limit: 100, include_provenance: true }),
        await post('search/search', { query: 'xylophone', limit: 100 }),
        await post('search/search', { query: 'xylophone', mode: 'context' }),
        await post('search/grep', { uri: 'viking://', pattern: 'xylophone', node_limit: 10_000 }),
        await post('search/glob', { uri: 'viking://', pattern: '**', node_limit: 10_000 }),
        await get(asker, '/api/v1/fs/tree?uri=viking://&level_limit=9&show_all_hidden=true'),
        await get(asker, '/api/v1/fs/ls?uri=viking://user&recursive=true'),
        await get(asker, '/api/v1/system/events'),
        await get(asker, '/api/v1/system/errors'),
        await get(asker, '/api/v1/tasks'),
        await get(asker, '/api/v1/watches'),
      ];
      for (const [index, { status, text }] of answers.entries()) {
        expect(status, `answer ${index}: ${text}`).toBe(200);
        expect(text).not.toMatch(/secret-place|user\/ann\/|mallory/);
      }
      for (const script of [
        'find . -name .viking -prune -o -print',
        'ls .find/xylophone',
        'cat .find/xylophone/results.md',
        'grep -rl xylophone user',
        'timeout 2 head -c 20000 .viking/events',
        'cat .viking/errors',
      ])
        expect((await shell(world.mountOf(asker), script, 30_000)).stdout, script).not.toMatch(
          /secret-place|user\/ann\/|mallory/,
        );
    });

    it('is not in WebDAV either: no listing, and 404 or 403 for whoever guesses', async () => {
      await world.fill('an admin', 'viking://user/ann/memories/secret-dav');
      const dav = (method: string, path: string, headers = {}) =>
        rawRequest(world.port, {
          method,
          path: `/webdav/${path}`,
          headers: { depth: '1', ...world.headersOf('a user with a peer'), ...headers },
        });
      await world.fill('a user', 'viking://user/bob/peers/mallory/memories/secret-dav');
      for (const path of ['', 'user/', 'user/bob/', 'user/bob/peers/'])
        expect((await dav('PROPFIND', path)).text, path).not.toMatch(/user\/ann|mallory|user\/zoe/);
      for (const path of [
        'user/ann/',
        'user/ann/memories/secret-dav/note.md',
        'user/bob/peers/mallory/',
        'user/nobody/',
      ])
        for (const method of ['PROPFIND', 'GET', 'PUT', 'DELETE', 'MKCOL', 'LOCK']) {
          const answer = await dav(method, path);
          expect([403, 404, 405, 409], `${method} ${path}: ${answer.status}`).toContain(answer.status);
          expect(answer.text).not.toContain('xylophone');
        }
      const destination = `http://127.0.0.1:${world.port}/webdav/resources/stolen.md`;
      for (const method of ['COPY', 'MOVE'])
        expect(
          (await dav(method, 'user/ann/memories/secret-dav/note.md', { destination })).status,
        ).toBeGreaterThanOrEqual(400);
      const note = join(world.daemon.home, 'content/acme/user/ann/memories/secret-dav/note.md');
      expect(await readFile(note, 'utf8')).toBe('xylophone\n');
      expect((await dav('GET', 'resources/stolen.md')).status).toBe(404);
    });
  });
});

const OUTCOMES: Readonly<Record<Door, (asker: AskerName, uri: string, access: Access) => Promise<string>>> = {
  async mount(asker, uri, access) {
    const path = pathOf(uri);
    const script = {
      read: `ls '${path}'`,
      write: `mv -T '${path}' '${path}-moved'`,
      // `rm -r` of what the frame holds would take what is in it, entry by entry, from under the other questions.
      remove: `${isMade(uri) ? 'rm -r' : 'rmdir'} '${path}'`,
    }[access];
    const { code, stderr } = await shell(world.mountOf(asker), script);
    if (code === 0) return 'done';
    return /No such file or directory/.test(stderr) ? 'absent' : 'refused';
  },
  async http(asker, uri, access) {
    const at = encodeURIComponent(uri);
    const answer =
      access === 'write'
        ? await rawRequest(world.port, {
            method: 'POST',
            path: '/api/v1/fs/mv',
            headers: { 'content-type': 'application/json', ...world.headersOf(asker) },
            body: JSON.stringify({ from_uri: uri, to_uri: movedTo(uri) }),
          })
        : await rawRequest(world.port, {
            method: access === 'read' ? 'GET' : 'DELETE',
            path: access === 'read' ? `/api/v1/fs/ls?uri=${at}` : `/api/v1/fs?uri=${at}&recursive=true`,
            headers: world.headersOf(asker),
          });
    if (answer.status === 200) return 'done';
    expect(answer.json.error?.code, answer.text).toBe('PERMISSION_DENIED');
    return answer.json.error?.message.endsWith(': not yours') ? 'absent' : 'refused';
  },
  command: async (asker, uri, access) =>
    judged(await runCommand(wordsOf(asker, uri, access), world.daemon.env)),
  process: async (asker, uri, access) =>
    judged(await runCli(wordsOf(asker, uri, access), { env: world.daemon.env })),
};

function wordsOf(asker: AskerName, uri: string, access: Access): readonly string[] {
  const words = { read: ['ls', uri], write: ['mv', uri, movedTo(uri)], remove: ['rm', '-r', uri] }[access];
  return [...words, ...world.argumentsOf(asker)];
}

function judged({ code, stderr }: { readonly code: number | string; readonly stderr: string }): string {
  if (code === 0) return 'done';
  expect(code, stderr).toBe(6);
  return /: not yours/.test(stderr) ? 'absent' : 'refused';
}

/** Whether an entry was made for one question. */
function isMade(uri: string): boolean {
  return /\/n\d+$/.test(uri);
}

function get(asker: AskerName, path: string) {
  return rawRequest(world.port, { path, headers: world.headersOf(asker) });
}

function pathOf(uri: string): string {
  return uri === 'viking://' ? '.' : uri.slice('viking://'.length);
}

function movedTo(uri: string): string {
  // Beside a scope there is no name.
  return pathOf(uri).includes('/') ? `${uri}-moved` : 'viking://resources/moved';
}

async function stillThere(asker: AskerName, uri: string): Promise<boolean> {
  const path = join(world.daemon.home, 'content', ASKERS[asker].account, pathOf(uri));
  return access(path).then(
    () => true,
    () => false,
  );
}
