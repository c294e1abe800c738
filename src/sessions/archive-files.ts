import { z } from 'zod';
import type { MemoryPolicy } from '../api/results.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import { DEFAULT_POLICY } from './memory-policy.ts';
import { readKeptLines } from './message-lines.ts';
import { messageTokens } from './message-tokens.ts';
import { archiveNumber, DONE, FAILED, HISTORY, MESSAGES, META, type SessionRef } from './session-ref.ts';
import type { StoredMessage } from './types.ts';

const toggle = z.object({ enabled: z.boolean() });
export const storedPolicy = z.object({
  self: toggle,
  peer: toggle,
  memory_types: z.array(z.string()).nullable(),
  review: z.enum(['off', 'all']).optional(),
});

/** What phase 1 leaves in an archive's `.meta.json`: enough to finish the commit after a crash. */
const archiveRecord = z.object({
  archive_id: z.string(),
  created_at: z.string(),
  message_count: z.number(),
  first_message_id: z.string(),
  last_message_id: z.string(),
  last_message_at: z.string().nullable(),
  tokens: z.number(),
  keep_recent: z.number(),
  /** Estimated tokens that were to stay live at most, when the commit said so. */
  retained_message_token_budget: z.number().optional(),
  task_id: z.string(),
  memory_policy: storedPolicy,
  /** What its event memories are tagged with. */
  event_tags: z.array(z.string()).optional(),
  /** URIs used since the commit before: phase 2 settles them. */
  used: z.array(z.string()),
  /** Whose tree the committer of a shared session has: the job is theirs. */
  committed_by: z.string().optional(),
});
export type ArchiveRecord = z.infer<typeof archiveRecord>;

/** `.done`: phase 2 ended. */
const doneRecord = z.object({
  finished_at: z.string(),
  extractor: z.string(),
  memories_extracted: z.record(z.string(), z.number()),
  active_count_updated: z.number(),
});
export type DoneRecord = z.infer<typeof doneRecord>;

/** `.failed.json`: phase 2 ended without success; a retry removes it. */
const failedRecord = z.object({ stage: z.string(), error: z.string(), failed_at: z.string() });
export type FailedRecord = z.infer<typeof failedRecord>;

export interface Archive {
  readonly id: string;
  readonly number: number;
  /** Content path. */
  readonly path: string;
  readonly record: ArchiveRecord;
  readonly done?: DoneRecord;
  readonly failed?: FailedRecord;
}

/** Every archive of a session, oldest first. */
export async function readArchives(content: ContentStore, ref: SessionRef): Promise<Archive[]> {
  const history = `${ref.path}/${HISTORY}`;
  if ((await content.stat(history))?.kind !== 'directory') return [];
  const numbered = (await content.list(history))
    .filter((entry) => entry.kind === 'directory')
    .flatMap((entry) => {
      const number = archiveNumber(entry.name);
      return number === undefined ? [] : [{ id: entry.name, number }];
    })
    .sort((left, right) => left.number - right.number);
  const archives = await Promise.all(numbered.map(({ id, number }) => readArchive(content, ref, id, number)));
  return archives.filter((archive) => archive !== undefined);
}

/** One archive, or undefined when its directory holds no messages. */
export async function readArchive(
  content: ContentStore,
  ref: SessionRef,
  id: string,
  number: number,
): Promise<Archive | undefined> {
  const path = `${ref.path}/${HISTORY}/${id}`;
  const record =
    (await readRecord(content, `${path}/${META}`, archiveRecord)) ?? (await rebuildRecord(content, path, id));
  if (record === undefined) return undefined;
  const done = await readMarker(content, `${path}/${DONE}`, doneRecord, UNREADABLE_DONE);
  const failed = await readMarker(content, `${path}/${FAILED}`, failedRecord, UNREADABLE_FAILED);
  return { id, number, path, record, ...(done && { done }), ...(failed && { failed }) };
}

/** Messages of an archive. @throws NOT_FOUND */
export async function readArchiveMessages(content: ContentStore, path: string): Promise<StoredMessage[]> {
  const lines = await readKeptLines(await content.read(`${path}/${MESSAGES}`));
  return lines.flatMap((line) => (line.message === undefined ? [] : [line.message]));
}

/** A marker counts by being there; what it says may have been damaged. */
const UNREADABLE_DONE: DoneRecord = {
  finished_at: '',
  extractor: 'unknown',
  memories_extracted: {},
  active_count_updated: 0,
};
const UNREADABLE_FAILED: FailedRecord = {
  stage: 'unknown',
  error: 'the marker cannot be read',
  failed_at: '',
};

async function readMarker<T>(
  content: ContentStore,
  path: string,
  schema: z.ZodType<T>,
  unreadable: T,
): Promise<T | undefined> {
  if ((await content.stat(path)) === undefined) return undefined;
  return (await readRecord(content, path, schema)) ?? unreadable;
}

async function readRecord<T>(
  content: ContentStore,
  path: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const text = await readText(content, path);
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** An archive without its record (damaged, or copied by hand) is described from its messages. */
async function rebuildRecord(
  content: ContentStore,
  path: string,
  id: string,
): Promise<ArchiveRecord | undefined> {
  const text = await readText(content, `${path}/${MESSAGES}`);
  if (text === undefined) return undefined;
  const messages = await readArchiveMessages(content, path);
  const policy: MemoryPolicy = DEFAULT_POLICY;
  return {
    archive_id: id,
    created_at: messages.at(-1)?.created_at ?? new Date(0).toISOString(),
    message_count: messages.length,
    first_message_id: messages[0]?.id ?? '',
    last_message_id: messages.at(-1)?.id ?? '',
    last_message_at: messages.at(-1)?.created_at ?? null,
    tokens: messages.reduce((sum, message) => sum + messageTokens(message), 0),
    keep_recent: 0,
    task_id: '',
    memory_policy: { self: policy.self, peer: policy.peer, memory_types: null },
    used: [],
  };
}

export async function readText(content: ContentStore, path: string): Promise<string | undefined> {
  try {
    return (await content.read(path)).toString();
  } catch (error) {
    if (error instanceof VikingError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
