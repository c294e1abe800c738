import { tokenize } from '../../base/text/tokenize.ts';
import type { Passage } from './passage.ts';
import { pieces } from './split.ts';

/** What a tool answered is evidence too, but a page of it would drown what was said. */
const TOOL_OUTPUT_CHARS = 600;

/** One passage for each message of a `messages.jsonl`; a line that is not a message is a passage as it stands. */
export function messagePassages(text: string): Passage[] {
  const passages: Passage[] = [];
  const messages = text.split('\n').map((line) => (line.trim() === '' ? undefined : read(line)));
  const speakers = writtenSpeakers(messages.map((message) => message?.said ?? ''));
  messages.forEach((message, index) => {
    if (message === undefined) return;
    const lines = { start: index + 1, end: index + 1 };
    const { role, said } = message;
    const written = writtenSpeaker(said);
    const isTranscript = message.name === undefined && written !== undefined && speakers.has(written);
    const name = isTranscript ? written : message.name;
    const text = isTranscript ? said.slice(written.length + 1).trimStart() : said;
    for (const piece of pieces(text, lines, name ?? role)) passages.push(asMessage(piece, name));
  });
  return passages;
}

/** A name is worth finding a message by; every second message has the role "user". */
function asMessage(piece: Passage, name: string | undefined): Passage {
  if (piece.heading === '') return piece;
  const said = { ...piece, text: `${piece.heading}: ${piece.text}` };
  const speaker = name === undefined ? undefined : tokenize(name)[0];
  if (speaker === undefined) return { ...said, indexed: piece.text };
  return { ...said, indexed: `${name} ${piece.text}`, speaker };
}

/** Names that messages begin with, as in a transcript (`Ann: hello`): one that begins several is a speaker's. */
function writtenSpeakers(texts: readonly string[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const name = writtenSpeaker(text);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count > 1).map(([name]) => name));
}

function writtenSpeaker(text: string): string | undefined {
  return /^(\p{Lu}[\p{L}.'-]{0,30}(?: \p{Lu}[\p{L}.'-]{0,30}){0,2}):\s/u.exec(text)?.[1];
}

interface Said {
  readonly role: string;
  readonly name?: string;
  readonly said: string;
}

function read(line: string): Said {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return { role: '', said: line };
  }
  if (!isRecord(message)) return { role: '', said: line };
  const said = [message['content'], ...list(message['parts']).map(partText)].filter(isText).join('\n');
  const name = [message['peer_id'], message['role_id']].find(isText);
  const role = isText(message['role']) ? message['role'] : '';
  return { role, said, ...(name === undefined ? {} : { name }) };
}

function partText(part: unknown): string {
  if (typeof part === 'string') return part;
  if (!isRecord(part)) return '';
  const output = isText(part['tool_output']) ? part['tool_output'].slice(0, TOOL_OUTPUT_CHARS) : undefined;
  return [part['text'], part['abstract'], part['description'], part['tool_name'], output]
    .filter(isText)
    .join('\n');
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
