import { z } from 'zod';
import type { ContentStore } from '../content/contract.ts';
import { readText } from './archive-files.ts';
import type { SessionRef } from './session-ref.ts';

/** `.recall_log.json` beside the session's messages: what was handed out as context, newest turn last. */
const RECALL_LOG = '.recall_log.json';
export const RECALL_TURNS_MAX = 100;
/** Of all turns together; the reference's figure. */
const RECALL_URIS_MAX = 500;

const recallLog = z.object({ turns: z.array(z.array(z.string())) });

/**
 * URIs handed out in the last `turns` answers. The log only saves a reader from seeing a text twice: one that is missing
 * or damaged is an empty one.
 */
export async function readRecalled(
  content: ContentStore,
  ref: SessionRef,
  turns: number,
): Promise<ReadonlySet<string>> {
  return new Set(turns <= 0 ? [] : (await readTurns(content, ref)).slice(-turns).flat());
}

/** Adds a turn, and lets go of the oldest ones beyond the bounds. Only in the session's lane. */
export async function noteRecalled(
  content: ContentStore,
  ref: SessionRef,
  uris: readonly string[],
): Promise<void> {
  const turns = [...(await readTurns(content, ref)), uris.slice(0, RECALL_URIS_MAX)].slice(-RECALL_TURNS_MAX);
  let count = turns.reduce((sum, turn) => sum + turn.length, 0);
  while (count > RECALL_URIS_MAX) count -= turns.shift()?.length ?? 0;
  await content.write(`${ref.path}/${RECALL_LOG}`, `${JSON.stringify({ turns })}\n`);
}

async function readTurns(content: ContentStore, ref: SessionRef): Promise<readonly (readonly string[])[]> {
  try {
    const text = await readText(content, `${ref.path}/${RECALL_LOG}`);
    return text === undefined ? [] : (recallLog.safeParse(JSON.parse(text)).data?.turns ?? []);
  } catch {
    return [];
  }
}
