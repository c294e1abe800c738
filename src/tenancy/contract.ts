import type { AccountPolicy } from './policy.ts';
import type { Role } from './principal.ts';

/** What is kept of an account. Times are milliseconds since the epoch. */
export interface AccountRecord {
  readonly createdAt: number;
  readonly policy: AccountPolicy;
  /** Since when it is being deleted: its keys are refused from then on. */
  readonly deletingSince?: number;
}

export interface UserRecord {
  readonly role: Exclude<Role, 'root'>;
  readonly createdAt: number;
  /** SHA-256 of the key, in hex. The key itself is shown once and kept nowhere. */
  readonly keyHash: string;
  readonly keyPrefix: string;
  readonly deletingSince?: number;
  /** Settings of the user's own, as the admin API has them. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface Identified {
  readonly account: string;
  readonly user: string;
  readonly role: Exclude<Role, 'root'>;
}

/** Accounts, users, their keys and policies. Lookups are answered from memory, changes are durable first. */
export interface Tenancy {
  /** Policy of an account; the default for one that was never registered. */
  policyOf(account: string): AccountPolicy;
  /** Who a key stands for. @throws UNAUTHENTICATED for an unknown one, FAILED_PRECONDITION while it is being deleted */
  identify(key: string): Identified;
  /** @throws FAILED_PRECONDITION while the account or user is being deleted */
  assertActive(account: string, user: string): void;
  accounts(): readonly { readonly id: string; readonly record: AccountRecord; readonly users: number }[];
  account(id: string): AccountRecord | undefined;
  users(account: string): readonly { readonly id: string; readonly record: UserRecord }[];
  user(account: string, user: string): UserRecord | undefined;
  /** Makes an account without users, if it is not there: the daemon's own. */
  register(account: string): Promise<void>;
  /** Makes an account and its first admin; the key is shown once. @throws ALREADY_EXISTS, INVALID_ARGUMENT */
  createAccount(id: string, admin: string, seed?: string): Promise<string>;
  /** Returns the new user's key. @throws NOT_FOUND (account), ALREADY_EXISTS, INVALID_ARGUMENT */
  createUser(account: string, user: NewUser): Promise<string>;
  setPolicy(account: string, policy: Partial<AccountPolicy>): Promise<AccountPolicy>;
  setRole(account: string, user: string, role: Exclude<Role, 'root'>): Promise<void>;
  setSettings(account: string, user: string, settings: Readonly<Record<string, unknown>>): Promise<void>;
  /** The old key is refused from the moment this resolves. Returns the new one. */
  regenerateKey(account: string, user: string, seed?: string): Promise<string>;
  /** Refuses every key of it from now on; its data still exists. @throws FAILED_PRECONDITION for the last admin */
  beginUserDeletion(account: string, user: string): Promise<void>;
  beginAccountDeletion(account: string): Promise<void>;
  /** Forgets the record, once its data is gone. */
  forgetUser(account: string, user: string): Promise<void>;
  forgetAccount(account: string): Promise<void>;
}

export interface NewUser {
  readonly user: string;
  readonly role: Exclude<Role, 'root'>;
  readonly seed?: string;
}
