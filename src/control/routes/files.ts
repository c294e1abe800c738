import type { EntryResult } from '../../api/results.ts';
import { lsQuery, mkdirBody, moveBody, removeQuery, treeQuery, uriQuery } from '../../api/schemas/index.ts';
import type { Core } from '../../core/core.ts';
import { VikingError } from '../../errors/index.ts';
import type { Principal } from '../../tenancy/index.ts';
import type { VikingUri } from '../../uri/index.ts';
import type { Handler } from '../ask.ts';
import { mapBounded } from '../map-bounded.ts';

/** Deeper than any real tree: what `ls` with `recursive` means by "all of it"; `node_limit` still holds. */
const ANY_DEPTH = 1_000;

/** `/api/v1/fs` */
export function fileRoutes(core: Core) {
  return {
    async ls({ principal, query }) {
      const q = query(lsQuery);
      const entries = await core.files.list(principal, core.files.parseUri(principal, q.uri), {
        recursive: q.recursive,
        ...(q.recursive ? { levelLimit: ANY_DEPTH } : {}),
        all: q.show_all_hidden,
        absLimit: q.abs_limit,
        nodeLimit: q.limit ?? q.node_limit,
        ...(q.sort_by === undefined ? {} : { sortBy: q.sort_by }),
        sortOrder: q.sort_order,
      });
      if (q.simple) return entries.map((entry) => entry.uri);
      return q.output === 'agent'
        ? entries.map((entry) => forAgent(entry, q.abs_limit))
        : original(core, principal, entries);
    },

    async tree({ principal, query }) {
      const q = query(treeQuery);
      const entries = await core.files.list(principal, core.files.parseUri(principal, q.uri), {
        recursive: true,
        levelLimit: q.level_limit,
        all: q.show_all_hidden,
        absLimit: q.abs_limit,
        nodeLimit: q.limit ?? q.node_limit,
      });
      return q.output === 'agent'
        ? entries.map((entry) => forAgent(entry, q.abs_limit))
        : original(core, principal, entries);
    },

    async stat({ principal, query }) {
      return core.files.stat(principal, core.files.parseUri(principal, query(uriQuery).uri));
    },

    async mkdir({ principal, body }) {
      const { uri: text, description } = await body(mkdirBody);
      const uri = core.files.parseUri(principal, text);
      await core.files.mkdir(principal, uri, description);
      return { uri: String(uri) };
    },

    async remove({ principal, query }) {
      const q = query(removeQuery);
      const uri = core.files.parseUri(principal, q.uri);
      const removed = await core.files.remove(principal, uri, q.recursive);
      const answer = { uri: String(uri), estimated_deleted_count: removed };
      if (!q.wait) return { ...answer, semantic_status: 'queued' };
      const timeoutMs = q.timeout === undefined ? undefined : q.timeout * 1_000;
      const queue_status = await core.system.wait(principal, timeoutMs);
      return { ...answer, semantic_status: 'complete', queue_status };
    },

    async move({ principal, body }) {
      const { from_uri, to_uri } = await body(moveBody);
      const from = core.files.parseUri(principal, from_uri);
      const to = core.files.parseUri(principal, to_uri);
      if (/\/\s*$/.test(to_uri)) await assertMovesDirectory(core, principal, from, to);
      await core.files.move(principal, from, to);
      return { from: String(from), to: String(to) };
    },
  } satisfies Record<string, Handler>;
}

/** As `mv` has it: a name that ends with a slash is a directory's. @throws INVALID_ARGUMENT, NOT_FOUND */
async function assertMovesDirectory(
  core: Core,
  principal: Principal,
  from: VikingUri,
  to: VikingUri,
): Promise<void> {
  if ((await core.files.stat(principal, from)).isDir) return;
  throw new VikingError('INVALID_ARGUMENT', `${to}/: ends with a slash, and ${from} is a file`, {
    hint: `Leave the slash out, or name the file as well: ${to}/${from.name}.`,
  });
}

/** The shape for agents. A directory whose abstract is not built says so, in the reference's words. */
function forAgent(entry: EntryResult, absLimit: number): Omit<EntryResult, 'name'> {
  const { name: _name, ...shown } = entry;
  if (!entry.isDir || entry.abstract !== '' || absLimit === 0) return shown;
  return { ...shown, abstract: `# ${entry.uri} [Directory abstract is not ready]` };
}

/** The shape for programs, with POSIX modes. An entry removed since it was listed is left out. */
async function original(
  core: Core,
  principal: Principal,
  entries: readonly EntryResult[],
): Promise<unknown[]> {
  const stats = await mapBounded(entries, 16, (entry) =>
    core.files.stat(principal, core.files.parseUri(principal, entry.uri)).catch(() => undefined),
  );
  return entries.flatMap((entry, index) => {
    const stat = stats[index];
    if (stat === undefined) return [];
    const { name, size, isDir, modTime, uri, rel_path } = entry;
    return [
      {
        name,
        size,
        mode: stat.mode,
        modTime,
        isDir,
        meta: {},
        uri,
        ...(rel_path === undefined ? {} : { rel_path }),
      },
    ];
  });
}
