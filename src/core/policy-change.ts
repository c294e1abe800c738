import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import { type AccountPolicy, agentOfSpace, userOfSpace } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';

/** Most places named in a refusal. */
const NAMED = 5;

/**
 * A policy moves nothing: it says where callers are led. So a change is refused while there is data that nobody would
 * be led to any more.
 * @throws FAILED_PRECONDITION naming where the data is
 */
export async function assertNothingLost(
  content: ContentStore,
  account: string,
  { before, after }: { readonly before: AccountPolicy; readonly after: AccountPolicy },
): Promise<void> {
  const lost: VikingUri[] = [];
  if (before.sessions !== after.sessions) lost.push(...(await sessionsOf(content, account, before)));
  for (const space of await names(content, `${account}/user`)) {
    for (const area of await names(content, `${account}/user/${space}`)) {
      if (isReached(space, area, after)) continue;
      const uri = VikingUri.user(space, area);
      if (await holdsFiles(content, `${account}/${uri.contentPath}`)) lost.push(uri);
    }
  }
  if (lost.length === 0) return;
  throw new VikingError(
    'FAILED_PRECONDITION',
    `account ${account}: under this policy nobody would see ${lost.slice(0, NAMED).join(', ')}`,
    {
      hint: 'Move what is needed to where it will be seen, remove the rest, then change the policy.',
      details: { account_id: account, uris: lost.slice(0, NAMED).map(String) },
    },
  );
}

/** Whether the policy leads some caller to this part of a space. */
function isReached(space: string, area: string, policy: AccountPolicy): boolean {
  if (agentOfSpace(space) === undefined) return true;
  const isSkills = area === 'skills';
  if (userOfSpace(space) === '') return isSkills && !policy.isolateAgentScopeByUser;
  return policy.isolateUserScopeByAgent || (isSkills && policy.isolateAgentScopeByUser);
}

/** Sessions where the policy has them. */
async function sessionsOf(
  content: ContentStore,
  account: string,
  { sessions }: AccountPolicy,
): Promise<VikingUri[]> {
  if (sessions === 'account') {
    const ids = await names(content, `${account}/session`);
    return ids.map((id) => VikingUri.of(['session', id]));
  }
  const found: VikingUri[] = [];
  for (const user of await names(content, `${account}/user`)) {
    for (const id of await names(content, `${account}/user/${user}/sessions`))
      found.push(VikingUri.user(user, 'sessions', id));
  }
  return found;
}

/** A directory without a file below it is the frame's, or nothing worth keeping. */
async function holdsFiles(content: ContentStore, path: string): Promise<boolean> {
  for await (const entry of content.walk(path, { hidden: true })) if (entry.kind !== 'directory') return true;
  return false;
}

async function names(content: ContentStore, path: string): Promise<string[]> {
  if ((await content.stat(path))?.kind !== 'directory') return [];
  return (await content.list(path)).map((entry) => entry.name);
}
