import type { MemoryPolicy, SessionExtractResult } from '../api/results.ts';
import type { SessionRef } from './session-ref.ts';
import { extractForSpeakers } from './speakers.ts';
import type { Extract, StoredMessage } from './types.ts';

/**
 * What the live messages of a session say becomes memories, and the messages stay live: a commit later finds them said
 * already. Nothing is archived, and nothing is kept for a rerun or for `undo`: each memory is written whole or not at
 * all, and asked again after a failure this finds those that were, by their words.
 */
export async function extractLive(
  extract: Extract,
  ref: SessionRef,
  spoken: { readonly messages: readonly StoredMessage[]; readonly policy: MemoryPolicy },
): Promise<SessionExtractResult> {
  const nothing = { session_id: ref.id, extractor: 'none', memories_extracted: {}, memories: [] };
  if (spoken.messages.length === 0) return nothing;
  const extracted = await extractForSpeakers(extract, {
    principal: ref.principal,
    session: ref.id,
    archiveUri: ref.uri,
    live: true,
    messages: spoken.messages,
    policy: spoken.policy,
    signal: new AbortController().signal,
  });
  const memories = extracted.outcomes.filter(({ outcome }) => outcome !== 'nothing');
  const counts: Record<string, number> = {};
  for (const { outcome, memory_type } of memories)
    if (memory_type !== null && (outcome === 'stored' || outcome === 'merged'))
      counts[memory_type] = (counts[memory_type] ?? 0) + 1;
  return { session_id: ref.id, extractor: extracted.extractor, memories_extracted: counts, memories };
}
