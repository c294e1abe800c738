import { join } from 'node:path';
import { silentLogger } from '../../src/base/log.ts';
import type { ContentStore } from '../../src/content/index.ts';
import { openContent } from '../../src/content/index.ts';
import { createMemory, type Memory, type MemoryOptions, type SimilarEntry } from '../../src/memory/index.ts';
import type { JobJournal, Store } from '../../src/records/contract.ts';
import { openJournal, openStore } from '../../src/records/index.ts';
import { createSessions, type Sessions, type SessionsOptions } from '../../src/sessions/index.ts';
import type { Principal } from '../../src/tenancy/index.ts';
import type { VikingUri } from '../../src/uri/index.ts';

export const ADA: Principal = { account: 'default', user: 'ada', role: 'user' };

export interface SessionHome {
  readonly dir: string;
  readonly content: ContentStore;
  readonly store: Store;
  readonly journal: JobJournal;
  readonly memory: Memory;
  readonly sessions: Sessions;
  /** URIs reported as changed, in order. */
  readonly changed: string[];
  /** How often each entry was counted as used. Durable. */
  activeCounts(): Promise<Record<string, number>>;
  /** Seconds added to the clock. */
  advance(ms: number): void;
  close(): Promise<void>;
}

export interface SessionHomeOptions {
  /** Parts of the sessions' options to replace. */
  readonly sessions?: Partial<SessionsOptions>;
  /** Parts of the memory's options to replace. */
  readonly memory?: Partial<MemoryOptions>;
  /** Similar memories the memory package finds. Default: none. */
  readonly find?: (directory: VikingUri, text: string) => Promise<readonly SimilarEntry[]>;
  /** Start the journal. Default true. */
  readonly start?: boolean;
  /** Fixed time; default the system's. */
  readonly now?: number;
}

/** Sessions and memory over a real content tree, record store and journal in `dir`, as the core wires them. */
export async function openSessionHome(dir: string, options: SessionHomeOptions = {}): Promise<SessionHome> {
  let shift = 0;
  const clock = { now: () => (options.now ?? Date.now()) + shift };
  const content = await openContent(join(dir, 'content'));
  const store = await openStore({ dir: join(dir, 'records'), format: 1 });
  const journal = await openJournal(store, { log: silentLogger });
  const changed: string[] = [];
  const counts = store.table<number>('test-counts');
  const settled = store.table<number>('test-settled');
  const onChanged = (uri: VikingUri): void => void changed.push(uri.toString());
  const memory = createMemory({
    content,
    find: async (_principal, directory, text) => (await options.find?.(directory, text)) ?? [],
    clock,
    log: silentLogger,
    onChanged,
    ...options.memory,
  });
  const sessions = createSessions({
    content,
    journal,
    clock,
    log: silentLogger,
    extract: memory.extract,
    onChanged,
    bumpActive: async (_principal, uris, settlement) => {
      if ((await settled.get(settlement)) !== undefined) return uris.length;
      const changes = [settled.putting(settlement, uris.length)];
      for (const uri of uris.map(String))
        changes.push(counts.putting(uri, ((await counts.get(uri)) ?? 0) + 1));
      await store.batch(changes);
      return uris.length;
    },
    ...options.sessions,
  });
  await sessions.recover();
  if (options.start !== false) await journal.start();
  return {
    dir,
    content,
    store,
    journal,
    memory,
    sessions,
    changed,
    async activeCounts() {
      const found: Record<string, number> = {};
      for await (const [uri, count] of counts.entries()) found[uri] = count;
      return found;
    },
    advance: (ms) => {
      shift += ms;
    },
    async close() {
      await journal.stop();
      await sessions.close();
      await store.close();
    },
  };
}

/** A user message as a client sends it. */
export function user(content: string, more: object = {}): object {
  return { role: 'user', content, ...more };
}

/** An assistant message as a client sends it. */
export function assistant(content: string): object {
  return { role: 'assistant', content };
}
