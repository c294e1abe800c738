import type { Lock, Resource, User } from 'nephele';
import type { VikingUri } from '../uri/index.ts';

/** Most locks at once: a client that forgets its locks must not fill the memory. Long past anything people do. */
const MOST_LOCKS = 10_000;

interface HeldLock {
  readonly account: string;
  readonly uri: VikingUri;
  readonly lock: Lock;
  /** Identity of who asked for it. */
  readonly owner: string;
}

/**
 * Locks of WebDAV clients, by account and URI. They bind the clients of this door among each other, as the protocol has
 * it, and live as long as the daemon: a lock has a timeout, and a client that finds it gone asks again.
 */
export interface LockTable {
  on(account: string, uri: VikingUri, owner?: string): Lock[];
  /** Whether anything at or below `uri` is locked. */
  isAnyWithin(account: string, uri: VikingUri): boolean;
  create(resource: Resource, place: { account: string; uri: VikingUri }, user: User): Lock;
}

export function createLockTable(now: () => number = Date.now): LockTable {
  const held = new Map<string, HeldLock>();

  function live(): HeldLock[] {
    for (const [token, { lock }] of held) {
      if (lock.date.getTime() + lock.timeout < now()) held.delete(token);
    }
    return [...held.values()];
  }

  return {
    on: (account, uri, owner) =>
      live()
        .filter((entry) => entry.account === account && entry.uri.equals(uri))
        .filter((entry) => owner === undefined || entry.owner === owner)
        .map((entry) => entry.lock),
    isAnyWithin: (account, uri) =>
      live().some((entry) => entry.account === account && entry.uri.isWithin(uri)),
    create(resource, { account, uri }, user) {
      const lock: Lock = {
        resource,
        token: '',
        date: new Date(now()),
        timeout: 0,
        scope: 'exclusive',
        depth: '0',
        provisional: false,
        owner: {},
        async save() {
          if (held.size >= MOST_LOCKS && !held.has(lock.token)) {
            live();
            if (held.size >= MOST_LOCKS) held.delete(held.keys().next().value!);
          }
          held.set(lock.token, { account, uri, lock, owner: user.username });
        },
        async delete() {
          held.delete(lock.token);
        },
      };
      return lock;
    },
  };
}
