import { failpoint } from '../base/failpoint.ts';
import { KeyedLock } from '../base/lock.ts';
import { candidatesOf } from './candidates.ts';
import { carryOut } from './carry-out.ts';
import { decide } from './decide.ts';
import { planFile } from './plan.ts';
import type {
  ExtractRequest,
  ExtractResult,
  Memory,
  MemoryChange,
  MemoryOptions,
  MemoryOutcome,
} from './types.ts';

/** Which extractor this is: patterns over the author's own words, no model. */
export const RULES = 'rules';

/** Answered when a session states nothing that a rule takes. */
const NOTHING: MemoryOutcome = { outcome: 'nothing', memory_type: null, text: '', message_ids: [] };

/**
 * Memories as plain Markdown files. Extraction: candidates by rules → plan, durable in the archive → files. One
 * extraction per user at a time, so that two sessions do not both find a memory missing.
 */
export function createMemory(options: MemoryOptions): Memory {
  const lock = new KeyedLock();

  async function extract(request: ExtractRequest): Promise<ExtractResult> {
    const { principal, archiveUri } = request;
    const file = planFile(options.content, principal.account, archiveUri);
    let plan = await file.read();
    if (plan === undefined) {
      const { candidates, rejected } = await candidatesOf(request.messages, principal, request.policy);
      const decided = await decide({ ...options, extractor: RULES }, request, candidates);
      const outcomes = [
        ...decided.outcomes,
        ...rejected.map((one) => ({ ...one, message_ids: [...one.message_ids] })),
      ];
      plan = { ...decided, outcomes };
      if (plan.writes.length > 0) await file.write(plan);
      failpoint('memory-1-planned');
    }
    const changes: MemoryChange[] = [];
    for (const write of plan.writes) {
      const change = await carryOut(options, principal, write);
      if (change !== undefined) changes.push(change);
    }
    return {
      extractor: RULES,
      outcomes: plan.outcomes.length === 0 ? [NOTHING] : (plan.outcomes as MemoryOutcome[]),
      operations: {
        adds: changes.filter((change) => change.before === undefined),
        updates: changes.filter((change) => change.before !== undefined),
        deletes: [],
      },
      finish: () => file.remove(),
    };
  }

  return {
    extract: (request) =>
      lock.run(`${request.principal.account}/${request.principal.user}`, () => extract(request)),
  };
}
