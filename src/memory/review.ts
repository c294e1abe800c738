import type { MemoryOutcome, ReviewEntry } from '../api/results.ts';
import type { ContentStore, EntryKind } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import { readMemory } from './drafts.ts';
import { digest } from './normal-text.ts';
import { ownPlace } from './own-place.ts';
import type { Plan, PlannedWrite } from './plan.ts';
import { lineDiff, type ReviewNote, readReview, withReview } from './review-note.ts';

/** Where candidates wait: a hidden directory, so that nothing in it is found before it is accepted. */
export const REVIEW = '.review';

/** The plan of a session whose memories a person wants to see first: every change becomes a file that waits. */
export function toReview(plan: Plan, archive: string): Plan {
  const waiting = new Map(plan.writes.map((write) => [write.uri, reviewWrite(write, archive)]));
  return {
    extractor: plan.extractor,
    writes: [...waiting.values()],
    outcomes: plan.outcomes.map((outcome) => {
      const wait = outcome.uri === undefined ? undefined : waiting.get(outcome.uri);
      if (wait === undefined || (outcome.outcome !== 'stored' && outcome.outcome !== 'merged'))
        return outcome;
      return { ...outcome, outcome: 'needs-review', uri: wait.uri, reason: 'review_policy' };
    }),
  };
}

function reviewWrite(write: PlannedWrite, archive: string): PlannedWrite {
  const target = VikingUri.fromCanonical(write.uri);
  const name = `${target.name.replace(/\.md$/, '')}-${digest(`${write.uri}\0${archive}`).slice(0, 6)}.md`;
  const note: ReviewNote = {
    targetUri: write.uri,
    memoryType: write.memory_type,
    evidence: write.statements.map(({ messages, by, at, session, archive: from }) =>
      [messages.join(' '), `said by ${by}`, at, from === '' ? session : `${session}/${from}`].join(', '),
    ),
    diff: lineDiff(write.before ?? '', write.after ?? ''),
  };
  return {
    uri: reviewDirectory(target).join(name).toString(),
    memory_type: write.memory_type,
    after: withReview(note, write.after ?? ''),
    statements: [],
  };
}

/** `memories/.review` of the user, or of the peer, the memory is about. */
function reviewDirectory(target: VikingUri): VikingUri {
  const { peerId, userId = '' } = target;
  return peerId === undefined
    ? VikingUri.user(userId, 'memories', REVIEW)
    : VikingUri.user(userId, 'peers', peerId, 'memories', REVIEW);
}

/** Every file that waits, for the user and their peers. */
export async function listReviews(content: ContentStore, principal: Principal): Promise<ReviewEntry[]> {
  const { user } = principal;
  const peers = await names(content, principal, VikingUri.user(user, 'peers'), 'directory');
  const directories = [
    VikingUri.user(user, 'memories', REVIEW),
    ...peers.map((peer) => VikingUri.user(user, 'peers', peer, 'memories', REVIEW)),
  ];
  const entries: ReviewEntry[] = [];
  for (const directory of directories) {
    for (const name of await names(content, principal, directory, 'file')) {
      const uri = directory.join(name);
      const note = readReview((await readMemory(content, principal, uri)) ?? '');
      if (note === undefined) continue;
      const { targetUri, memoryType, evidence, diff } = note;
      entries.push({
        name,
        uri: uri.toString(),
        target_uri: targetUri,
        memory_type: memoryType,
        evidence,
        diff,
      });
    }
  }
  return entries;
}

/** @throws NOT_FOUND */
export async function readWaiting(
  content: ContentStore,
  principal: Principal,
  name: string,
): Promise<ReviewEntry> {
  const found = (await listReviews(content, principal)).find(
    (entry) => entry.name === name || entry.uri === name,
  );
  if (found !== undefined) return found;
  throw new VikingError('NOT_FOUND', `${name}: nothing of this name waits for review`, {
    hint: 'ov review lists what does.',
  });
}

/** What accepting answers. */
export function accepted(entry: ReviewEntry, text: string): MemoryOutcome {
  return {
    outcome: 'stored',
    memory_type: entry.memory_type,
    uri: entry.target_uri,
    text,
    message_ids: [],
  };
}

async function names(
  content: ContentStore,
  principal: Principal,
  uri: VikingUri,
  kind: EntryKind,
): Promise<string[]> {
  const { path, real } = await ownPlace(content, principal, uri);
  if ((await content.stat(path))?.kind !== 'directory') return [];
  return (await content.list(path, { real }))
    .filter((entry) => entry.kind === kind)
    .map((entry) => entry.name);
}
