import { z } from 'zod';
import type {
  AutoCommitPolicy,
  CommitResult,
  MemoryExtractionConfig,
  MemoryPolicy,
  SessionResult,
} from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import { userOfSpace } from '../tenancy/index.ts';
import { type Archive, readText, storedPolicy } from './archive-files.ts';
import { storedAutoCommit } from './auto-commit.ts';
import type { LiveSummary, Mending } from './live-messages.ts';
import { DEFAULT_POLICY } from './memory-policy.ts';
import { asideSuffix, META, type SessionRef } from './session-ref.ts';

/**
 * The part of `.meta.json` that cannot be counted from the other files. The rest of that file is written for its
 * readers, and is counted again whenever a session is opened.
 */
export interface SessionMeta {
  readonly created_at: string;
  readonly updated_at: string;
  readonly memory_policy: MemoryPolicy;
  readonly auto_commit_policy: AutoCommitPolicy | null;
  readonly memory_extraction_config: MemoryExtractionConfig | null;
  readonly participants: readonly string[];
  readonly used_pending: readonly string[];
  /** Number of the newest archive ever made: numbers are not used again, even when an archive was removed. */
  readonly last_archive: number;
  /** What the last commit answered. */
  readonly last_commit: CommitResult | null;
}

const commitResult = z.looseObject({
  session_id: z.string(),
  status: z.enum(['committed', 'accepted', 'skipped']),
  archived: z.number(),
  archive_uri: z.string().nullable(),
  task_id: z.string().nullable(),
  memories_extracted: z.number(),
  active_count_updated: z.number(),
  // Absent in what earlier versions wrote.
  estimated_active_tokens: z.number().default(0),
  budget_exceeded: z.boolean().default(false),
});

const storedMeta = z.object({
  created_at: z.string(),
  updated_at: z.string(),
  memory_policy: storedPolicy,
  auto_commit_policy: storedAutoCommit.nullable().default(null),
  memory_extraction_config: z
    .object({ events: z.object({ tags: z.array(z.string()) }) })
    .nullable()
    .default(null),
  participants: z.array(z.string()).default([]),
  used_pending: z.array(z.string()),
  last_archive: z.number(),
  last_commit: commitResult.nullable(),
});

/** A session's state as its files tell it. */
export interface SessionState {
  readonly ref: SessionRef;
  readonly meta: SessionMeta;
  readonly live: LiveSummary;
  readonly archives: readonly Archive[];
}

export function newMeta(now: number, policy: MemoryPolicy): SessionMeta {
  const time = isoTime(now);
  return {
    created_at: time,
    updated_at: time,
    memory_policy: policy,
    auto_commit_policy: null,
    memory_extraction_config: null,
    participants: [],
    used_pending: [],
    last_archive: 0,
    last_commit: null,
  };
}

/** A damaged file is moved aside and reported; then, as for a missing one, the counters come from the other files. */
export async function readMeta(
  ref: SessionRef,
  archives: readonly Archive[],
  mending: Mending,
): Promise<SessionMeta> {
  const path = `${ref.path}/${META}`;
  const text = await readText(mending.content, path);
  if (text !== undefined) {
    const meta = parseMeta(text);
    if (meta !== undefined) return meta;
    const aside = `${META}.corrupt-${asideSuffix(mending.now)}`;
    await mending.content.move(path, `${ref.path}/${aside}`);
    mending.log.error(
      { session: ref.uri.toString(), aside },
      'damaged session state moved aside and counted again',
    );
  }
  const newest = archives.at(-1);
  const made = archives[0]?.record.created_at ?? isoTime(mending.now);
  return {
    ...newMeta(mending.now, newest?.record.memory_policy ?? DEFAULT_POLICY),
    created_at: made,
    last_archive: newest?.number ?? 0,
  };
}

function parseMeta(text: string): SessionMeta | undefined {
  try {
    return storedMeta.safeParse(JSON.parse(text)).data as SessionMeta | undefined;
  } catch {
    return undefined;
  }
}

export async function writeMeta(mending: Mending, state: SessionState): Promise<void> {
  const { last_archive, last_commit } = state.meta;
  const kept = { ...sessionResult(state), last_archive, last_commit };
  await mending.content.write(`${state.ref.path}/${META}`, `${JSON.stringify(kept, null, 2)}\n`);
}

export function sessionResult(state: SessionState): SessionResult {
  const { ref, meta, live, archives } = state;
  const newest = archives.at(-1)?.record;
  return {
    session_id: ref.id,
    uri: ref.uri.toString(),
    user: { account_id: ref.principal.account, user_id: userOfSpace(ref.principal.user) },
    created_at: meta.created_at,
    updated_at: meta.updated_at,
    message_count: live.count,
    total_message_count: archives.reduce((sum, archive) => sum + archive.record.message_count, live.count),
    pending_tokens: live.tokens,
    commit_count: archives.length,
    memories_extracted: extractedTotals(archives),
    last_commit_at: newest?.created_at ?? null,
    last_message_at: live.lastMessageAt ?? newest?.last_message_at ?? null,
    memory_policy: meta.memory_policy,
    auto_commit_policy: meta.auto_commit_policy,
    memory_extraction_config: meta.memory_extraction_config,
    participants: meta.participants,
    used_pending: meta.used_pending,
  };
}

function extractedTotals(archives: readonly Archive[]): Record<string, number> {
  const totals: Record<string, number> = { total: 0 };
  for (const { done } of archives) {
    for (const [type, count] of Object.entries(done?.memories_extracted ?? {})) {
      totals[type] = (totals[type] ?? 0) + count;
      totals['total'] = (totals['total'] ?? 0) + count;
    }
  }
  return totals;
}
