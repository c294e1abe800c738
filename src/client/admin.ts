import type {
  AccountEntry,
  AccountSettings,
  NewAccountResult,
  NewUserResult,
  RemovalResult,
  RoleResult,
  UserEntry,
} from '../api/results.ts';
import type { Call } from './transport.ts';

export interface NewAccountRequest {
  readonly account_id: string;
  readonly admin_user_id: string;
  readonly seed?: string | undefined;
  readonly sessions?: 'user' | 'account' | undefined;
  readonly isolate_user_scope_by_agent?: boolean | undefined;
  readonly isolate_agent_scope_by_user?: boolean | undefined;
}

export interface NewUserRequest {
  readonly user_id: string;
  readonly role?: 'user' | 'admin' | undefined;
  readonly seed?: string | undefined;
}

export type AccountSettingsRequest = Omit<NewAccountRequest, 'account_id' | 'admin_user_id' | 'seed'>;

/** `/api/v1/admin`, one method per route. */
export function adminClient(ask: <T>(call: Call) => Promise<T>) {
  return {
    createAccount: (body: NewAccountRequest) => ask<NewAccountResult>({ route: 'accountCreate', body }),
    accounts: () => ask<readonly AccountEntry[]>({ route: 'accountList' }),
    deleteAccount: (account: string) => ask<RemovalResult>({ route: 'accountDelete', params: { account } }),
    accountSettings: (account: string) =>
      ask<AccountSettings>({ route: 'accountSettings', params: { account } }),
    changeAccountSettings: (account: string, body: AccountSettingsRequest) =>
      ask<AccountSettings>({ route: 'accountSettingsChange', params: { account }, body }),
    createUser: (account: string, body: NewUserRequest) =>
      ask<NewUserResult>({ route: 'userCreate', params: { account }, body }),
    users: (
      account: string,
      query: { limit?: number | undefined; name?: string | undefined; role?: string | undefined } = {},
    ) => ask<readonly UserEntry[]>({ route: 'userList', params: { account }, query }),
    deleteUser: (account: string, user: string) =>
      ask<RemovalResult>({ route: 'userDelete', params: { account, user } }),
    userSettings: (account: string, user: string) =>
      ask<Readonly<Record<string, unknown>>>({ route: 'userSettings', params: { account, user } }),
    changeUserSettings: (account: string, user: string, body: Readonly<Record<string, unknown>>) =>
      ask<Readonly<Record<string, unknown>>>({
        route: 'userSettingsChange',
        params: { account, user },
        body,
      }),
    setRole: (account: string, user: string, role: string) =>
      ask<RoleResult>({ route: 'userRole', params: { account, user }, body: { role } }),
    regenerateKey: (account: string, user: string, seed?: string) =>
      ask<{ readonly user_key: string }>({ route: 'userKey', params: { account, user }, body: { seed } }),
  };
}
