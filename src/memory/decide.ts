import type { MemoryOutcome } from '../api/results.ts';
import type { Logger } from '../base/log.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingUri } from '../uri/index.ts';
import { type Candidate, candidateId } from './candidates.ts';
import { type Categories, type Category, categoryUri } from './categories.ts';
import { comparable } from './classify.ts';
import { createDrafts, type Draft, type Drafts } from './drafts.ts';
import type { Judge, Judgement, Question } from './judge.ts';
import { type MemoryStatement, mergeStatement, parseMemory } from './memory-file.ts';
import { normalText } from './normal-text.ts';
import type { Plan } from './plan.ts';
import type { ExtractRequest, MemoryOptions } from './types.ts';

/** Similar memories looked at for each candidate. */
const SIMILAR = 5;
/** Files tried for a name that is taken. */
const NAMES_MAX = 1_000;

export interface DecideOptions {
  readonly content: ContentStore;
  readonly find: MemoryOptions['find'];
  readonly log: Logger;
  readonly extractor: string;
  readonly categories: Categories;
  /** Who decides what words do not. Absent: by words alone. */
  readonly judge?: Judge;
}

/** One candidate on its way to a decision. */
interface Case {
  readonly candidate: Candidate;
  readonly category: Category;
  /** Its category's directory of its owner. */
  readonly directory: VikingUri;
  /** Existing memories that are near, best first. */
  readonly similar: readonly Draft[];
  /** Where it went. */
  place?: Draft;
}

/**
 * Decides what each candidate becomes, in the order they were said, without writing anything. Candidates see the
 * drafts of those before them, so duplicates and changes of mind inside one batch are treated like those between batches.
 */
export async function decide(
  options: DecideOptions,
  request: Pick<ExtractRequest, 'principal' | 'session' | 'archiveUri' | 'live'>,
  candidates: readonly Candidate[],
): Promise<Plan> {
  const drafts = createDrafts(options.content, request.principal);
  const cases: Case[] = [];
  for (const candidate of candidates) {
    const category = options.categories.get(candidate.category);
    if (category === undefined) throw new Error(`candidate of unknown category ${candidate.category}`);
    const directory = categoryUri(candidate.owner, category);
    const similar = await similarDrafts(
      options,
      request.principal,
      { candidate, category, directory },
      drafts,
    );
    cases.push({ candidate, category, directory, similar });
  }
  const judgements = await judged(options.judge, cases);
  const outcomes: MemoryOutcome[] = [];
  for (const [index, one] of cases.entries()) {
    const statement = statementOf(options, request, one.candidate);
    const { outcome, draft, reason } = await settle({ one, cases, drafts, statement }, judgements.get(index));
    if (draft !== undefined) one.place = draft;
    outcomes.push({
      outcome,
      memory_type: one.category.name,
      ...(draft === undefined ? {} : { uri: draft.uri.toString() }),
      text: one.candidate.text,
      message_ids: one.candidate.messageIds,
      ...(reason === undefined ? {} : { reason }),
    });
  }
  const kept = outcomes.map((outcome) => ({ ...outcome, message_ids: [...outcome.message_ids] }));
  return { extractor: options.extractor, outcomes: kept, writes: drafts.writes() };
}

interface Settling {
  readonly one: Case;
  readonly cases: readonly Case[];
  readonly drafts: Drafts;
  readonly statement: MemoryStatement;
}

interface Settled {
  readonly outcome: MemoryOutcome['outcome'];
  readonly draft?: Draft;
  readonly reason?: string;
}

/** Words first: what is said again or about the same subject needs nobody's judgement. */
async function settle(settling: Settling, judgement: Judgement | undefined): Promise<Settled> {
  const { one, drafts, statement } = settling;
  const { category, directory, candidate } = one;
  const known = [...drafts.within(directory, category), ...one.similar].find((draft) =>
    knows(draft, candidate),
  );
  if (known !== undefined) return merge(known, statement);
  if (judgement !== undefined) {
    const decided = obey(settling, judgement);
    if (decided !== undefined) return decided;
  }
  return merge(await ownPlace(one, drafts, statement.id), statement);
}

/** What the judge decided, as far as the category and people's edits allow; undefined: a memory of its own. */
function obey({ one, cases, statement }: Settling, judgement: Judgement): Settled | undefined {
  const named = judgement.existing.flatMap(({ id, action }) => {
    const draft = draftNamed(id, one, cases);
    return draft?.text === undefined ? [] : [{ draft, action }];
  });
  if (judgement.decision === 'skip') {
    const draft = named[0]?.draft ?? one.similar[0];
    return { outcome: 'duplicate', ...(draft === undefined ? {} : { draft }) };
  }
  // Events and cases are never merged into each other, and one does not make another untrue.
  if (!one.category.isMergeable) return undefined;
  let isLeft = false;
  for (const { draft } of named.filter(({ action }) => action === 'delete')) {
    if (parseMemory(draft.text ?? '').isEdited) isLeft = true;
    else draft.text = undefined;
  }
  const target = named.find(({ draft, action }) => action === 'merge' && draft.text !== undefined)?.draft;
  if (target !== undefined) return merge(target, { ...statement, key: currentKey(target) ?? statement.key });
  if (isLeft) return { outcome: 'needs-review', reason: 'edited_by_hand' };
  return judgement.decision === 'none' ? { outcome: 'nothing', reason: 'decided_none' } : undefined;
}

function draftNamed(id: string, one: Case, cases: readonly Case[]): Draft | undefined {
  const earlier = /^candidate:(\d+)$/.exec(id)?.[1];
  if (earlier !== undefined) return cases[Number(earlier)]?.place;
  return one.similar.find((draft) => draft.uri.toString() === id);
}

/** A file that says one thing now is about that thing: a merge takes its place, whatever key it was stored under. */
function currentKey(draft: Draft): string | undefined {
  const current = parseMemory(draft.text ?? '').statements.filter((statement) => statement.past !== true);
  return current.length === 1 && draft.category.name !== 'profile' ? current[0]?.key : undefined;
}

function merge(draft: Draft, statement: MemoryStatement): Settled {
  const merged = mergeStatement(draft.text, draft.category.name, statement);
  if (merged.outcome !== 'duplicate') {
    draft.text = merged.text;
    draft.statements.push(statement);
  }
  return { outcome: merged.outcome, draft };
}

/** Asks about the candidates that words leave open and that have something near. One call for all of them. */
async function judged(
  judge: Judge | undefined,
  cases: readonly Case[],
): Promise<ReadonlyMap<number, Judgement>> {
  if (judge === undefined) return new Map();
  const questions = cases.flatMap((one, index): Question[] => {
    if (one.similar.some((draft) => knows(draft, one.candidate))) return [];
    const files = one.similar.map((draft) => ({
      id: draft.uri.toString(),
      text: parseMemory(draft.text ?? '').body,
    }));
    const earlier = cases.slice(0, index).flatMap(({ candidate, category, directory }, before) => {
      const isNear = category === one.category && directory.equals(one.directory);
      return isNear && sharesWord(candidate.text, one.candidate.text)
        ? [{ id: `candidate:${before}`, text: candidate.text }]
        : [];
    });
    const existing = [...files, ...earlier.slice(-SIMILAR)];
    const { name, isMergeable } = one.category;
    return existing.length === 0
      ? []
      : [{ index, text: one.candidate.text, category: name, isMergeable, existing }];
  });
  return questions.length === 0 ? new Map() : judge(questions);
}

function sharesWord(left: string, right: string): boolean {
  const words = new Set(normalText(left).split(' '));
  if (/\p{Script=Han}/u.test(left)) return true; // words are not apart there
  return normalText(right)
    .split(' ')
    .some((word) => word.length > 3 && words.has(word));
}

function statementOf(
  options: DecideOptions,
  request: Pick<ExtractRequest, 'session' | 'archiveUri' | 'live'>,
  candidate: Candidate,
): MemoryStatement {
  const archive = request.archiveUri.toString();
  return {
    id: candidateId(candidate, archive),
    key: candidate.key,
    text: candidate.text,
    at: candidate.at,
    by: candidate.author,
    session: request.session,
    archive: request.session === '' || request.live === true ? '' : request.archiveUri.name,
    messages: [...candidate.messageIds],
    extractor: options.extractor,
  };
}

/** A file of its own: named by its subject, or the one about that subject. */
async function ownPlace(one: Case, drafts: Drafts, id: string): Promise<Draft> {
  const { candidate, category, directory } = one;
  const name = fileName(candidate, category);
  for (let attempt = 1; attempt < NAMES_MAX; attempt += 1) {
    const uri = directory.join(attempt === 1 ? `${name}.md` : `${name}-${attempt}.md`);
    const draft = await drafts.open(uri, category);
    if (draft.text === undefined || category.isMergeable || knows(draft, candidate)) return draft;
  }
  return drafts.open(directory.join(`${name}-${id}.md`), category);
}

function fileName({ slug, at, fields = {} }: Candidate, { fileName: pattern }: Category): string {
  const values: Record<string, string> = { ...fields, subject: slug, date: at.slice(0, 10) };
  const filled = pattern.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? '');
  const safe = filled
    .replaceAll(/[/\\\0]+/g, '-')
    .replace(/^\.+/, '')
    .slice(0, 80)
    .trim();
  return safe === '' ? slug : safe;
}

async function similarDrafts(
  options: DecideOptions,
  principal: ExtractRequest['principal'],
  { candidate, category, directory }: Pick<Case, 'candidate' | 'category' | 'directory'>,
  drafts: Drafts,
): Promise<Draft[]> {
  // The one file of the profile is always at hand.
  if (category.name === 'profile') {
    const draft = await drafts.open(directory.join('profile.md'), category);
    return draft.text === undefined ? [] : [draft];
  }
  const found: Draft[] = [];
  try {
    for (const { uri: text } of await options.find(principal, directory, candidate.text, SIMILAR)) {
      const uri = VikingUri.fromCanonical(text);
      if (!uri.isWithin(directory) || uri.equals(directory)) continue;
      found.push(await drafts.open(uri, category));
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
  return isSame || (draft.category.isMergeable && file.statements.some(({ key }) => key === candidate.key));
}
