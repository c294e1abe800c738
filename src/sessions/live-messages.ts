import { truncate } from 'node:fs/promises';
import type { Logger } from '../base/log.ts';
import type { ContentStore, Stamp } from '../content/contract.ts';
import { normaliseMessage } from './message.ts';
import { encodeMessage, parseJson, readKeptLines, splitLines } from './message-lines.ts';
import { messageTokens } from './message-tokens.ts';
import { asideSuffix, MESSAGES, type SessionRef } from './session-ref.ts';
import type { StoredMessage } from './types.ts';

/** A message of the live file with the bytes of its line, newline included. */
export interface LiveLine {
  readonly message: StoredMessage;
  readonly bytes: Buffer;
}

/** What is known of the live file without reading it again. */
export interface LiveSummary {
  readonly count: number;
  readonly tokens: number;
  readonly lastMessageAt: string | null;
}

export interface Mending {
  readonly content: ContentStore;
  readonly log: Logger;
  readonly now: number;
}

/**
 * Reads `messages.jsonl`. A torn last line (a crash in the middle of a write) and lines that are no messages are moved
 * to a file beside it and reported; lines another program wrote in the input form become messages. The file is then
 * replaced by what is whole, so that the next append starts on a new line.
 */
export async function readLive(ref: SessionRef, mending: Mending): Promise<LiveLine[]> {
  const path = `${ref.path}/${MESSAGES}`;
  if ((await mending.content.stat(path)) === undefined) return [];
  const bytes = await mending.content.read(path);
  const { lines, torn, bad, adopted } = await sortLines(ref, bytes, mending.now);
  const endsOpen = bytes.length > 0 && bytes.at(-1) !== 0x0a;
  if (torn === undefined && bad.length === 0 && adopted === 0 && !endsOpen) return lines;
  const suffix = asideSuffix(mending.now);
  if (torn !== undefined) await moveAside(ref, `${MESSAGES}.torn-${suffix}`, torn, mending);
  if (bad.length > 0) {
    await moveAside(ref, `${MESSAGES}.bad-${suffix}`, Buffer.concat(bad.map(withNewline)), mending);
  }
  await writeLive(mending.content, ref, lines);
  if (adopted > 0)
    mending.log.info({ session: ref.uri.toString(), adopted }, 'messages written from outside adopted');
  return lines;
}

/** Replaces the live file. Atomic and durable. */
export async function writeLive(
  content: ContentStore,
  ref: SessionRef,
  lines: readonly LiveLine[],
): Promise<void> {
  await content.write(`${ref.path}/${MESSAGES}`, Buffer.concat(lines.map((line) => line.bytes)));
}

/** Takes back what a failed append left: nothing of it was acknowledged. */
export async function cutLive(content: ContentStore, ref: SessionRef, sizeBytes: number): Promise<void> {
  const path = `${ref.path}/${MESSAGES}`;
  const entry = await content.stat(path);
  if (entry !== undefined && entry.size > sizeBytes) await truncate(content.resolve(path), sizeBytes);
}

export function summarise(messages: readonly StoredMessage[], before: LiveSummary = EMPTY): LiveSummary {
  return {
    count: before.count + messages.length,
    tokens: messages.reduce((sum, message) => sum + messageTokens(message), before.tokens),
    lastMessageAt: messages.at(-1)?.created_at ?? before.lastMessageAt,
  };
}

const EMPTY: LiveSummary = { count: 0, tokens: 0, lastMessageAt: null };

export function isSameStamp(left: Stamp | undefined, right: Stamp | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return (
    left.size === right.size &&
    left.mtimeMs === right.mtimeMs &&
    left.ctimeMs === right.ctimeMs &&
    left.ino === right.ino
  );
}

interface SortedLines {
  readonly lines: LiveLine[];
  /** The last line when it is neither whole nor ended by a newline. */
  readonly torn: Buffer | undefined;
  readonly bad: Buffer[];
  readonly adopted: number;
}

async function sortLines(ref: SessionRef, bytes: Buffer, now: number): Promise<SortedLines> {
  const lines: LiveLine[] = [];
  const bad: Buffer[] = [];
  let torn: Buffer | undefined;
  let adopted = 0;
  const kept = await readKeptLines(bytes);
  const endsOpen = bytes.length > 0 && bytes.at(-1) !== 0x0a;
  for (const [index, line] of kept.entries()) {
    if (line.message !== undefined) {
      lines.push({ message: line.message, bytes: withNewline(line.bytes) });
      continue;
    }
    const message = adopt(ref, line.bytes, now);
    if (message !== undefined) {
      adopted += 1;
      lines.push({ message, bytes: encodeMessage(message) });
    } else if (endsOpen && index === kept.length - 1) {
      torn = line.bytes;
    } else {
      bad.push(line.bytes);
    }
  }
  return { lines, torn, bad, adopted };
}

/** A line in the input form, written into the file by another program, as a message; undefined when it is none. */
function adopt(ref: SessionRef, line: Buffer, now: number): StoredMessage | undefined {
  try {
    return normaliseMessage(parseJson(line), { principal: { ...ref.principal, role: 'admin' }, now });
  } catch {
    return undefined;
  }
}

/** The line and its newline, which follows it in the file it was read from unless the file ends there. */
function withNewline(line: Buffer): Buffer {
  const more = line.buffer.byteLength - line.byteOffset > line.length ? 1 : 0;
  const whole = Buffer.from(line.buffer, line.byteOffset, line.length + more);
  return more === 1 && whole.at(-1) === 0x0a ? whole : Buffer.concat([line, Buffer.from('\n')]);
}

async function moveAside(ref: SessionRef, name: string, bytes: Buffer, mending: Mending): Promise<void> {
  await mending.content.write(`${ref.path}/${name}`, bytes);
  const lines = [...splitLines(bytes)].length;
  mending.log.error(
    { session: ref.uri.toString(), aside: name, lines },
    'lines that are no messages moved aside',
  );
}
