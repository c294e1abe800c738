import type { MemoryChange, MemoryDiff } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import type { ExtractResult } from './types.ts';

/** Directory, in a user's own memories, of what commits of shared sessions did to them. Never listed by default or indexed. */
const DIFFS = '.diffs';

/** Content path of the directory of a user's own records. */
export function ownRecords(principal: Pick<Principal, 'account' | 'user'>): string {
  return `${principal.account}/${VikingUri.user(principal.user, 'memories', DIFFS).contentPath}`;
}

/**
 * Content path of a record of one archive. It lies in the archive, unless others read the session: what a commit did
 * to somebody's memories is theirs.
 */
export function recordPath(
  principal: Pick<Principal, 'account' | 'user'>,
  archiveUri: VikingUri,
  name: string,
): string {
  if (archiveUri.scope !== 'session') return `${principal.account}/${archiveUri.contentPath}/${name}`;
  return `${ownRecords(principal)}/${archiveUri.sessionId}.${archiveUri.name}.${name.replace(/^\./, '')}`;
}

/** Writes a record. A user's own directory of them is made; an archive's is there, or was removed and stays so. */
export async function writeRecord(content: ContentStore, path: string, text: string): Promise<void> {
  const directory = path.slice(0, path.lastIndexOf('/'));
  if (!(await isInPlace(content, directory))) {
    throw new VikingError(
      'PERMISSION_DENIED',
      `${directory.slice(directory.indexOf('/') + 1)}: a symlink leads elsewhere`,
      {
        hint: 'Remove the symlink; the directory is made anew.',
      },
    );
  }
  if (directory.endsWith(`/memories/${DIFFS}`)) await content.mkdir(directory, { real: directory });
  await content.write(path, text, { real: path });
}

/** Whether a directory of records is where its path says: a symlink could lead to what is somebody else's. */
export async function isInPlace(content: Pick<ContentStore, 'real'>, directory: string): Promise<boolean> {
  return (await content.real(directory)) === directory;
}

/** Name of the record of what a commit did to memories. */
export const DIFF = 'memory_diff.json';

/**
 * Keeps what a commit of a shared session did to a user's memories with the user, and answers what everybody may know
 * of it: whose memories of which kind there are, neither their names nor their texts.
 */
export async function keepOwnDiff(
  content: ContentStore,
  about: { readonly principal: Principal; readonly archiveUri: VikingUri; readonly now: number },
  result: ExtractResult,
): Promise<ExtractResult> {
  const { principal, archiveUri } = about;
  const { adds, updates, deletes } = result.operations;
  const { extractor, outcomes, operations } = result;
  if (adds.length + updates.length + deletes.length > 0) {
    const diff: MemoryDiff = {
      archive_uri: archiveUri.toString(),
      extracted_at: isoTime(about.now),
      extractor,
      operations,
      summary: { total_adds: adds.length, total_updates: updates.length, total_deletes: deletes.length },
      outcomes,
    };
    await writeRecord(content, recordPath(principal, archiveUri, DIFF), `${JSON.stringify(diff, null, 2)}\n`);
  }
  return toldToAll(principal, result);
}

/** What everybody may know of changes to somebody's memories. */
export function toldToAll(principal: Pick<Principal, 'user'>, result: ExtractResult): ExtractResult {
  const { outcomes } = result;
  const { adds, updates, deletes } = result.operations;
  const uri = VikingUri.user(principal.user).toString();
  const told = (changes: readonly MemoryChange[]) =>
    changes.map(({ memory_type }): MemoryChange => ({ uri, memory_type }));
  return {
    ...result,
    operations: { adds: told(adds), updates: told(updates), deletes: told(deletes) },
    outcomes: outcomes.map((one) => (one.uri === undefined ? one : { ...one, uri })),
  };
}
