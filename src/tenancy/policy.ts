import { VikingError } from '../errors/index.ts';
import { mayNameRole, type Principal } from './principal.ts';
import { userOfSpace } from './spaces.ts';

/** How an account divides its namespace. */
export interface AccountPolicy {
  /** `account`: sessions live at `viking://session/{id}`, shared by the account's users. */
  readonly sessions: 'user' | 'account';
  /** Each agent of a user has a user scope of its own. */
  readonly isolateUserScopeByAgent: boolean;
  /** Each user of an agent has an agent scope of its own. */
  readonly isolateAgentScopeByUser: boolean;
}

export const DEFAULT_POLICY: AccountPolicy = {
  sessions: 'user',
  isolateUserScopeByAgent: false,
  isolateAgentScopeByUser: false,
};

/**
 * The `role_id` of a message in an account-shared session: who spoke. A plain user's is derived from its identity.
 * @throws PERMISSION_DENIED when a plain user passes another one than its own
 */
export function roleIdOf(principal: Principal, role: 'user' | 'assistant', given?: string): string {
  const own = role === 'assistant' ? (principal.agent ?? 'default') : userOfSpace(principal.user);
  if (given === undefined || given === own) return own;
  if (mayNameRole(principal)) return given;
  throw new VikingError('PERMISSION_DENIED', `role_id ${JSON.stringify(given)}: a user speaks as itself`, {
    hint: `Leave role_id out; it is derived: ${own}.`,
  });
}
