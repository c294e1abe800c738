import { setImmediate } from 'node:timers/promises';
import { isVikingError, VikingError } from '../errors/index.ts';
import { MESSAGE_MAX_BYTES, type MessageContext, normaliseMessage } from './message.ts';
import type { StoredMessage } from './types.ts';

/** Most bytes of one call. */
const APPEND_MAX_BYTES = 64 * 1024 * 1024;

const NEWLINE = 0x0a;

/** The line of a message in `messages.jsonl`, newline included. @throws TOO_LARGE, INVALID_ARGUMENT (too deep) */
export function encodeMessage(message: StoredMessage): Buffer {
  let json: string;
  try {
    json = JSON.stringify(message);
  } catch (error) {
    throw new VikingError('INVALID_ARGUMENT', 'a message is nested too deeply', { cause: error });
  }
  const line = Buffer.from(`${json}\n`);
  if (line.length > MESSAGE_MAX_BYTES) throw tooLarge('a message', line.length, MESSAGE_MAX_BYTES);
  return line;
}

/**
 * The messages of appended lines, normalised. Blank lines are passed over; a last line needs no newline.
 * @throws INVALID_ARGUMENT naming the line and the reason; TOO_LARGE
 */
export function parseLines(bytes: Uint8Array, context: MessageContext): StoredMessage[] {
  assertCallSize(bytes.byteLength);
  const messages: StoredMessage[] = [];
  let number = 0;
  for (const line of splitLines(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
    number += 1;
    if (isBlank(line)) continue;
    messages.push(atPlace(`line ${number}`, () => normaliseMessage(parseJson(line), context)));
  }
  return messages;
}

/** The same for messages that came as values. An error names `message 3`. */
export function parseMessages(raw: readonly unknown[], context: MessageContext): StoredMessage[] {
  return raw.map((value, index) =>
    atPlace(`message ${index + 1}`, () => {
      const message = normaliseMessage(value, context);
      encodeMessage(message); // for its limits: what is too large is not kept aside either
      return message;
    }),
  );
}

export function assertCallSize(sizeBytes: number): void {
  if (sizeBytes > APPEND_MAX_BYTES) throw tooLarge('one append', sizeBytes, APPEND_MAX_BYTES);
}

/** A line of `messages.jsonl`: a message as we keep it, or what is wrong with it. */
export type KeptLine =
  | { readonly bytes: Buffer; readonly message: StoredMessage }
  | { readonly bytes: Buffer; readonly message?: undefined; readonly reason: string };

/** Bytes parsed between two looks at the event loop: about a millisecond. */
const SLICE_BYTES = 128 * 1024;

/** Reads lines we wrote. Lines that somebody else wrote into the file are told apart, never thrown. Gives way to callers. */
export async function readKeptLines(bytes: Buffer): Promise<KeptLine[]> {
  const lines: KeptLine[] = [];
  let sinceYield = 0;
  for (const line of splitLines(bytes)) {
    if (isBlank(line)) continue;
    lines.push(readKeptLine(line));
    sinceYield += line.length;
    if (sinceYield < SLICE_BYTES) continue;
    sinceYield = 0;
    await setImmediate();
  }
  return lines;
}

function readKeptLine(bytes: Buffer): KeptLine {
  try {
    const value = parseJson(bytes);
    if (isKept(value)) return { bytes, message: value };
    return { bytes, reason: 'not a message as vikingfs keeps it' };
  } catch (error) {
    return { bytes, reason: (error as Error).message };
  }
}

const PART_TYPES: ReadonlySet<unknown> = new Set(['text', 'context', 'tool', 'image']);

/** By hand: a session of a thousand messages is read inside of a commit that is to take milliseconds. */
function isKept(value: unknown): value is StoredMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { id, role, parts, created_at } = value as Record<string, unknown>;
  return (
    isText(id) &&
    (role === 'user' || role === 'assistant') &&
    isText(created_at) &&
    Array.isArray(parts) &&
    parts.every(isKeptPart)
  );
}

function isKeptPart(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false;
  const { type, text } = part as Record<string, unknown>;
  return PART_TYPES.has(type) && (type !== 'text' || typeof text === 'string');
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** Lines without their newline; nothing after a last newline. */
export function* splitLines(bytes: Buffer): Generator<Buffer> {
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws INVALID_ARGUMENT, TOO_LARGE */
export function parseJson(line: Buffer): unknown {
  if (line.length > MESSAGE_MAX_BYTES) throw tooLarge('a message', line.length, MESSAGE_MAX_BYTES);
  let text: string;
  try {
    text = utf8.decode(line);
  } catch (error) {
    throw new VikingError('INVALID_ARGUMENT', 'not valid UTF-8', { cause: error });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new VikingError('INVALID_ARGUMENT', `not JSON: ${(error as Error).message.slice(0, 160)}`, {
      hint: 'One JSON object per line, e.g. {"role":"user","content":"hello"}',
      cause: error,
    });
  }
}

function atPlace<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isVikingError(error)) throw error;
    throw new VikingError(error.code, `${where}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: { ...error.details, where },
      cause: error,
    });
  }
}

function tooLarge(what: string, sizeBytes: number, limitBytes: number): VikingError {
  return new VikingError('TOO_LARGE', `${what} of ${sizeBytes} bytes: the limit is ${limitBytes}`, {
    hint: 'Put large text in a file under resources/ and refer to it by URI.',
  });
}
