import type { Message } from '../api/results.ts';
import { estimateTokens } from '../base/tokens.ts';

/** What one message may take of a window; a longer one is cut in its middle. */
const MESSAGE_MAX_CHARS = 8_000;
const HEAD_SHARE = 0.75;
/** Leaves room for the instructions and the answer in a model of 16,000 tokens. */
const WINDOW_TOKENS = 8_000;

/** Consecutive messages that a model reads at once. */
export interface Window {
  readonly messages: readonly Message[];
  readonly text: string;
}

/** A conversation as a model reads it, in windows that fit. Outputs of tools are not what anybody said: left out. */
export function windowsOf(messages: readonly Message[], maxTokens: number = WINDOW_TOKENS): Window[] {
  const windows: Window[] = [];
  let open: Message[] = [];
  let lines: string[] = [];
  let tokens = 0;
  const close = (): void => {
    if (open.length > 0) windows.push({ messages: open, text: lines.join('\n') });
    open = [];
    lines = [];
    tokens = 0;
  };
  for (const message of messages) {
    const line = lineOf(message);
    if (line === undefined) continue;
    const cost = estimateTokens(line);
    if (tokens + cost > maxTokens) close();
    open.push(message);
    lines.push(line);
    tokens += cost;
  }
  close();
  return windows;
}

function lineOf(message: Message): string | undefined {
  const said = message.parts
    .map((part) => {
      if (part.type === 'text') return part.text;
      if (part.type === 'image') return part.description === undefined ? '' : `[image: ${part.description}]`;
      if (part.type === 'context') return `[read ${part.uri}]`;
      return `[ran ${part.tool_name ?? part.tool_id}]`;
    })
    .filter((text) => text.trim() !== '')
    .join('\n');
  if (said === '') return undefined;
  const who = message.peer_id ?? message.role_id;
  const speaker = who === undefined ? message.role : `${message.role} ${who}`;
  // Indented, so that no message can pass a line of its own for another's.
  return `[${message.id}] ${message.created_at.slice(0, 16)} ${speaker}: ${cut(said).replaceAll(/\r\n?|[\n\u2028\u2029]/g, '\n  ')}`;
}

function cut(text: string): string {
  if (text.length <= MESSAGE_MAX_CHARS) return text;
  const head = Math.floor(MESSAGE_MAX_CHARS * HEAD_SHARE);
  return `${text.slice(0, head)}\n…\n${text.slice(-(MESSAGE_MAX_CHARS - head))}`.toWellFormed();
}
