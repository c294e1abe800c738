import { expect } from 'vitest';
import type { RouteWorld } from '../../helpers/route-world.ts';
import type { CasesOf, RouteCase } from './route-case.ts';

type Names =
  | 'accountCreate'
  | 'accountList'
  | 'accountDelete'
  | 'accountSettings'
  | 'accountSettingsChange'
  | 'userCreate'
  | 'userList'
  | 'userDelete'
  | 'userSettings'
  | 'userSettingsChange'
  | 'userRole'
  | 'userKey';

const ACME = { account: 'acme' };
const BOB = { ...ACME, user: 'bob' };
let made = 0;

/** The admin of another account, a plain user, and whoever asks after what is not there: none learns of the account. */
const strangers = (asked: RouteCase): readonly RouteCase[] =>
  (['bob', 'zoe'] as const).flatMap((as) => [
    { ...asked, as },
    { ...asked, as, params: { ...asked.params, account: 'missing' } },
  ]);
const nowhere = (asked: RouteCase): RouteCase => ({
  ...asked,
  as: 'root',
  params: { ...asked.params, account: 'missing' },
});
const noUser = (asked: RouteCase): RouteCase => ({
  ...asked,
  as: 'ann',
  params: { ...ACME, user: 'missing' },
});

async function newUser({ result }: RouteWorld): Promise<string> {
  const user_id = `user-${++made}`;
  await result('ann', 'userCreate', { params: ACME, json: { user_id } });
  return user_id;
}

export const adminCases: CasesOf<Names> = {
  accountCreate: {
    ok: {
      as: 'root',
      json: { account_id: 'made.by-root', admin_user_id: 'a@b', seed: null, user_config: null },
      result: { account_id: 'made.by-root', admin_user_id: 'a@b', user_key: expect.any(String) },
    },
    errors: {
      PERMISSION_DENIED: (['ann', 'bob'] as const).map((as) => ({
        as,
        json: { account_id: 'x', admin_user_id: 'y' },
      })),
      ALREADY_EXISTS: { as: 'root', json: { account_id: 'acme', admin_user_id: 'x' } },
      INVALID_ARGUMENT: [
        { as: 'root', json: {} },
        { as: 'root', json: { account_id: '_system', admin_user_id: 'a' } },
        { as: 'root', json: { account_id: 'a/b', admin_user_id: 'a' } },
        { as: 'root', json: { account_id: 'x', admin_user_id: 'memories' } },
        { as: 'root', json: { account_id: 'x', admin_user_id: 'a', seed: '' } },
        { as: 'root', json: { account_id: 'x', admin_user_id: 'a', sessions: 'everybody' } },
      ],
    },
  },
  accountList: {
    ok: { as: 'root', result: expect.arrayContaining([expect.objectContaining({ account_id: 'acme' })]) },
    errors: { PERMISSION_DENIED: [{ as: 'ann' }, { as: 'bob' }] },
  },
  accountDelete: {
    ok: {
      as: 'root',
      async given({ result }) {
        await result('root', 'accountCreate', { json: { account_id: 'short-lived', admin_user_id: 'x' } });
        return { params: { account: 'short-lived' } };
      },
      result: { deleted: true },
    },
    errors: {
      PERMISSION_DENIED: [
        { as: 'ann', params: ACME },
        { params: ACME },
        { as: 'zoe', params: { account: 'missing' } },
      ],
      NOT_FOUND: { as: 'root', params: { account: 'missing' } },
      FAILED_PRECONDITION: { as: 'root', params: { account: 'default' } },
    },
  },
  accountSettings: {
    ok: { as: 'ann', params: ACME, result: { sessions: 'user', agent_evolution: { enabled: false } } },
    errors: { PERMISSION_DENIED: strangers({ params: ACME }), NOT_FOUND: nowhere({}) },
  },
  accountSettingsChange: {
    ok: {
      as: 'ann',
      params: ACME,
      json: { sessions: 'user', agent_evolution: null },
      result: { sessions: 'user' },
    },
    errors: {
      PERMISSION_DENIED: strangers({ params: ACME, json: { sessions: 'user' } }),
      NOT_FOUND: nowhere({ json: {} }),
      INVALID_ARGUMENT: [
        { as: 'ann', params: ACME, json: { sessions: 'everybody' } },
        { as: 'ann', params: ACME, json: { agent_evolution: { enabled: true } } },
      ],
      FAILED_PRECONDITION: {
        as: 'ann',
        params: ACME,
        json: { sessions: 'account' },
        async given({ result }) {
          const message = { role: 'user', content: 'There is a session.' };
          await result('bob', 'sessionMessage', { params: { id: 'in-the-way' }, json: message });
        },
      },
    },
  },
  userCreate: {
    ok: {
      as: 'ann',
      params: ACME,
      json: { user_id: 'carol', role: null, seed: null, user_config: null },
      result: { account_id: 'acme', user_id: 'carol', user_key: expect.any(String) },
    },
    errors: {
      PERMISSION_DENIED: strangers({ params: ACME, json: { user_id: 'x' } }),
      NOT_FOUND: nowhere({ json: { user_id: 'x' } }),
      ALREADY_EXISTS: { as: 'ann', params: ACME, json: { user_id: 'bob' } },
      INVALID_ARGUMENT: ['memories', 'profile.md', '..', 'a/b', '', 'x'.repeat(129), 'a b', 'a@@b'].map(
        (user_id) => ({
          as: 'ann' as const,
          params: ACME,
          json: { user_id },
        }),
      ),
    },
  },
  userList: {
    ok: {
      as: 'ann',
      params: ACME,
      query: { limit: '1', name: 'bo', role: 'user' },
      result: [{ user_id: 'bob', role: 'user' }],
    },
    errors: {
      PERMISSION_DENIED: strangers({ params: ACME }),
      NOT_FOUND: nowhere({}),
      INVALID_ARGUMENT: [
        { as: 'ann', params: ACME, query: { limit: '0' } },
        { as: 'ann', params: ACME, query: { role: 'root' } },
      ],
    },
  },
  userDelete: {
    ok: {
      as: 'ann',
      status: 202,
      given: async (world) => ({ params: { ...ACME, user: await newUser(world) } }),
      result: { deleted: false, task_id: expect.any(String), status: 'accepted' },
    },
    errors: {
      PERMISSION_DENIED: strangers({ params: BOB }),
      NOT_FOUND: [nowhere({ params: BOB }), noUser({})],
      FAILED_PRECONDITION: { as: 'ann', params: { ...ACME, user: 'ann' } },
    },
  },
  userSettings: {
    ok: { as: 'ann', params: BOB, result: {} },
    errors: {
      PERMISSION_DENIED: strangers({ params: BOB }),
      NOT_FOUND: [nowhere({ params: BOB }), noUser({})],
    },
  },
  userSettingsChange: {
    ok: { as: 'ann', params: BOB, json: { add_locations: null, kept: 'x' }, result: { kept: 'x' } },
    errors: {
      PERMISSION_DENIED: strangers({ params: BOB, json: {} }),
      NOT_FOUND: [nowhere({ params: BOB, json: {} }), noUser({ json: {} })],
      INVALID_ARGUMENT: [
        { as: 'ann', params: BOB, json: [] },
        { as: 'ann', params: BOB, json: 'x' },
      ],
    },
  },
  userRole: {
    ok: {
      as: 'ann',
      json: { role: 'admin' },
      given: async (world) => ({ params: { ...ACME, user: await newUser(world) } }),
      result: { role: 'admin' },
    },
    errors: {
      PERMISSION_DENIED: strangers({ params: BOB, json: { role: 'admin' } }),
      NOT_FOUND: [nowhere({ params: BOB, json: { role: 'admin' } }), noUser({ json: { role: 'admin' } })],
      INVALID_ARGUMENT: [
        { as: 'ann', params: BOB, json: {} },
        { as: 'ann', params: BOB, json: { role: 'user' } },
        { as: 'ann', params: BOB, json: { role: 'root' } },
      ],
    },
  },
  userKey: {
    ok: {
      as: 'ann',
      json: { seed: null },
      given: async (world) => ({ params: { ...ACME, user: await newUser(world) } }),
      result: { user_key: expect.any(String) },
    },
    errors: {
      PERMISSION_DENIED: strangers({ params: BOB, json: {} }),
      NOT_FOUND: [nowhere({ params: BOB, json: {} }), noUser({ json: {} })],
      INVALID_ARGUMENT: { as: 'ann', params: BOB, json: { seed: 7 } },
    },
  },
};
