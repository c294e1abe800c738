import type { AttributesResult } from '../api/results.ts';
import { KeyedLock } from '../base/lock.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import type { Store } from '../records/contract.ts';
import type { VikingUri } from '../uri/index.ts';
import type { CoreAttributes } from './core.ts';
import type { Guard } from './guard.ts';
import { contentPath } from './namespace.ts';

/** Most entries one recursive change reaches. */
const RECURSIVE_LIMIT = 100_000;
const TAGS_LIMIT = 100;

export interface AttributesOptions {
  readonly store: Store;
  readonly content: ContentStore;
  readonly guard: Guard;
}

/** Labels of entries, kept as records under the content path. */
export function createAttributes({ store, content, guard }: AttributesOptions): CoreAttributes {
  const table = store.table<readonly string[]>('tags');
  const lock = new KeyedLock();

  async function change(path: string, tags: readonly string[], append: boolean): Promise<void> {
    await lock.run(path, async () => {
      const kept = append ? ((await table.get(path)) ?? []) : [];
      const next = [...new Set([...kept, ...tags])];
      if (next.length > TAGS_LIMIT) {
        throw new VikingError('RESOURCE_EXHAUSTED', `${path}: an entry has at most ${TAGS_LIMIT} tags`);
      }
      if (next.length === 0) await table.delete(path);
      else await table.put(path, next);
    });
  }

  async function pathsBelow(path: string): Promise<string[]> {
    const paths: string[] = [];
    for await (const entry of content.walk(path)) {
      if (entry.path === path) continue;
      if (paths.length === RECURSIVE_LIMIT) {
        throw new VikingError('RESOURCE_EXHAUSTED', `more than ${RECURSIVE_LIMIT} entries to tag`);
      }
      paths.push(entry.path);
    }
    return paths;
  }

  async function existing(uri: VikingUri, path: string): Promise<'file' | 'directory'> {
    const found = await content.stat(path);
    if (found === undefined) {
      throw new VikingError('NOT_FOUND', `${uri}: no such entry`, { details: { uri: String(uri) } });
    }
    return found.kind === 'directory' ? 'directory' : 'file';
  }

  return {
    async get(principal, uri): Promise<AttributesResult> {
      await guard(principal, uri, 'read');
      const path = contentPath(principal, uri);
      await existing(uri, path);
      return {
        uri: String(uri),
        context_type: uri.contextType,
        attrs: { tags: (await table.get(path)) ?? [] },
      };
    },
    async setTags(principal, uri, { tags, mode, recursive }) {
      await guard(principal, uri, 'write');
      const path = contentPath(principal, uri);
      const kind = await existing(uri, path);
      const below = recursive && kind === 'directory' ? await pathsBelow(path) : [];
      for (const one of [path, ...below]) await change(one, tags, mode === 'append');
      return { uri: String(uri), tags: (await table.get(path)) ?? [], mode, updated: below.length + 1 };
    },
  };
}
