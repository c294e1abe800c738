import { z } from 'zod';
import type { AutoCommitPolicy } from '../api/results.ts';
import { VikingError } from '../errors/index.ts';
import { describeIssues } from './schema-issues.ts';
import type { SessionState } from './session-meta.ts';

/** Defaults and limits are the reference's; values beyond a limit, or below 0, are clamped to it. */
const LIMITS = {
  pending_token_threshold: { by: 150_000, max: 1_000_000 },
  message_count_threshold: { by: 100, max: 1_000 },
  idle_timeout_seconds: { by: 86_400, max: 604_800 },
  keep_recent_count: { by: 0, max: 10_000 },
  min_commit_interval_seconds: { by: 0, max: 604_800 },
} as const;

const count = z.number().optional();
const policy = z.strictObject({
  pending_token_threshold: count,
  message_count_threshold: count,
  idle_timeout_seconds: count,
  keep_recent_count: count,
  min_commit_interval_seconds: count,
});

/** As it is kept, every field filled in. */
export const storedAutoCommit = z.object({
  pending_token_threshold: z.number(),
  message_count_threshold: z.number(),
  idle_timeout_seconds: z.number(),
  keep_recent_count: z.number(),
  min_commit_interval_seconds: z.number(),
});

/** Null and undefined switch it off. @throws INVALID_ARGUMENT naming an unknown key or a wrong value */
export function parseAutoCommit(raw: unknown): AutoCommitPolicy | null {
  if (raw === undefined || raw === null) return null;
  const parsed = policy.safeParse(raw);
  if (!parsed.success) {
    throw new VikingError('INVALID_ARGUMENT', `auto_commit_policy: ${describeIssues(parsed.error)}`, {
      hint: `Keys: ${Object.keys(LIMITS).join(', ')}; null switches it off.`,
    });
  }
  const given = parsed.data;
  const value = (name: keyof typeof LIMITS): number =>
    Math.max(0, Math.min(Math.floor(given[name] ?? LIMITS[name].by), LIMITS[name].max));
  return {
    pending_token_threshold: value('pending_token_threshold'),
    message_count_threshold: value('message_count_threshold'),
    idle_timeout_seconds: value('idle_timeout_seconds'),
    keep_recent_count: value('keep_recent_count'),
    min_commit_interval_seconds: value('min_commit_interval_seconds'),
  };
}

/** Whether the session's own policy wants a commit now. A threshold of 0 is none. */
export function isCommitDue({ meta, live, archives }: SessionState, now: number): boolean {
  const { auto_commit_policy: rules } = meta;
  if (rules === null || live.count <= rules.keep_recent_count) return false;
  const last = archives.at(-1)?.record.created_at;
  if (last !== undefined && now - Date.parse(last) < rules.min_commit_interval_seconds * 1_000) return false;
  const reached = (value: number, threshold: number) => threshold > 0 && value >= threshold;
  return (
    reached(live.count - rules.keep_recent_count, rules.message_count_threshold) ||
    reached(live.tokens, rules.pending_token_threshold) ||
    reached((now - Date.parse(meta.updated_at)) / 1_000, rules.idle_timeout_seconds)
  );
}
