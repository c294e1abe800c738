import { createHash } from 'node:crypto';
import type { ContentStore } from '../content/contract.ts';
import { isIdentity } from '../uri/index.ts';
import type { StoredPart, ToolPart } from './message-parts.ts';
import { type SessionRef, TOOLS } from './session-ref.ts';
import type { StoredMessage } from './types.ts';

/** Outputs of more characters are kept in a file of their own (the reference's figure). */
const TOOL_OUTPUT_MAX_CHARS = 20_000;
/** What of them stays in the message (the reference's figure). */
const TOOL_PREVIEW_CHARS = 2_000;

/**
 * The message with its large tool outputs moved to `tools/{tool_id}/tool.json`. The files are durable when it
 * resolves, before the message that refers to them is written. The same output is never written twice.
 */
export async function keepLargeOutputs(
  content: ContentStore,
  ref: SessionRef,
  message: StoredMessage,
): Promise<StoredMessage> {
  if (!hasLargeOutput(message)) return message;
  const parts: StoredPart[] = [];
  for (const part of message.parts as readonly StoredPart[]) {
    parts.push(isLarge(part) ? await keepOutput(content, ref, part) : part);
  }
  return { ...message, parts };
}

/** Whether files are written before the message. */
export function hasLargeOutput(message: StoredMessage): boolean {
  return message.parts.some((part) => isLarge(part as StoredPart));
}

function isLarge(part: StoredPart): part is ToolPart & { readonly tool_output: string } {
  return part.type === 'tool' && (part.tool_output?.length ?? 0) > TOOL_OUTPUT_MAX_CHARS;
}

async function keepOutput(
  content: ContentStore,
  ref: SessionRef,
  part: ToolPart & { readonly tool_output: string },
): Promise<ToolPart> {
  const output = part.tool_output;
  const sha256 = createHash('sha256').update(output).digest('hex');
  const directory = await placeOf(content, ref, part.tool_id, sha256);
  const file = `${ref.path}/${TOOLS}/${directory}/tool.json`;
  if ((await content.stat(file)) === undefined) {
    await content.mkdir(`${ref.path}/${TOOLS}/${directory}`);
    const kept = { ...part, tool_output_sha256: sha256, tool_output_original_chars: output.length };
    await content.write(file, `${JSON.stringify(kept, null, 2)}\n`);
  }
  return {
    ...part,
    tool_output: preview(output),
    tool_output_ref: `${TOOLS}/${directory}/tool.json`,
    tool_output_truncated: true,
    tool_output_original_chars: output.length,
    tool_output_sha256: sha256,
    tool_output_storage_uri: ref.uri.join(TOOLS, directory, 'tool.json').toString(),
  };
}

/** The tool's own id; with a digest when that is no safe name, or when another output has it. */
async function placeOf(
  content: ContentStore,
  ref: SessionRef,
  toolId: string,
  sha256: string,
): Promise<string> {
  const isSafe = isIdentity(toolId) && !toolId.startsWith('.') && toolId.length <= 100;
  if (!isSafe) return `tool-${sha256.slice(0, 24)}`;
  const file = `${ref.path}/${TOOLS}/${toolId}/tool.json`;
  if ((await content.stat(file)) === undefined) return toolId;
  return (await hasDigest(content, file, sha256)) ? toolId : `${toolId}-${sha256.slice(0, 12)}`;
}

async function hasDigest(content: ContentStore, file: string, sha256: string): Promise<boolean> {
  try {
    const kept = JSON.parse((await content.read(file)).toString()) as { tool_output_sha256?: unknown };
    return kept.tool_output_sha256 === sha256;
  } catch {
    return false; // damaged or somebody else's: ours goes beside it
  }
}

function preview(output: string): string {
  const cut = output.slice(0, TOOL_PREVIEW_CHARS);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
