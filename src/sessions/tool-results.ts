import type { ToolResultMeta } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import { type SessionRef, TOOLS } from './session-ref.ts';

/** A large tool output that is kept beside its session. */
export interface KeptToolResult {
  readonly meta: ToolResultMeta;
  readonly text: string;
}

/** What is kept of a session's large tool outputs, newest first. */
export async function listToolResults(content: ContentStore, ref: SessionRef): Promise<KeptToolResult[]> {
  const directory = `${ref.path}/${TOOLS}`;
  if ((await content.stat(directory))?.kind !== 'directory') return [];
  const found: KeptToolResult[] = [];
  for (const entry of await content.list(directory)) {
    const kept = entry.kind === 'directory' ? await readKept(content, ref, entry.name) : undefined;
    if (kept !== undefined) found.push(kept);
  }
  return found.sort(
    (left, right) =>
      right.meta.created_at.localeCompare(left.meta.created_at) ||
      left.meta.tool_result_id.localeCompare(right.meta.tool_result_id),
  );
}

/** @throws NOT_FOUND */
export async function readToolResult(
  content: ContentStore,
  ref: SessionRef,
  id: string,
): Promise<KeptToolResult> {
  const isName = /^[\w@-][\w.@-]{0,255}$/.test(id);
  const kept = isName ? await readKept(content, ref, id) : undefined;
  if (kept !== undefined) return kept;
  throw new VikingError('NOT_FOUND', `${ref.uri}: no tool result ${JSON.stringify(id.slice(0, 100))}`, {
    hint: 'Only outputs too large for a message are kept apart.',
  });
}

/** Undefined for what is no tool output of ours: a directory somebody made, a damaged file, a symlink. */
async function readKept(
  content: ContentStore,
  ref: SessionRef,
  id: string,
): Promise<KeptToolResult | undefined> {
  const path = `${ref.path}/${TOOLS}/${id}/tool.json`;
  const entry = await content.stat(path);
  if (entry?.kind !== 'file') return undefined;
  let kept: Readonly<Record<string, unknown>>;
  try {
    kept = JSON.parse((await content.read(path, undefined, { real: path })).toString()) as typeof kept;
  } catch {
    return undefined;
  }
  const { tool_output: text, tool_id, tool_name, tool_status, tool_output_sha256: sha256 } = kept;
  if (typeof text !== 'string') return undefined;
  const meta = {
    tool_result_id: id,
    tool_id: String(tool_id ?? id),
    tool_name: typeof tool_name === 'string' ? tool_name : '',
    tool_status: typeof tool_status === 'string' ? tool_status : '',
    total_chars: codePoints(text),
    sha256: typeof sha256 === 'string' ? sha256 : '',
    storage_uri: ref.uri.join(TOOLS, id, 'tool.json').toString(),
    created_at: isoTime(entry.mtimeMs),
  };
  return { meta, text };
}

/** How many code points a text has, without a list of them. */
function codePoints(text: string): number {
  let count = 0;
  for (const _point of text) count += 1;
  return count;
}
