import type { ContentStore } from '../content/contract.ts';
import type { Principal } from '../tenancy/index.ts';
import { isIdentity, isSessionId, isStagingName } from '../uri/index.ts';
import { readText } from './archive-files.ts';
import { enqueueUnfinished } from './commit.ts';
import type { SessionLanes } from './session-lanes.ts';
import type { SessionState } from './session-meta.ts';
import { HISTORY, META, type SessionRef, sessionRef, sessionsPath } from './session-ref.ts';
import type { SessionsOptions } from './types.ts';

/**
 * Finds, from content alone, the commits that a crash (or a lost record store) left without phase 2. A session that
 * cannot be read is reported and does not keep the others from being recovered.
 */
export async function recoverSessions(
  options: Pick<SessionsOptions, 'content' | 'journal' | 'log'>,
  lanes: SessionLanes,
  onOpened: (state: SessionState) => void,
): Promise<{ readonly sessions: number; readonly enqueued: number }> {
  const { content, journal, log } = options;
  let sessions = 0;
  let enqueued = 0;
  for await (const ref of allSessions(content)) {
    sessions += 1;
    if (!(await needsLook(content, ref))) continue;
    try {
      enqueued += await lanes.run(ref, async () => {
        const state = await lanes.open(ref);
        if (state === undefined) return 0;
        onOpened(state);
        return enqueueUnfinished(journal, state);
      });
    } catch (error) {
      log.error({ session: ref.uri.toString(), error: (error as Error).message }, 'session not recovered');
    }
  }
  return { sessions, enqueued };
}

/** One that never committed and does not commit by itself is opened when somebody comes. */
async function needsLook(content: ContentStore, ref: SessionRef): Promise<boolean> {
  if ((await content.stat(`${ref.path}/${HISTORY}`)) !== undefined) return true;
  return (await readText(content, `${ref.path}/${META}`))?.includes('"auto_commit_policy": {') === true;
}

async function* allSessions(content: ContentStore): AsyncGenerator<SessionRef> {
  for (const account of await directories(content, '')) {
    const shared: Principal = { account, user: '', role: 'user', sharedSessions: true };
    for (const id of await sessionIds(content, shared)) yield sessionRef(shared, id);
    for (const user of await directories(content, `${account}/user`)) {
      if (!isIdentity(user)) continue;
      const principal: Principal = { account, user, role: 'user' };
      for (const id of await sessionIds(content, principal)) yield sessionRef(principal, id);
    }
  }
}

/** Ids of a user's sessions, by name. */
export async function sessionIds(content: ContentStore, principal: Principal): Promise<string[]> {
  const names = await directories(content, sessionsPath(principal));
  return names.filter((name) => isSessionId(name) && !name.startsWith('.'));
}

async function directories(content: ContentStore, path: string): Promise<string[]> {
  if (path !== '' && (await content.stat(path))?.kind !== 'directory') return [];
  const entries = await content.list(path);
  return entries
    .filter((entry) => entry.kind === 'directory' && !isStagingName(entry.name))
    .map((entry) => entry.name);
}
