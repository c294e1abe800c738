import type { ForgetResult, MemoryChange, MemoryDiff, MemoryOutcome } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import { readMemory } from './drafts.ts';
import { parseMemory } from './memory-file.ts';
import { removeOwn } from './own-place.ts';
import { DIFF, isInPlace, ownRecords } from './own-records.ts';
import { bury, nameless } from './tombstones.ts';
import type { MemoryOptions } from './types.ts';

const FORGOTTEN = '[forgotten]';
const PLAN = '.memory_plan.json';

/**
 * Removes a memory for good: the tombstone first, then the file, then its text in the records of earlier commits. Cut
 * short by a crash, it can be asked again as long as one of them is left. Messages of sessions stay: they are what
 * was said, and are removed with their session.
 */
export async function forgetMemory(
  options: Pick<MemoryOptions, 'content' | 'clock' | 'onChanged'>,
  principal: Principal,
  uri: VikingUri,
): Promise<ForgetResult> {
  const { content } = options;
  assertMemory(uri);
  const text = await readMemory(content, principal, uri);
  if (text === undefined) throw new VikingError('NOT_FOUND', `${uri}: there is no such memory`);
  await bury(content, principal, { uri, text, now: isoTime(options.clock.now()) });
  await removeOwn(content, principal, uri);
  options.onChanged(uri, principal);
  const said = new Set(parseMemory(text).statements.map((statement) => statement.text));
  return { uri: uri.toString(), scrubbed: await scrub(content, principal, uri, said) };
}

/** A file below a `memories` directory, or a profile. @throws INVALID_ARGUMENT */
function assertMemory(uri: VikingUri): void {
  const { segments } = uri;
  const below = uri.peerId === undefined ? segments.slice(2) : segments.slice(4);
  const isProfile = below.length === 1 && below[0] === 'profile.md';
  if (uri.scope === 'user' && (isProfile || (below[0] === 'memories' && below.length > 1))) return;
  throw new VikingError('INVALID_ARGUMENT', `${uri}: not a memory`, {
    hint: 'Memories are files below viking://user/memories/. Remove other entries with: ov rm URI',
  });
}

async function scrub(
  content: ContentStore,
  principal: Principal,
  uri: VikingUri,
  said: ReadonlySet<string>,
): Promise<number> {
  const sessions = `${principal.account}/${VikingUri.user(principal.user, 'sessions').contentPath}`;
  let scrubbed = 0;
  for (const session of await directories(content, sessions)) {
    for (const archive of await directories(content, `${session}/history`)) {
      scrubbed += await scrubRecord(content, `${archive}/${DIFF}`, uri, said);
      scrubbed += (await content.remove(`${archive}/${PLAN}`, inPlace(`${archive}/${PLAN}`))) > 0 ? 1 : 0;
    }
  }
  const own = ownRecords(principal);
  if ((await content.stat(own)) === undefined || !(await isInPlace(content, own))) return scrubbed;
  for (const { path } of await content.list(own, inPlace(own))) {
    if (path.endsWith(DIFF)) scrubbed += await scrubRecord(content, path, uri, said);
    else scrubbed += (await content.remove(path, inPlace(path))) > 0 ? 1 : 0;
  }
  return scrubbed;
}

async function scrubRecord(
  content: ContentStore,
  path: string,
  uri: VikingUri,
  said: ReadonlySet<string>,
): Promise<number> {
  if ((await content.stat(path)) === undefined) return 0;
  const raw = (await content.read(path, undefined, inPlace(path))).toString();
  let diff: MemoryDiff;
  try {
    diff = JSON.parse(raw) as MemoryDiff;
  } catch {
    return 0; // damaged: nothing can be told apart in it
  }
  const own = uri.toString();
  const emptied = (changes: readonly MemoryChange[]): MemoryChange[] =>
    changes.map((change) =>
      change.uri === own ? { uri: nameless(uri), memory_type: change.memory_type } : change,
    );
  const { adds, updates, deletes } = diff.operations;
  const scrubbed: MemoryDiff = {
    ...diff,
    operations: { adds: emptied(adds), updates: emptied(updates), deletes: emptied(deletes) },
    outcomes: diff.outcomes.map((outcome: MemoryOutcome) =>
      outcome.uri === own || said.has(outcome.text)
        ? { ...outcome, text: FORGOTTEN, ...(outcome.uri === own ? { uri: nameless(uri) } : {}) }
        : outcome,
    ),
  };
  const text = `${JSON.stringify(scrubbed, null, 2)}\n`;
  if (text === raw) return 0;
  await content.write(path, text, inPlace(path));
  return 1;
}

/** Records are where their path says: with a symlink on the way, now or a moment later, they are somebody else's. */
function inPlace(path: string): { readonly real: string } {
  return { real: path };
}

async function directories(content: ContentStore, path: string): Promise<string[]> {
  if ((await content.stat(path))?.kind !== 'directory') return [];
  return (await content.list(path, inPlace(path)))
    .filter(({ kind }) => kind === 'directory')
    .map((entry) => entry.path);
}
