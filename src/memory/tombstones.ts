import type { ContentStore } from '../content/contract.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import type { Candidate } from './candidates.ts';
import { comparable } from './classify.ts';
import { readMemory } from './drafts.ts';
import { parseMemory } from './memory-file.ts';
import { digest } from './normal-text.ts';
import { ownPlace } from './own-place.ts';

/** One forgotten memory: where it was and digests of what it said, never the text. */
interface Tombstone {
  readonly uri: string;
  readonly forgotten_at: string;
  readonly digests: readonly string[];
}

const FILE = '.forgotten.jsonl';

/** Where a forgotten memory was, without the words of its name. */
export function nameless(uri: VikingUri): string {
  return uri
    .parent()
    .join(`forgotten-${digest(uri.toString())}.md`)
    .toString();
}

function fileOf(principal: Principal): VikingUri {
  return VikingUri.user(principal.user, 'memories', FILE);
}

/** Durable when it resolves. */
export async function bury(
  content: ContentStore,
  principal: Principal,
  memory: { readonly uri: VikingUri; readonly text: string; readonly now: string },
): Promise<void> {
  const { statements, body } = parseMemory(memory.text);
  const said = statements.length > 0 ? statements.map(({ text }) => text) : body.split('\n');
  const digests = said.filter((text) => text.trim() !== '').map((text) => digest(comparable(text)));
  const stone: Tombstone = {
    uri: nameless(memory.uri),
    forgotten_at: memory.now,
    digests: [...new Set(digests)],
  };
  // Somebody of whom only a profile is known has no directory of memories yet.
  const directory = await ownPlace(content, principal, fileOf(principal).parent());
  await content.mkdir(directory.path, { real: directory.real });
  const { path, real } = await ownPlace(content, principal, fileOf(principal));
  await content.append(path, `${JSON.stringify(stone)}\n`, { create: true, real });
}

/**
 * Whether a candidate was forgotten after it was said: an archive that is worked on again must not bring it back. What
 * is said anew is new.
 */
export async function forgottenBy(
  content: ContentStore,
  principal: Principal,
): Promise<(candidate: Candidate) => boolean> {
  const stones = ((await readMemory(content, principal, fileOf(principal))) ?? '').split('\n').flatMap(parse);
  const latest = new Map<string, string>();
  for (const { digests, forgotten_at } of stones) {
    for (const one of digests) latest.set(one, forgotten_at);
  }
  return (candidate) => candidate.at <= (latest.get(digest(comparable(candidate.text))) ?? '');
}

function parse(line: string): Tombstone[] {
  try {
    const { uri, forgotten_at, digests } = JSON.parse(line) as Partial<Tombstone>;
    if (uri === undefined || forgotten_at === undefined || !Array.isArray(digests)) return [];
    return [{ uri, forgotten_at, digests }];
  } catch {
    return []; // a line torn by a crash tells nothing
  }
}
