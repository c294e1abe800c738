import type { ToolResultMeta } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';
import { MESSAGE_MAX_BYTES } from './message.ts';
import { type SessionRef, TOOLS } from './session-ref.ts';

const FILE = 'tool.json';
/** An output comes in a message; what is written beside it is small. */
const FILE_MAX_BYTES = 2 * MESSAGE_MAX_BYTES;

/** A large tool output that is kept beside its session. */
export interface KeptToolResult {
  readonly meta: ToolResultMeta;
  readonly text: string;
}

/** Which tool outputs are asked for. */
export interface ToolResultsAsked {
  /** Of one tool. Default: of all. */
  readonly toolName?: string | undefined;
  readonly limit: number;
}

/** What is kept of a session's large tool outputs, newest first. Of their texts one at a time is in memory. */
export async function listToolResults(
  content: ContentStore,
  ref: SessionRef,
  { toolName, limit }: ToolResultsAsked,
): Promise<ToolResultMeta[]> {
  const found: ToolResultMeta[] = [];
  for (const id of await newestFirst(content, `${ref.path}/${TOOLS}`)) {
    if (found.length >= limit) break;
    const kept = await readKept(content, ref, id);
    if (kept === undefined || (toolName !== undefined && kept.meta.tool_name !== toolName)) continue;
    found.push(kept.meta);
  }
  return found;
}

/** Names of the directories that hold a file of ours. */
async function newestFirst(content: ContentStore, directory: string): Promise<string[]> {
  if ((await content.stat(directory))?.kind !== 'directory') return [];
  const written: { readonly name: string; readonly mtimeMs: number }[] = [];
  for (const { kind, name } of await content.list(directory)) {
    const file = kind === 'directory' ? await content.stat(`${directory}/${name}/${FILE}`) : undefined;
    if (file?.kind === 'file') written.push({ name, mtimeMs: file.mtimeMs });
  }
  written.sort((left, right) => right.mtimeMs - left.mtimeMs || (left.name < right.name ? -1 : 1));
  return written.map(({ name }) => name);
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

/**
 * Undefined for what is no tool output of ours: a directory somebody made, a damaged file, one larger than any
 * message, a symlink.
 */
async function readKept(
  content: ContentStore,
  ref: SessionRef,
  id: string,
): Promise<KeptToolResult | undefined> {
  const path = `${ref.path}/${TOOLS}/${id}/${FILE}`;
  const entry = await content.stat(path);
  if (entry?.kind !== 'file') return undefined;
  let kept: Readonly<Record<string, unknown>>;
  try {
    kept = JSON.parse((await content.read(path, FILE_MAX_BYTES, { real: path })).toString()) as typeof kept;
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
    storage_uri: ref.uri.join(TOOLS, id, FILE).toString(),
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
