import { VikingError } from '../errors/index.ts';
import { isIdentity, type UriContext } from '../uri/index.ts';
import type { AccountPolicy } from './policy.ts';
import type { Principal } from './principal.ts';

/**
 * Stands between a user and an agent in the name of a space of theirs: `viking://user/ann@@coder` is what ann has with
 * the agent coder, `viking://user/@@coder` what coder has for everybody of the account. No user's id holds it.
 */
export const SPACE_MARK = '@@';

/** The user a space is of; empty for what an agent has for everybody. */
export function userOfSpace(space: string): string {
  const mark = space.lastIndexOf(SPACE_MARK);
  return mark < 0 ? space : space.slice(0, mark);
}

/** The agent a space is for, if any. */
export function agentOfSpace(space: string): string | undefined {
  const mark = space.lastIndexOf(SPACE_MARK);
  return mark < 0 ? undefined : space.slice(mark + SPACE_MARK.length);
}

/** What of a policy says where the data of a user and an agent is. */
export type Isolation = Pick<AccountPolicy, 'isolateUserScopeByAgent' | 'isolateAgentScopeByUser'>;

/**
 * Where a user's own data and the agent's (its skills) are. Without an agent both are the user's.
 *
 * | isolate user scope by agent | isolate agent scope by user | user space | agent space |
 * |---|---|---|---|
 * | no  | no  | `ann`        | `@@coder`    |
 * | yes | no  | `ann@@coder` | `@@coder`    |
 * | no  | yes | `ann`        | `ann@@coder` |
 * | yes | yes | `ann@@coder` | `ann@@coder` |
 *
 * @throws INVALID_ARGUMENT for an agent that cannot be part of a name
 */
export function spacesOf(
  user: string,
  agent: string | undefined,
  policy: Isolation,
): { readonly user: string; readonly agent: string } {
  if (agent === undefined) return { user, agent: user };
  const both = spaceName(user, agent);
  return {
    user: policy.isolateUserScopeByAgent ? both : user,
    agent: policy.isolateAgentScopeByUser ? both : spaceName('', agent),
  };
}

/** The space of a user with an agent; the user's own tree without one. @throws INVALID_ARGUMENT */
export function spaceOf(user: string, agent: string | undefined): string {
  return agent === undefined ? user : spaceName(user, agent);
}

function spaceName(user: string, agent: string): string {
  const space = `${user}${SPACE_MARK}${agent}`;
  if (isIdentity(space) && !agent.startsWith('@') && !agent.includes(SPACE_MARK)) return space;
  throw new VikingError('INVALID_ARGUMENT', `agent ${JSON.stringify(agent.slice(0, 200))} is not usable`, {
    hint: 'An agent is 1 to 128 of A-Z a-z 0-9 _ . @ -, does not begin with @ or hold @@, and is short enough beside the user.',
  });
}

/** The caller as their account's policy places them: which trees are theirs, and whose the sessions are. */
export function placed(principal: Principal, policy: AccountPolicy, agent: string | undefined): Principal {
  const spaces = spacesOf(principal.user, agent, policy);
  return {
    ...principal,
    user: spaces.user,
    ...(agent === undefined ? {} : { agent }),
    ...(spaces.agent === spaces.user ? {} : { agentSpace: spaces.agent }),
    ...(policy.sessions === 'account' ? { sharedSessions: true as const } : {}),
  };
}

/** The tree of the caller's skills. */
export function skillsOwner(principal: Pick<Principal, 'user' | 'agentSpace'>): string {
  return principal.agentSpace ?? principal.user;
}

/** What the short forms of URIs mean for a caller. */
export function uriContext(
  principal: Pick<Principal, 'user' | 'agentSpace' | 'sharedSessions'>,
): Pick<UriContext, 'user' | 'skillsOf' | 'sharedSessions'> {
  return {
    user: principal.user,
    ...(principal.agentSpace === undefined ? {} : { skillsOf: principal.agentSpace }),
    ...(principal.sharedSessions === undefined ? {} : { sharedSessions: true as const }),
  };
}
