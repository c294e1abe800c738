import type { ContentStore } from '../content/contract.ts';
import { type Principal, userOfSpace } from '../tenancy/index.ts';
import { ensureFrame } from './namespace.ts';

/** Whose directories are made. */
export type Owner = Pick<Principal, 'account' | 'user' | 'agentSpace' | 'sharedSessions'>;

export interface Frames {
  /** Makes the directories of an account and user unless this process did so before. */
  prepare(principal: Owner): Promise<void>;
  /** Forgets what was made for a user, or for everybody of an account. */
  forget(account: string, user?: string): void;
}

/** The directories of users that came since the start: a gateway may name thousands. */
export function createFrames(content: ContentStore): Frames {
  const made = new Map<string, Promise<void>>();
  return {
    prepare(owner) {
      const { account, user, agentSpace = '', sharedSessions = false } = owner;
      const key = `${account}/${user}/${agentSpace}/${sharedSessions}`;
      let work = made.get(key);
      if (work === undefined) {
        work = ensureFrame(content, owner).catch((error: unknown) => {
          made.delete(key);
          throw error;
        });
        made.set(key, work);
      }
      return work;
    },
    forget(account, user) {
      for (const key of [...made.keys()])
        if (key.startsWith(`${account}/`) && (user === undefined || userOfSpace(key.split('/')[1]!) === user))
          made.delete(key);
    },
  };
}
