import type { ContentStore } from '../content/contract.ts';
import type { Principal } from '../tenancy/index.ts';
import { ensureFrame } from './namespace.ts';

export interface Frames {
  /** Makes the directories of an account and user unless this process did so before. */
  prepare(principal: Pick<Principal, 'account' | 'user'>): Promise<void>;
  /** Forgets what was made for a user, or for everybody of an account. */
  forget(account: string, user?: string): void;
}

/** The directories of users that came since the start: a gateway may name thousands. */
export function createFrames(content: ContentStore): Frames {
  const made = new Map<string, Promise<void>>();
  return {
    prepare({ account, user }) {
      const key = `${account}/${user}`;
      let work = made.get(key);
      if (work === undefined) {
        work = ensureFrame(content, { account, user }).catch((error: unknown) => {
          made.delete(key);
          throw error;
        });
        made.set(key, work);
      }
      return work;
    },
    forget(account, user) {
      for (const key of [...made.keys()])
        if (user === undefined ? key.startsWith(`${account}/`) : key === `${account}/${user}`)
          made.delete(key);
    },
  };
}
