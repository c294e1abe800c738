import type { Logger } from '../base/log.ts';
import type { ContentStore } from '../content/contract.ts';
import { isVikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import { type Candidate, candidateId } from './candidates.ts';
import { type Category, categoryUri, isMergeable } from './categories.ts';
import { comparable } from './classify.ts';
import { type MemoryStatement, mergeStatement, parseMemory } from './memory-file.ts';
import type { Plan, PlannedWrite } from './plan.ts';
import type { ExtractRequest, MemoryOptions, MemoryOutcome } from './types.ts';

/** Similar memories looked at for each candidate. */
const SIMILAR = 5;
/** Files tried for a name that is taken. */
const NAMES_MAX = 1_000;

/** A memory file as it was and as it will be. */
interface Draft {
  readonly uri: VikingUri;
  readonly category: Category;
  readonly before: string | undefined;
  text: string | undefined;
  readonly statements: MemoryStatement[];
}

export interface DecideOptions {
  readonly content: ContentStore;
  readonly find: MemoryOptions['find'];
  readonly log: Logger;
  readonly extractor: string;
}

/**
 * Decides what each candidate becomes, in the order they were said, without writing anything. Candidates see the
 * drafts of those before them, so duplicates and changes of mind inside one batch are treated like those between batches.
 */
export async function decide(
  options: DecideOptions,
  request: ExtractRequest,
  candidates: readonly Candidate[],
): Promise<Plan> {
  const drafts = new Map<string, Draft>();
  const outcomes: MemoryOutcome[] = [];
  for (const candidate of candidates) {
    const statement = statementOf(options, request, candidate);
    const draft = await placeFor(options, request.principal, candidate, drafts);
    const merged = mergeStatement(draft.text, candidate.category, statement);
    if (merged.outcome !== 'duplicate') {
      draft.text = merged.text;
      draft.statements.push(statement);
    }
    outcomes.push({
      outcome: merged.outcome,
      memory_type: candidate.category,
      uri: draft.uri.toString(),
      text: candidate.text,
      message_ids: [candidate.messageId],
    });
  }
  const writes = [...drafts.values()].flatMap(plannedWrite);
  return {
    outcomes: outcomes.map((outcome) => ({ ...outcome, message_ids: [...outcome.message_ids] })),
    writes,
  };
}

function plannedWrite(draft: Draft): PlannedWrite[] {
  if (draft.text === undefined || draft.statements.length === 0) return [];
  return [
    {
      uri: draft.uri.toString(),
      memory_type: draft.category,
      ...(draft.before === undefined ? {} : { before: draft.before }),
      after: draft.text,
      statements: draft.statements,
    },
  ];
}

function statementOf(options: DecideOptions, request: ExtractRequest, candidate: Candidate): MemoryStatement {
  const archive = request.archiveUri.toString();
  return {
    id: candidateId(candidate, archive),
    key: candidate.key,
    text: candidate.text,
    at: candidate.at,
    by: candidate.author,
    session: request.session,
    archive: request.archiveUri.name,
    messages: [candidate.messageId],
    extractor: options.extractor,
  };
}

/** The file a candidate belongs in: one that knows its words or its subject, wherever it was moved, else its own. */
async function placeFor(
  options: DecideOptions,
  principal: Principal,
  candidate: Candidate,
  drafts: Map<string, Draft>,
): Promise<Draft> {
  const { category, owner } = candidate;
  const directory = categoryUri(owner, category);
  if (category === 'profile') {
    return draftOf(options, principal, { uri: directory.join('profile.md'), category, drafts });
  }
  const near = [...drafts.values()].filter(
    (draft) => draft.category === category && draft.uri.isWithin(directory),
  );
  const similar = await similarDrafts(options, principal, candidate, drafts);
  const known = [...near, ...similar].find((draft) => knows(draft, candidate));
  if (known !== undefined) return known;
  const name = category === 'events' ? `${candidate.at.slice(0, 10)}-${candidate.slug}` : candidate.slug;
  for (let attempt = 1; attempt < NAMES_MAX; attempt += 1) {
    const uri = directory.join(attempt === 1 ? `${name}.md` : `${name}-${attempt}.md`);
    const draft = await draftOf(options, principal, { uri, category, drafts });
    if (draft.text === undefined || isMergeable(category) || knows(draft, candidate)) return draft;
  }
  return draftOf(options, principal, {
    uri: directory.join(`${name}-${candidateId(candidate, '')}.md`),
    category,
    drafts,
  });
}

async function similarDrafts(
  options: DecideOptions,
  principal: Principal,
  candidate: Candidate,
  drafts: Map<string, Draft>,
): Promise<Draft[]> {
  const directory = categoryUri(candidate.owner, candidate.category);
  const found: Draft[] = [];
  try {
    for (const { uri: text } of await options.find(principal, directory, candidate.text, SIMILAR)) {
      const uri = VikingUri.fromCanonical(text);
      if (!uri.isWithin(directory) || uri.equals(directory)) continue;
      found.push(await draftOf(options, principal, { uri, category: candidate.category, drafts }));
    }
  } catch (error) {
    // The index is a help, not a need: the file's own name finds most of what is the same.
    options.log.warn(
      { directory: directory.toString(), error: (error as Error).message },
      'similar memories not searched',
    );
  }
  return found.filter((draft) => draft.text !== undefined);
}

/** Whether the memory says the same already, or something about the same subject that this replaces. */
function knows(draft: Draft, candidate: Candidate): boolean {
  const file = parseMemory(draft.text ?? '');
  const words = comparable(candidate.text);
  const isSame =
    file.statements.some((statement) => comparable(statement.text) === words) ||
    file.body.split('\n').some((line) => comparable(line) === words);
  return (
    isSame || (isMergeable(candidate.category) && file.statements.some(({ key }) => key === candidate.key))
  );
}

/** The draft of a file, read once; a new one when there is no file. */
async function draftOf(
  options: DecideOptions,
  principal: Principal,
  place: { readonly uri: VikingUri; readonly category: Category; readonly drafts: Map<string, Draft> },
): Promise<Draft> {
  const { uri, category, drafts } = place;
  const open = drafts.get(uri.toString());
  if (open !== undefined) return open;
  const before = await readMemory(options.content, principal, uri);
  const draft: Draft = { uri, category, before, text: before, statements: [] };
  drafts.set(uri.toString(), draft);
  return draft;
}

/** Text of a memory file; undefined when there is none. */
export async function readMemory(
  content: ContentStore,
  principal: Principal,
  uri: VikingUri,
): Promise<string | undefined> {
  try {
    return (await content.read(`${principal.account}/${uri.contentPath}`)).toString();
  } catch (error) {
    if (isVikingError(error) && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
