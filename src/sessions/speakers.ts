import { agentOfSpace, isUserId, type Principal, spaceOf } from '../tenancy/index.ts';
import type { Extract, ExtractRequest, ExtractResult, StoredMessage } from './types.ts';

/**
 * Memories of a commit. A user's own session is theirs as a whole. In a shared one each user's words become that user's
 * memories: what somebody said is extracted for them alone, with what the assistant said beside it. Words of nobody in
 * particular (a line without `role_id`) are nobody's memories.
 */
export async function extractForSpeakers(extract: Extract, request: ExtractRequest): Promise<ExtractResult> {
  if (request.principal.sharedSessions !== true) return extract(request);
  const results: ExtractResult[] = [];
  for (const speaker of speakersOf(request.messages)) {
    const principal = speaking(request.principal, speaker);
    const messages = request.messages.filter(
      (message) => message.role !== 'user' || message.role_id === speaker,
    );
    results.push(await extract({ ...request, principal, messages }));
  }
  return merged(results);
}

/** Users who spoke, in the order they first did. */
function speakersOf(messages: readonly StoredMessage[]): string[] {
  const speakers = messages.flatMap(({ role, role_id }) =>
    role === 'user' && role_id !== undefined && isUserId(role_id) ? [role_id] : [],
  );
  return [...new Set(speakers)];
}

/** The speaker, where they would be if they had committed with the same agent. */
function speaking({ account, user }: Principal, speaker: string): Principal {
  return { account, user: spaceOf(speaker, agentOfSpace(user)), role: 'user', sharedSessions: true };
}

function merged(results: readonly ExtractResult[]): ExtractResult {
  const told = results.flatMap((result) => result.outcomes.filter((one) => one.outcome !== 'nothing'));
  return {
    extractor: [...new Set(results.map((result) => result.extractor))].join('+') || 'none',
    outcomes: told.length > 0 ? told : results.flatMap((result) => result.outcomes).slice(0, 1),
    operations: {
      adds: results.flatMap((result) => result.operations.adds),
      updates: results.flatMap((result) => result.operations.updates),
      deletes: results.flatMap((result) => result.operations.deletes),
    },
    async finish() {
      for (const result of results) await result.finish?.();
    },
  };
}
