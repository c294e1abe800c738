import type { ContentStore } from '../content/contract.ts';
import type { Principal } from '../tenancy/index.ts';
import { isIdentity, isSessionId, isStagingName } from '../uri/index.ts';
import { readText } from './archive-files.ts';
import { enqueueUnfinished } from './commit.ts';
import { stampOf } from './live-file.ts';
import type { SessionLanes } from './session-lanes.ts';
import {
  archiveNumber,
  DONE,
  FAILED,
  HISTORY,
  META,
  type SessionRef,
  sessionRef,
  sessionsPath,
} from './session-ref.ts';
import type { SessionsOptions } from './types.ts';

/**
 * Finds, from content alone, the commits that a crash (or a lost record store) left without phase 2. Only names are
 * looked at: a session without such an archive is opened when somebody comes. A session that cannot be read is reported
 * and does not keep the others from being recovered.
 */
export async function recoverSessions(
  options: Pick<SessionsOptions, 'content' | 'journal' | 'log'>,
  lanes: SessionLanes,
): Promise<{ readonly sessions: number; readonly enqueued: number }> {
  const { content, journal, log } = options;
  let sessions = 0;
  let enqueued = 0;
  for await (const ref of allSessions(content)) {
    sessions += 1;
    try {
      if (!(await hasUnfinished(content, ref))) continue;
      enqueued += await lanes.run(ref, async () => {
        const state = await lanes.open(ref);
        return state === undefined ? 0 : enqueueUnfinished(journal, state);
      });
    } catch (error) {
      log.error({ session: ref.uri.toString(), error: (error as Error).message }, 'session not recovered');
    }
  }
  return { sessions, enqueued };
}

/** Sessions that commit by themselves, as their files tell; they are not opened. */
export async function* selfCommitting(content: ContentStore): AsyncGenerator<SessionRef> {
  for await (const ref of allSessions(content)) {
    const meta = await readText(content, `${ref.path}/${META}`).catch(() => undefined);
    if (meta?.includes('"auto_commit_policy": {') === true) yield ref;
  }
}

/** `.done` or `.failed.json` is written after the live file was cut, so an archive that has one leaves nothing to mend. */
async function hasUnfinished(content: ContentStore, ref: SessionRef): Promise<boolean> {
  const history = `${ref.path}/${HISTORY}`;
  if (stampOf(content, history) === undefined) return false;
  const archives = (await content.list(history)).filter((entry) => archiveNumber(entry.name) !== undefined);
  return archives.some(({ path }) =>
    [DONE, FAILED].every((marker) => stampOf(content, `${path}/${marker}`) === undefined),
  );
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
