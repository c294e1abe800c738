import type { AccountEntry, AccountSettings, UserEntry } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { VikingError } from '../errors/index.ts';
import type { JobJournal } from '../records/contract.ts';
import type { AccountPolicy, Principal, Tenancy, UserRecord } from '../tenancy/index.ts';
import type { CoreAdmin } from './core.ts';
import { REMOVAL_KIND, type RemovalPayload } from './removals.ts';

/** How long the caller that deletes an account waits for its data to go. */
const REMOVAL_WAIT_MS = 30_000;

export interface AdminOptions {
  readonly tenancy: Tenancy;
  readonly jobs: JobJournal;
  /** The daemon's own user, who is never removed. */
  readonly owner: { readonly account: string; readonly user: string };
  /** Makes the directories a user finds. */
  prepare(account: string, user: string): Promise<void>;
  /** @throws FAILED_PRECONDITION when a change of policy would put data out of everybody's sight */
  checkPolicy(
    account: string,
    change: { readonly before: AccountPolicy; readonly after: AccountPolicy },
  ): Promise<void>;
  /** Forgets that they were made. */
  forget(account: string, user?: string): void;
}

/** Administration: root for everything, an admin for their own account. What a caller may not see is never looked up. */
export function createAdmin(options: AdminOptions): CoreAdmin {
  const { tenancy, jobs, owner } = options;

  async function removal(
    principal: Principal,
    target: { readonly account: string; readonly user?: string },
    since: number,
  ): Promise<string> {
    const payload: RemovalPayload = {
      account: principal.account,
      user: principal.user,
      resource_id: target.user ?? target.account,
      target,
      since,
    };
    const lane = `identity/${target.account}`;
    const job = await jobs.enqueue({ id: newId('task'), kind: REMOVAL_KIND, lane, payload });
    options.forget(target.account, target.user);
    return job.id;
  }

  return {
    async createAccount(principal, account, first) {
      assertRoot(principal);
      const key = await tenancy.createAccount(account, first.user, first.seed);
      if (first.policy !== undefined) await tenancy.setPolicy(account, first.policy);
      if (first.settings !== undefined) await tenancy.setSettings(account, first.user, first.settings);
      await options.prepare(account, first.user);
      return { account_id: account, admin_user_id: first.user, ...shownOnce(principal, key) };
    },
    async accounts(principal) {
      assertRoot(principal);
      return tenancy.accounts().map(
        ({ id, record, users }): AccountEntry => ({
          account_id: id,
          created_at: isoTime(record.createdAt),
          user_count: users,
          ...(record.deletingSince === undefined ? {} : { deletion: 'pending' as const }),
        }),
      );
    },
    async removeAccount(principal, account) {
      assertRoot(principal);
      if (account === owner.account) {
        throw new VikingError('FAILED_PRECONDITION', `account ${account} is the daemon's own`, {
          hint: 'Configure another account first (VIKINGFS_ACCOUNT).',
        });
      }
      await tenancy.beginAccountDeletion(account);
      const task = await removal(principal, { account }, tenancy.account(account)!.deletingSince!);
      const job = await jobs.settled(task, REMOVAL_WAIT_MS);
      if (job.state === 'failed') {
        throw new VikingError('INTERNAL', `account ${account} is not deleted: ${job.error ?? 'unknown'}`, {
          hint: 'Its keys are refused already. Delete it again once the cause is mended.',
          details: { task_id: task },
        });
      }
      return { deleted: job.state === 'completed', account_id: account, task_id: task };
    },
    async settings(principal, account) {
      assertAdmin(principal, account);
      return settingsOf(tenancy, account);
    },
    async changeSettings(principal, account, change) {
      assertAdmin(principal, account);
      const before = settingsPolicy(tenancy, account);
      await options.checkPolicy(account, { before, after: { ...before, ...change } });
      await tenancy.setPolicy(account, change);
      return settingsOf(tenancy, account);
    },
    async createUser(principal, account, user) {
      assertAdmin(principal, account);
      const key = await tenancy.createUser(account, user);
      if (user.settings !== undefined) await tenancy.setSettings(account, user.user, user.settings);
      await options.prepare(account, user.user);
      return { account_id: account, user_id: user.user, role: user.role, ...shownOnce(principal, key) };
    },
    async users(principal, account, filter) {
      assertAdmin(principal, account);
      return tenancy
        .users(account)
        .filter(
          ({ id, record }) => (filter.role ?? record.role) === record.role && id.includes(filter.name ?? ''),
        )
        .slice(0, filter.limit ?? 100)
        .map(({ id, record }) => userEntry(id, record));
    },
    async userSettings(principal, account, user) {
      assertAdmin(principal, account);
      return known(tenancy, account, user).settings ?? {};
    },
    async changeUserSettings(principal, account, user, change) {
      assertAdmin(principal, account);
      const settings = { ...known(tenancy, account, user).settings, ...change };
      await tenancy.setSettings(account, user, settings);
      return settings;
    },
    async removeUser(principal, account, user) {
      assertAdmin(principal, account);
      if (account === owner.account && user === owner.user) {
        throw new VikingError('FAILED_PRECONDITION', `user ${user} is the daemon's own`);
      }
      await tenancy.beginUserDeletion(account, user);
      const since = tenancy.user(account, user)!.deletingSince!;
      const task = await removal(principal, { account, user }, since);
      return { deleted: false, account_id: account, user_id: user, task_id: task, status: 'accepted' };
    },
    async setRole(principal, account, user, role) {
      assertAdmin(principal, account);
      const before = known(tenancy, account, user);
      if (role !== 'admin') {
        throw new VikingError(
          'INVALID_ARGUMENT',
          `role ${JSON.stringify(role)}: a user can only be promoted to admin`,
          {
            hint: 'To take the rank away, remove the user and create it anew.',
          },
        );
      }
      if (before.role !== role) await tenancy.setRole(account, user, role);
      return { account_id: account, user_id: user, role };
    },
    async regenerateKey(principal, account, user, seed) {
      assertAdmin(principal, account);
      return { user_key: await tenancy.regenerateKey(account, user, seed) };
    },
  };
}

function assertRoot(principal: Principal): void {
  if (principal.role === 'root') return;
  throw new VikingError('PERMISSION_DENIED', 'accounts are administered by root', {
    hint: 'Use the root key, or the Unix socket as the daemon\u2019s owner.',
  });
}

function assertAdmin(principal: Principal, account: string): void {
  if (principal.role === 'root' || (principal.role === 'admin' && principal.account === account)) return;
  throw new VikingError('PERMISSION_DENIED', `account ${account}: administered by its admins and by root`);
}

function known(tenancy: Tenancy, account: string, user: string): UserRecord {
  const record = tenancy.users(account).find(({ id }) => id === user)?.record;
  if (record !== undefined) return record;
  throw new VikingError('NOT_FOUND', `user ${user}: no such user in account ${account}`);
}

/** Behind a gateway nobody has a key of their own. */
function shownOnce(principal: Principal, key: string): { readonly user_key?: string } {
  return principal.mode === 'trusted' ? {} : { user_key: key };
}

function userEntry(id: string, record: UserRecord): UserEntry {
  return {
    user_id: id,
    role: record.role,
    key_prefix: record.keyPrefix,
    created_at: isoTime(record.createdAt),
    ...(record.deletingSince === undefined ? {} : { deletion: 'pending' as const }),
  };
}

function settingsPolicy(tenancy: Tenancy, account: string): AccountPolicy {
  if (tenancy.account(account) === undefined)
    throw new VikingError('NOT_FOUND', `account ${account}: no such account`);
  return tenancy.policyOf(account);
}

function settingsOf(tenancy: Tenancy, account: string): AccountSettings {
  const policy = settingsPolicy(tenancy, account);
  return {
    agent_evolution: { enabled: false },
    sessions: policy.sessions,
    isolate_user_scope_by_agent: policy.isolateUserScopeByAgent,
    isolate_agent_scope_by_user: policy.isolateAgentScopeByUser,
  };
}
