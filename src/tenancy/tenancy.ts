import type { Clock } from '../base/clock.ts';
import { KeyedLock } from '../base/lock.ts';
import { VikingError } from '../errors/index.ts';
import type { Store } from '../records/contract.ts';
import type { AccountRecord, Tenancy, UserRecord } from './contract.ts';
import { hashKey, keyPrefix, newKey } from './keys.ts';
import { assertAccountId, assertUserId } from './names.ts';
import { DEFAULT_POLICY } from './policy.ts';

/**
 * Reads every account and user into memory (a few hundred bytes each) and answers from there: a key is looked up by its
 * hash in constant time, and one that was replaced is unknown the moment its successor is durable.
 */
export async function openTenancy(store: Store, clock: Clock): Promise<Tenancy> {
  const accountTable = store.table<AccountRecord>('accounts');
  const userTable = store.table<UserRecord>('users');
  const lock = new KeyedLock();
  const accounts = new Map<string, AccountRecord>();
  const users = new Map<string, Map<string, UserRecord>>();
  const keys = new Map<string, { readonly account: string; readonly user: string }>();

  for await (const [id, record] of accountTable.entries()) {
    accounts.set(id, record);
    users.set(id, new Map());
  }
  for await (const [key, record] of userTable.entries()) {
    const [account = '', user = ''] = key.split('/');
    remember(account, user, record);
  }

  function remember(account: string, user: string, record: UserRecord): void {
    const known = users.get(account) ?? new Map<string, UserRecord>();
    users.set(account, known);
    const before = known.get(user);
    if (before !== undefined) keys.delete(before.keyHash);
    known.set(user, record);
    keys.set(record.keyHash, { account, user });
  }

  function accountOf(id: string): AccountRecord {
    const record = accounts.get(id);
    if (record !== undefined) return record;
    throw new VikingError('NOT_FOUND', `account ${id}: no such account`, { details: { account_id: id } });
  }

  function userOf(account: string, user: string): UserRecord {
    accountOf(account);
    const record = users.get(account)?.get(user);
    if (record !== undefined) return record;
    throw new VikingError('NOT_FOUND', `user ${user}: no such user in account ${account}`, {
      details: { account_id: account, user_id: user },
    });
  }

  function assertActive(account: string, user: string): void {
    const deleting =
      accounts.get(account)?.deletingSince !== undefined ||
      users.get(account)?.get(user)?.deletingSince !== undefined;
    if (!deleting) return;
    throw new VikingError('FAILED_PRECONDITION', `user ${user} of account ${account} is being deleted`);
  }

  async function putUser(account: string, user: string, record: UserRecord): Promise<void> {
    await userTable.put(`${account}/${user}`, record);
    remember(account, user, record);
  }

  function newUser(account: string, user: string, role: UserRecord['role'], seed?: string) {
    const key = newKey(account, user, seed);
    const record: UserRecord = {
      role,
      createdAt: clock.now(),
      keyHash: hashKey(key),
      keyPrefix: keyPrefix(key),
    };
    return { key, record };
  }

  function assertNotLastAdmin(account: string, user: string): void {
    const active = [...(users.get(account) ?? [])].filter(([, record]) => record.deletingSince === undefined);
    const admins = active.filter(([, record]) => record.role === 'admin');
    if (admins.length !== 1 || admins[0]![0] !== user) return;
    throw new VikingError('FAILED_PRECONDITION', `user ${user} is the last admin of account ${account}`, {
      hint: 'Make somebody else an admin first, or delete the account.',
    });
  }

  async function changeUser(account: string, user: string, change: Partial<UserRecord>): Promise<void> {
    await putUser(account, user, { ...userOf(account, user), ...change });
  }

  return {
    policyOf: (account) => accounts.get(account)?.policy ?? DEFAULT_POLICY,
    identify(key) {
      const found = keys.get(hashKey(key));
      if (found === undefined) {
        throw new VikingError('UNAUTHENTICATED', 'the API key is not known', {
          hint: 'It may have been replaced; ask an admin of your account for a new one.',
        });
      }
      assertActive(found.account, found.user);
      return { ...found, role: userOf(found.account, found.user).role };
    },
    assertActive,
    accounts: () =>
      [...accounts].map(([id, record]) => ({ id, record, users: users.get(id)?.size ?? 0 })).sort(byId),
    account: (id) => accounts.get(id),
    users(account) {
      accountOf(account);
      return [...(users.get(account) ?? [])].map(([id, record]) => ({ id, record })).sort(byId);
    },
    user: (account, user) => users.get(account)?.get(user),
    register: (id) =>
      lock.run(id, async () => {
        if (accounts.has(id)) return;
        const account: AccountRecord = { createdAt: clock.now(), policy: DEFAULT_POLICY };
        await accountTable.put(id, account);
        accounts.set(id, account);
      }),
    createAccount: (id, admin, seed) =>
      lock.run(id, async () => {
        assertAccountId(id);
        assertUserId(admin);
        if (accounts.has(id)) throw exists(`account ${id}`);
        const account: AccountRecord = { createdAt: clock.now(), policy: DEFAULT_POLICY };
        const { key, record } = newUser(id, admin, 'admin', seed);
        await store.batch([accountTable.putting(id, account), userTable.putting(`${id}/${admin}`, record)]);
        accounts.set(id, account);
        remember(id, admin, record);
        return key;
      }),
    createUser: (account, { user, role, seed }) =>
      lock.run(account, async () => {
        accountOf(account);
        assertUserId(user);
        assertActive(account, user);
        if (users.get(account)?.has(user)) throw exists(`user ${user} of account ${account}`);
        const { key, record } = newUser(account, user, role, seed);
        await putUser(account, user, record);
        return key;
      }),
    setPolicy: (account, change) =>
      lock.run(account, async () => {
        const before = accountOf(account);
        const record = { ...before, policy: { ...before.policy, ...change } };
        await accountTable.put(account, record);
        accounts.set(account, record);
        return record.policy;
      }),
    setRole: (account, user, role) =>
      lock.run(account, async () => {
        if (userOf(account, user).role === 'admin' && role !== 'admin') assertNotLastAdmin(account, user);
        await changeUser(account, user, { role });
      }),
    setSettings: (account, user, settings) =>
      lock.run(account, () => changeUser(account, user, { settings })),
    regenerateKey: (account, user, seed) =>
      lock.run(account, async () => {
        userOf(account, user);
        assertActive(account, user);
        const key = newKey(account, user, seed);
        await changeUser(account, user, { keyHash: hashKey(key), keyPrefix: keyPrefix(key) });
        return key;
      }),
    beginUserDeletion: (account, user) =>
      lock.run(account, async () => {
        userOf(account, user);
        assertNotLastAdmin(account, user);
        await changeUser(account, user, { deletingSince: clock.now() });
      }),
    beginAccountDeletion: (account) =>
      lock.run(account, async () => {
        const record = { ...accountOf(account), deletingSince: clock.now() };
        await accountTable.put(account, record);
        accounts.set(account, record);
      }),
    forgetUser: (account, user) =>
      lock.run(account, async () => {
        await userTable.delete(`${account}/${user}`);
        const record = users.get(account)?.get(user);
        if (record !== undefined) keys.delete(record.keyHash);
        users.get(account)?.delete(user);
      }),
    forgetAccount: (account) =>
      lock.run(account, async () => {
        const gone = [...(users.get(account) ?? [])];
        await store.batch([
          accountTable.deleting(account),
          ...gone.map(([user]) => userTable.deleting(`${account}/${user}`)),
        ]);
        for (const [, record] of gone) keys.delete(record.keyHash);
        users.delete(account);
        accounts.delete(account);
      }),
  };
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function exists(what: string): VikingError {
  return new VikingError('ALREADY_EXISTS', `${what} exists already`);
}
