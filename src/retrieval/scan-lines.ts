import { constants, readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { isOpenAt } from '../content/index.ts';
import type { LinePattern } from './line-pattern.ts';

const BLOCK_BYTES = 128 * 1024;
const BINARY_HEAD_BYTES = 8 * 1024;
/** A line longer than this is searched in pieces; a match across two of them is not seen. */
const LINE_BYTES = 256 * 1024;
const SHOWN_CHARS = 2_000;
const BEFORE_MATCH_CHARS = 200;
const NEWLINE = 0x0a;

export interface LineMatch {
  /** 1-based. */
  readonly line: number;
  readonly content: string;
}

/**
 * Matching lines of a text file of any size, in order, decoded leniently; false instead of nothing when the file is
 * binary. Reads block by block, so that the event loop goes on in between.
 * Nothing when a symlink is on the way: where a path leads to was found out before.
 * @throws the errors of open and read; a symlink is not followed
 */
export async function* matchingLines(
  absolutePath: string,
  pattern: LinePattern,
): AsyncGenerator<LineMatch | false> {
  const file = await open(absolutePath, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!isOpenAt(readlinkSync(`/proc/self/fd/${file.fd}`), absolutePath)) return;
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    let rest: Buffer = Buffer.alloc(0);
    let line = 1;
    let lastMatch = 0;
    for (let isFirst = true; ; isFirst = false) {
      const { bytesRead } = await file.read(block, 0, BLOCK_BYTES, null);
      const bytes = Buffer.concat([rest, block.subarray(0, bytesRead)]);
      if (isFirst && isBinary(bytes)) {
        yield false;
        return;
      }
      const isEnd = bytesRead === 0;
      const end = isEnd || bytes.length > LINE_BYTES ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1;
      for (const match of inBlock(bytes.subarray(0, end), line, pattern)) {
        if (match.line !== lastMatch) yield match;
        lastMatch = match.line;
      }
      if (isEnd) return;
      line += newlines(bytes.subarray(0, end));
      rest = Buffer.from(bytes.subarray(end));
    }
  } finally {
    await file.close();
  }
}

/** The same of a whole file that is in memory. */
export function* linesIn(bytes: Buffer, pattern: LinePattern): Generator<LineMatch | false> {
  if (isBinary(bytes)) yield false;
  else yield* inBlock(bytes, 1, pattern);
}

function isBinary(start: Buffer): boolean {
  return start.subarray(0, BINARY_HEAD_BYTES).includes(0);
}

function* inBlock(bytes: Buffer, firstLine: number, pattern: LinePattern): Generator<LineMatch> {
  if (bytes.length === 0 || !pattern.mayMatch(bytes)) return;
  const text = bytes.toString('utf8');
  const { literal } = pattern;
  let line = firstLine;
  let counted = 0;
  for (let start = 0; start < text.length; ) {
    if (literal !== undefined) {
      const hit = text.indexOf(literal, start);
      if (hit < 0) return;
      start = hit === 0 ? 0 : text.lastIndexOf('\n', hit - 1) + 1;
    }
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const content = text.slice(start, end).replace(/\r$/, '');
    const found = pattern.find(content);
    if (found !== undefined) {
      for (let at = text.indexOf('\n', counted); at >= 0 && at < start; at = text.indexOf('\n', at + 1))
        line++;
      counted = start;
      yield { line, content: shown(content, found) };
    }
    start = end + 1;
  }
}

/** A long line is cut around its match. */
function shown(line: string, match: number): string {
  if (line.length <= SHOWN_CHARS) return line;
  const start = match + BEFORE_MATCH_CHARS < SHOWN_CHARS ? 0 : match - BEFORE_MATCH_CHARS;
  const cut = line.slice(start, start + SHOWN_CHARS).toWellFormed();
  return `${start > 0 ? '…' : ''}${cut}${start + SHOWN_CHARS < line.length ? '…' : ''}`;
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
