import type { z } from 'zod';
import {
  accountSettingsBody,
  createAccountBody,
  createUserBody,
  regenerateKeyBody,
  setRoleBody,
  userSettingsBody,
  usersQuery,
} from '../../api/schemas/admin.ts';
import type { Core } from '../../core/core.ts';
import { VikingError } from '../../errors/index.ts';
import type { AccountPolicy } from '../../tenancy/index.ts';
import { Accepted, type Ask, type Handler } from '../ask.ts';
import type { MountsControl } from '../mounts.ts';

/** `/api/v1/admin` */
export function adminRoutes({ admin }: Core, mounts: MountsControl) {
  /** A mount shows its account as it was divided when it was mounted. */
  function assertNotMounted(id: string): void {
    const mounted = mounts.list().filter((mount) => mount.account === id);
    if (mounted.length === 0) return;
    throw new VikingError('FAILED_PRECONDITION', `account ${id} is mounted at ${mounted[0]!.mountpoint}`, {
      hint: `Unmount it first: ov umount ${mounted[0]!.mountpoint}`,
    });
  }

  return {
    async accountCreate({ owner, body }) {
      const b = await body(createAccountBody);
      const policy = policyOf(b);
      return admin.createAccount(owner, b.account_id, {
        user: b.admin_user_id,
        ...(b.seed === undefined ? {} : { seed: b.seed }),
        ...(b.user_config === undefined ? {} : { settings: b.user_config }),
        ...(Object.keys(policy).length === 0 ? {} : { policy }),
      });
    },
    accountList: ({ owner }) => admin.accounts(owner),
    accountDelete: (ask) => admin.removeAccount(ask.owner, account(ask)),
    accountSettings: (ask) => admin.settings(ask.owner, account(ask)),
    async accountSettingsChange(ask) {
      const change = policyOf(await ask.body(accountSettingsBody));
      const before = await admin.settings(ask.owner, account(ask));
      if (Object.keys(change).length === 0) return before;
      assertNotMounted(account(ask));
      return admin.changeSettings(ask.owner, account(ask), change);
    },
    async userCreate(ask) {
      const b = await ask.body(createUserBody);
      return admin.createUser(ask.owner, account(ask), {
        user: b.user_id,
        role: b.role,
        ...(b.seed === undefined ? {} : { seed: b.seed }),
        ...(b.user_config === undefined ? {} : { settings: b.user_config }),
      });
    },
    async userList(ask) {
      const { limit, name, role } = ask.query(usersQuery);
      return admin.users(ask.owner, account(ask), {
        limit,
        ...(name === undefined ? {} : { name }),
        ...(role === undefined ? {} : { role }),
      });
    },
    userSettings: (ask) => admin.userSettings(ask.owner, account(ask), user(ask)),
    async userSettingsChange(ask) {
      return admin.changeUserSettings(ask.owner, account(ask), user(ask), await ask.body(userSettingsBody));
    },
    userDelete: async (ask) => new Accepted(await admin.removeUser(ask.owner, account(ask), user(ask))),
    async userRole(ask) {
      return admin.setRole(ask.owner, account(ask), user(ask), (await ask.body(setRoleBody)).role);
    },
    async userKey(ask) {
      const { seed } = await ask.body(regenerateKeyBody);
      return admin.regenerateKey(ask.owner, account(ask), user(ask), seed);
    },
  } satisfies Record<string, Handler>;
}

function account({ params }: Ask): string {
  return params['account'] ?? '';
}

function user({ params }: Ask): string {
  return params['user'] ?? '';
}

function policyOf(b: Omit<z.infer<typeof accountSettingsBody>, 'agent_evolution'>): Partial<AccountPolicy> {
  return {
    ...(b.sessions === undefined ? {} : { sessions: b.sessions }),
    ...(b.isolate_user_scope_by_agent === undefined
      ? {}
      : { isolateUserScopeByAgent: b.isolate_user_scope_by_agent }),
    ...(b.isolate_agent_scope_by_user === undefined
      ? {}
      : { isolateAgentScopeByUser: b.isolate_agent_scope_by_user }),
  };
}
