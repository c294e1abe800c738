/**
 * Every route: a success, each error its description lists, and whoever has not the right. The lists are computed from
 * the OpenAPI document as it is served: a route or an error without a case fails here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REFERENCE_CODES, ROUTES, type RouteName } from '../../src/api/index.ts';
import { silentLogger } from '../../src/base/log.ts';
import { ERRORS, type ErrorCode } from '../../src/errors/index.ts';
import { chooseDriver } from '../../src/mount/index.ts';
import type { RawResponse } from '../helpers/raw-http.ts';
import { type Caller, type RouteAsk, type RouteWorld, startRouteWorld } from '../helpers/route-world.ts';
import { ROUTE_CASES } from './route-cases/index.ts';
import { fillRouteWorld, type RouteCase } from './route-cases/route-case.ts';

const NAMES = Object.keys(ROUTE_CASES) as RouteName[];
/** More than any route takes. */
const HUGE = String(8 * 1024 ** 4);
/** Rights that every key has: only somebody without one is refused. */
const FOR_EVERY_KEY: readonly RouteName[] = [
  ...(['metrics', 'systemStatus', 'systemWait', 'taskList', 'taskGet'] as const),
  ...(['observerSystem', 'observerComponent', 'debugHealth'] as const),
];

const canMount = process.env['VIKINGFS_REQUIRE_FUSE'] === '1' || (await mayMount());

let world: RouteWorld;
/** Codes by route, as the served document lists them. */
const documented = new Map<string, readonly ErrorCode[]>();

beforeAll(async () => {
  world = await startRouteWorld();
  await fillRouteWorld(world);
  const { paths } = (await world.ask('nobody', 'openapi')).json as unknown as OpenApi;
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path))) {
    const statuses = Object.entries(operation.responses).filter(([status]) => /^[45]/.test(status));
    for (const [status, { 'x-error-codes': codes = [] }] of statuses)
      for (const code of codes) expect(ERRORS[code].status, code).toBe(Number(status));
    documented.set(
      operation.operationId,
      statuses.flatMap(([, response]) => response['x-error-codes'] ?? []),
    );
  }
}, 60_000);
afterAll(() => world?.daemon.close());

interface OpenApi {
  readonly paths: Record<
    string,
    Record<
      string,
      { operationId: string; responses: Record<string, { 'x-error-codes'?: readonly ErrorCode[] }> }
    >
  >;
}

async function mayMount(): Promise<boolean> {
  return chooseDriver('auto', silentLogger).then(
    () => true,
    () => false,
  );
}

async function answerOf(name: RouteName, one: RouteCase, more: RouteAsk = {}): Promise<RawResponse> {
  const { as = 'bob', given, ...asked } = one;
  const made = (await given?.(world)) ?? {};
  return world.ask(as, name, { ...asked, ...made, ...more });
}

/** What a list of answers came to, in one comparison: which case differs is seen from its place. */
async function outcomes(name: RouteName, cases: readonly RouteCase[], wanted: ErrorCode): Promise<void> {
  for (const [place, one] of cases.entries()) {
    const answer = await answerOf(name, one);
    const about = `${name}, case ${place} of ${wanted}: ${answer.text.slice(0, 300)}`;
    // Over TCP, where everybody but the daemon's owner comes from, with the reference's codes.
    const told = one.as === 'owner' ? undefined : REFERENCE_CODES[wanted];
    expect(answer.json.error?.code, about).toBe(told ?? wanted);
    if (told !== undefined) expect(answer.json.error?.details, about).toMatchObject({ exact_code: wanted });
    expect(answer.status, about).toBe(ERRORS[wanted].status);
    expect(answer.json, about).toMatchObject({
      status: 'error',
      error: { message: expect.stringMatching(/./), details: expect.any(Object) },
      time: expect.any(Number),
    });
  }
}

/** Errors that are the same for every route that has them. */
function sameEverywhere(name: RouteName, code: ErrorCode): readonly RouteCase[] {
  const { ok } = ROUTE_CASES[name];
  // Refused before anything is looked up: what the success needs need not be there.
  const { params = { account: 'acme', user: 'bob', id: 'x', archive: 'x', name: 'x', result: 'x' } } = ok;
  const { given: _given, ...asked } = { ...ok, params };
  if (code === 'UNAUTHENTICATED')
    return ok.as === 'owner'
      ? [{ ...asked, headers: { 'x-api-key': 'nobody-has-this' } }]
      : (['nobody', 'stranger'] as Caller[]).map((as) => ({ ...asked, as }));
  if (code === 'TOO_LARGE' && ROUTES[name].input !== 'query')
    return [{ ...asked, headers: { 'content-length': HUGE } }];
  if (code === 'INVALID_ARGUMENT' && ROUTES[name].input === 'json')
    return [
      ...(takesAnyKey(name) ? [] : [{ ...asked, json: { ...(ok.json as object), surprise_key: 1 } }]),
      { ...asked, body: { type: 'text/plain', bytes: '{}' }, json: undefined },
      { ...asked, body: { type: 'application/json', bytes: '{"uri":' }, json: undefined },
      { ...asked, body: { type: 'application/json', bytes: '[]' }, json: undefined },
    ];
  return [];
}

/** Settings of a user are the client's own. */
function takesAnyKey(name: RouteName): boolean {
  return name === 'userSettingsChange';
}

describe('the description', () => {
  it('lists the errors that have cases, and no others', () => {
    for (const name of NAMES) {
      const cases = Object.keys(ROUTE_CASES[name].errors ?? {});
      const expected = new Set([
        ...cases,
        ...documented.get(name)!.filter((code) => sameEverywhere(name, code).length > 0),
      ]);
      expect([...expected].sort(), name).toEqual([...documented.get(name)!].sort());
    }
    expect([...NAMES].sort()).toEqual([...documented.keys()].sort());
  });

  it('has somebody without the right for every route that is not for everybody', () => {
    for (const name of NAMES) {
      const codes = documented.get(name)!;
      if (['health', 'ready', 'openapi'].includes(name)) expect(codes).not.toContain('UNAUTHENTICATED');
      else expect(codes, name).toContain('UNAUTHENTICATED');
      if (!FOR_EVERY_KEY.includes(name) && codes.includes('UNAUTHENTICATED'))
        expect(codes, name).toContain('PERMISSION_DENIED');
    }
  });
});

describe.each(NAMES)('%s', (name) => {
  const { ok, errors = {} } = ROUTE_CASES[name];

  it('refuses what it says it refuses', async () => {
    for (const code of documented.get(name)!) {
      const own = errors[code] ?? [];
      const cases = [...sameEverywhere(name, code), ...(Array.isArray(own) ? own : [own])] as RouteCase[];
      if (code === 'DEADLINE_EXCEEDED') await untilLate(name, cases[0]!);
      else await outcomes(name, cases, code);
    }
  });

  it.skipIf(ROUTE_CASES[name].mounts === true && !canMount)('succeeds', async () => {
    const answer = await answerOf(name, ok);
    expect(answer.status, answer.text.slice(0, 500)).toBe(ok.status ?? 200);
    const isEnveloped = answer.json.status === 'ok' && 'result' in answer.json;
    if (isEnveloped) {
      expect(answer.json.time).toEqual(expect.any(Number));
      expect({ result: answer.json.result }).toMatchObject({ result: ok.result });
    } else if (typeof ok.result === 'string') expect(answer.text).toBe(ok.result);
    else expect(answer.json).toMatchObject(ok.result as object);
    expect(answer.headers['x-request-id']).toMatch(/./);
  });
});

/** Work that is due at once can still be quicker than the clock: asked again, with more work, a few times. */
async function untilLate(name: RouteName, one: RouteCase): Promise<void> {
  for (let tries = 0; ; tries++) {
    const answer = await answerOf(name, one);
    if (answer.json.error?.code !== 'DEADLINE_EXCEEDED' && tries < 20) continue;
    expect(answer.json.error?.code, `${name}: ${answer.text.slice(0, 300)}`).toBe('DEADLINE_EXCEEDED');
    expect(answer.status).toBe(504);
    return;
  }
}
