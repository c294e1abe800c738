import type { RelationResult } from '../api/results.ts';
import { KeyedLock } from '../base/lock.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import type { Store } from '../records/contract.ts';
import { assertAccess, isVisible, type Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import type { CoreRelations } from './core.ts';
import type { Guard } from './guard.ts';
import { contentPath } from './namespace.ts';

const REASON_LIMIT = 1_000;
const LINKS_LIMIT = 1_000;

export interface RelationsOptions {
  readonly store: Store;
  readonly content: ContentStore;
  readonly guard: Guard;
}

/** Links from an entry to related ones, kept as records under the entry's content path. */
export function createRelations({ store, content, guard }: RelationsOptions): CoreRelations {
  const table = store.table<readonly RelationResult[]>('relations');
  const lock = new KeyedLock();

  function change(
    principal: Principal,
    from: VikingUri,
    edit: (links: readonly RelationResult[]) => readonly RelationResult[],
  ): Promise<void> {
    assertAccess(principal, from, 'read');
    const key = contentPath(principal, from);
    return lock.run(key, async () => {
      const links = edit((await table.get(key)) ?? []);
      if (links.length === 0) await table.delete(key);
      else await table.put(key, links);
    });
  }

  /** @throws NOT_FOUND, PERMISSION_DENIED */
  async function assertThere(principal: Principal, uri: VikingUri): Promise<void> {
    await guard(principal, uri, 'read');
    if ((await content.stat(contentPath(principal, uri))) !== undefined) return;
    throw new VikingError('NOT_FOUND', `${uri}: no such entry to link`, { details: { uri: String(uri) } });
  }

  return {
    async list(principal, uri) {
      assertAccess(principal, uri, 'read');
      const links = (await table.get(contentPath(principal, uri))) ?? [];
      return links.filter((link) => isVisible(principal, VikingUri.fromCanonical(link.uri)));
    },
    async link(principal, from, to, reason) {
      for (const uri of [from, ...to]) await assertThere(principal, uri);
      if (reason.length > REASON_LIMIT) {
        throw new VikingError('INVALID_ARGUMENT', `${from}: a reason has at most ${REASON_LIMIT} characters`);
      }
      return change(principal, from, (links) => {
        const targets = new Set(to.map(String));
        const kept = links.filter((link) => !targets.has(link.uri));
        if (kept.length + targets.size > LINKS_LIMIT) {
          throw new VikingError(
            'RESOURCE_EXHAUSTED',
            `${from}: an entry has at most ${LINKS_LIMIT} relations`,
          );
        }
        return [...kept, ...[...targets].map((uri) => ({ uri, reason }))];
      });
    },
    async unlink(principal, from, to) {
      assertAccess(principal, to, 'read');
      await change(principal, from, (links) => links.filter((link) => link.uri !== String(to)));
    },
  };
}
