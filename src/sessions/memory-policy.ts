import { z } from 'zod';
import type { MemoryPolicy } from '../api/results.ts';
import { MEMORY_CATEGORIES } from '../base/memory-categories.ts';
import { VikingError } from '../errors/index.ts';
import { describeIssues } from './schema-issues.ts';

/** What is remembered when nothing is said: about the user, not about peers, every category. */
export const DEFAULT_POLICY: MemoryPolicy = {
  self: { enabled: true },
  peer: { enabled: false },
  memory_types: null,
};

/**
 * Types the reference has and this version has no extractor for. Naming one is no mistake of the client: as there for a
 * type that is switched off, nothing is remembered of it.
 */
const OF_THE_REFERENCE: readonly string[] = [
  ...['identity', 'soul', 'trajectories', 'experiences', 'tools', 'skills'],
];

const toggle = z.strictObject({ enabled: z.boolean() });
const policy = z.strictObject({
  self: toggle.nullish(),
  peer: toggle.nullish(),
  memory_types: z.array(z.string()).nullish(),
  review: z.enum(['off', 'all']).nullish(),
  // Clients of the reference send it; the summary is always written, so only `true` can be kept.
  working_memory: z.strictObject({ enabled: z.literal(true) }).nullish(),
});

/**
 * A policy with its defaults filled in; undefined and null are the default policy.
 * @throws INVALID_ARGUMENT naming an unknown key, a wrong value or an unknown memory type
 */
export function parsePolicy(raw: unknown, memoryTypes: readonly string[] = MEMORY_CATEGORIES): MemoryPolicy {
  if (raw === undefined || raw === null) return DEFAULT_POLICY;
  const parsed = policy.safeParse(raw);
  if (!parsed.success) {
    throw new VikingError('INVALID_ARGUMENT', `memory_policy: ${describeIssues(parsed.error)}`, {
      hint: 'Example: {"self":{"enabled":true},"peer":{"enabled":false},"memory_types":["preferences"]}',
    });
  }
  const named = parsed.data.memory_types ?? null;
  const types = named?.filter((type) => memoryTypes.includes(type)) ?? null;
  const unknown = (named ?? []).filter(
    (type) => !memoryTypes.includes(type) && !OF_THE_REFERENCE.includes(type),
  );
  if (unknown.length > 0) {
    throw new VikingError('INVALID_ARGUMENT', `memory_policy: unknown memory type ${unknown.join(', ')}`, {
      hint: `Known: ${memoryTypes.join(', ')}.`,
    });
  }
  return {
    self: parsed.data.self ?? DEFAULT_POLICY.self,
    peer: parsed.data.peer ?? DEFAULT_POLICY.peer,
    memory_types: types,
    ...(parsed.data.review === 'all' ? { review: 'all' as const } : {}),
  };
}
