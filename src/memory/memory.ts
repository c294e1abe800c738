import type { MemoryChange, MemoryOutcome, ReviewEntry } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import { failpoint } from '../base/failpoint.ts';
import { KeyedLock } from '../base/lock.ts';
import { holdsSecret } from '../base/secrets.ts';
import type { Stamp } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import { type Principal, userOfSpace } from '../tenancy/index.ts';
import { assertIdentity, VikingUri } from '../uri/index.ts';
import { type Candidate, candidatesOf, WITHHELD } from './candidates.ts';
import { carryOut, putMemory } from './carry-out.ts';
import { categoriesOf, type Owner } from './categories.ts';
import { statementsOf } from './classify.ts';
import { decide } from './decide.ts';
import { readMemory } from './drafts.ts';
import { forgetMemory } from './forget.ts';
import { mergeStatement, parseMemory } from './memory-file.ts';
import { type Gathered, modelCandidates } from './model-candidates.ts';
import { modelJudge } from './model-judge.ts';
import { ownPlace, removeOwn } from './own-place.ts';
import { keepOwnDiff, toldToAll } from './own-records.ts';
import { type Plan, planFile } from './plan.ts';
import { accepted, listReviews, readWaiting, toReview } from './review.ts';
import { isRemovalOf, withoutReview } from './review-note.ts';
import { keyOf, slugOf } from './subject.ts';
import { nearDuplicates } from './tidy.ts';
import { forgottenBy } from './tombstones.ts';
import type { ExtractRequest, ExtractResult, Memory, MemoryOptions, RememberOptions } from './types.ts';
import { undoDiff } from './undo.ts';

/** The extractor without a model: patterns over the author's own words. */
export const RULES = 'rules';
/** A model is configured, and gave no usable answer. */
export const RULES_FALLBACK = 'rules-fallback';

interface RemovalPlace {
  readonly waiting: VikingUri;
  readonly uri: VikingUri;
  readonly stamp: Stamp | undefined;
  readonly current: string | undefined;
}

/** Answered when a session states nothing. */
const NOTHING: MemoryOutcome = { outcome: 'nothing', memory_type: null, text: '', message_ids: [] };

/**
 * Memories as plain Markdown files. Extraction: candidates, by a model or by rules → plan, durable in the archive →
 * files. One change at a time per user, so that two sessions do not both find a memory missing.
 */
export function createMemory(options: MemoryOptions): Memory {
  const lock = new KeyedLock();
  const { content, chat } = options;
  const categories = categoriesOf(options.categories);
  const alone = <T>({ account, user }: Principal, work: () => Promise<T>): Promise<T> =>
    lock.run(`${account}/${user}`, work);

  async function gather(request: ExtractRequest): Promise<Gathered & { readonly extractor: string }> {
    const { messages, principal, policy, signal } = request;
    if (chat !== undefined) {
      try {
        return { ...(await modelCandidates(chat, request, categories)), extractor: `model:${chat.model}` };
      } catch (error) {
        if (signal?.aborted === true) throw error;
        const session = request.archiveUri.toString();
        options.log.warn(
          { session, error: (error as Error).message },
          'no memories by the model, rules extract',
        );
      }
    }
    const found = await candidatesOf(messages, principal, policy);
    return { ...found, extractor: chat === undefined ? RULES : RULES_FALLBACK };
  }

  async function planned(request: ExtractRequest): Promise<Plan> {
    const { candidates, rejected, extractor } = await gather(request);
    const isForgotten = await forgottenBy(content, request.principal);
    const kept = candidates.filter((candidate) => !isForgotten(candidate));
    const gone = candidates.filter(isForgotten).map((candidate) => ({
      outcome: 'rejected' as const,
      memory_type: candidate.category,
      text: '[forgotten]',
      message_ids: [...candidate.messageIds],
      reason: 'forgotten',
    }));
    const judge = extractor.startsWith('model:') ? modelJudge(chat!, options.log, request.signal) : undefined;
    const parts = { ...options, extractor, categories, ...(judge === undefined ? {} : { judge }) };
    const decided = await decide(parts, request, kept);
    const refused = rejected.map((one) => ({ ...one, message_ids: [...one.message_ids] }));
    const plan = { ...decided, outcomes: [...decided.outcomes, ...gone, ...refused] };
    return request.policy.review === 'all' ? toReview(plan, request.archiveUri.toString()) : plan;
  }

  async function extract(request: ExtractRequest): Promise<ExtractResult> {
    const { principal, archiveUri } = request;
    // A plan nobody comes back to would hold what is forgotten meanwhile.
    const file = request.live === true ? undefined : planFile(content, principal, archiveUri);
    let plan = await file?.read();
    if (plan === undefined) {
      plan = await planned(request);
      if (plan.writes.length > 0) await file?.write(plan);
      failpoint('memory-1-planned');
    }
    const changes: MemoryChange[] = [];
    for (const write of plan.writes) {
      const change = await carryOut(options, principal, write);
      if (change !== undefined) changes.push(change);
    }
    const result: ExtractResult = {
      extractor: plan.extractor,
      outcomes: plan.outcomes.length === 0 ? [NOTHING] : (plan.outcomes as MemoryOutcome[]),
      operations: {
        adds: changes.filter((change) => change.before === undefined),
        updates: changes.filter((change) => change.before !== undefined && change.after !== undefined),
        deletes: changes.filter((change) => change.after === undefined),
      },
      finish: async () => file?.remove(),
    };
    if (archiveUri.scope !== 'session') return result;
    if (request.live === true) return toldToAll(principal, result);
    return keepOwnDiff(content, { principal, archiveUri, now: options.clock.now() }, result);
  }

  async function remember(
    principal: Principal,
    text: string,
    { category: name, peer }: RememberOptions = {},
  ): Promise<MemoryOutcome> {
    const said = text.trim();
    if (said === '') throw new VikingError('INVALID_ARGUMENT', 'there is nothing to remember');
    if (peer !== undefined) assertIdentity(peer, 'peer_id');
    const finding = statementsOf(said)[0] ?? statementsOf(`Remember that ${said}`)[0];
    const category = categories.get(name ?? finding?.category ?? 'preferences');
    if (category === undefined) {
      throw new VikingError('INVALID_ARGUMENT', `unknown memory category ${JSON.stringify(name)}`, {
        hint: `Known: ${[...categories.keys()].join(', ')}.`,
      });
    }
    if (holdsSecret(said)) {
      const reason = 'secret';
      return { outcome: 'rejected', memory_type: category.name, text: WITHHELD, message_ids: [], reason };
    }
    const statement = finding?.category === category.name ? { ...finding, text: said } : undefined;
    const about = statement ?? { category: 'preferences' as const, subject: said, text: said };
    const candidate: Candidate = {
      category: category.name,
      owner: { user: principal.user, ...(peer === undefined ? {} : { peer }) },
      text: said,
      key: keyOf(about),
      slug: slugOf(about),
      messageIds: [],
      author: userOfSpace(principal.user),
      at: isoTime(options.clock.now()),
    };
    const parts = { ...options, extractor: 'remember', categories };
    const archiveUri = VikingUri.user(principal.user, 'memories');
    const plan = await decide(parts, { principal, session: '', archiveUri }, [candidate]);
    for (const write of plan.writes) await carryOut(options, principal, write);
    return plan.outcomes[0] as MemoryOutcome;
  }

  async function accept(principal: Principal, name: string): Promise<MemoryOutcome> {
    const entry = await readWaiting(content, principal, name);
    const waiting = VikingUri.fromCanonical(entry.uri);
    const uri = VikingUri.fromCanonical(entry.target_uri);
    const proposed = withoutReview((await readMemory(content, principal, waiting)) ?? '');
    const stamp = await content.stat((await ownPlace(content, principal, uri)).path);
    const current = await readMemory(content, principal, uri);
    if (proposed.trim() === '') return acceptRemoval(principal, entry, { waiting, uri, stamp, current });
    // The target may have changed while it waited: what was proposed is added to what is there now.
    const after =
      current === undefined
        ? proposed
        : parseMemory(proposed).statements.reduce(
            (text, statement) =>
              statement.past === true ? text : mergeStatement(text, entry.memory_type, statement).text,
            current,
          );
    if (after !== current) await putMemory(options, principal, { uri, text: after, stamp });
    await removeOwn(content, principal, waiting);
    return accepted(entry, parseMemory(after).body);
  }

  /** Nothing is left of what is proposed: the memory goes, if it still says what somebody was asked about. */
  async function acceptRemoval(
    principal: Principal,
    entry: ReviewEntry,
    { waiting, uri, stamp, current }: RemovalPlace,
  ): Promise<MemoryOutcome> {
    if (current !== undefined) {
      if (!isRemovalOf(current, entry.diff)) {
        throw new VikingError('CONFLICT', `${uri}: it was changed since its removal was proposed`, {
          hint: `Reject the proposal, and remove it yourself if it is to go: ov forget ${uri}`,
        });
      }
      await putMemory(options, principal, { uri, text: undefined, stamp });
    }
    await removeOwn(content, principal, waiting);
    return { ...accepted(entry, ''), outcome: 'merged', reason: 'removed' };
  }

  async function owners(principal: Principal): Promise<Owner[]> {
    const { user } = principal;
    const { path, real } = await ownPlace(content, principal, VikingUri.user(user, 'peers'));
    const found = (await content.stat(path))?.kind === 'directory' ? await content.list(path, { real }) : [];
    return [{ user }, ...found.map((entry) => ({ user, peer: entry.name }))];
  }

  return {
    categories: [...categories.keys()],
    extract: (request) => alone(request.principal, () => extract(request)),
    remember: (principal, text, how) => alone(principal, () => remember(principal, text, how)),
    undo: (principal, diff) => alone(principal, () => undoDiff(options, principal, diff)),
    reviews: (principal) => listReviews(content, principal),
    accept: (principal, name) => alone(principal, () => accept(principal, name)),
    reject: (principal, name) =>
      alone(principal, async () => {
        const { uri } = await readWaiting(content, principal, name);
        await removeOwn(content, principal, VikingUri.fromCanonical(uri));
      }),
    forget: (principal, uri) => alone(principal, () => forgetMemory(options, principal, uri)),
    tidy: async (principal) =>
      nearDuplicates(content, principal, { categories, owners: await owners(principal) }),
  };
}
