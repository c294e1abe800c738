import type { SessionContextResult } from '../api/results.ts';
import { estimateTokens } from '../base/tokens.ts';
import type { ContentStore } from '../content/contract.ts';
import { ABSTRACT, OVERVIEW } from '../uri/index.ts';
import { type Archive, readArchiveMessages, readText } from './archive-files.ts';
import { messageTokens } from './message-tokens.ts';
import type { SessionState } from './session-meta.ts';
import type { StoredMessage } from './types.ts';

/** Share of a cut text that is taken from its beginning; the rest is its end. */
const HEAD_SHARE = 0.75;

/**
 * What a model should read to go on with a session, within `tokenBudget` tokens: the messages no summary covers yet
 * (live ones and those of archives newer than the newest completed), then that archive's overview, then the
 * abstracts of older ones, newest first, as far as they fit.
 */
export async function assembleContext(
  content: ContentStore,
  state: SessionState,
  live: readonly StoredMessage[],
  tokenBudget: number,
): Promise<SessionContextResult> {
  const completed = state.archives.filter((archive) => archive.done !== undefined);
  const newest = completed.at(-1);
  const uncovered = state.archives.filter((archive) => archive.number > (newest?.number ?? 0));
  const messages = fitMessages(
    uniqueById([...(await rawMessages(content, uncovered)), ...live]),
    tokenBudget,
  );
  const activeTokens = messages.reduce((sum, message) => sum + messageTokens(message), 0);
  let room = tokenBudget - activeTokens;
  const take = (text: string): boolean => {
    const tokens = estimateTokens(text);
    if (text === '' || tokens > room) return false;
    room -= tokens;
    return true;
  };
  const overviewText =
    newest === undefined ? '' : ((await readText(content, `${newest.path}/${OVERVIEW}`)) ?? '');
  const overview = take(overviewText) ? overviewText : '';
  const abstracts: string[] = [];
  for (const archive of completed.slice(0, -1).reverse()) {
    const text = ((await readText(content, `${archive.path}/${ABSTRACT}`)) ?? '').trim();
    if (!take(text)) break;
    abstracts.unshift(text);
  }
  const included = abstracts.length + (overview === '' ? 0 : 1);
  const archiveTokens = tokenBudget - activeTokens - room;
  return {
    latest_archive_overview: overview,
    pre_archive_abstracts: abstracts,
    messages,
    estimatedTokens: activeTokens + archiveTokens,
    stats: {
      totalArchives: state.archives.length,
      includedArchives: included,
      droppedArchives: completed.length - included,
      failedArchives: state.archives.filter((archive) => archive.failed !== undefined).length,
      activeTokens,
      archiveTokens,
    },
  };
}

async function rawMessages(content: ContentStore, archives: readonly Archive[]): Promise<StoredMessage[]> {
  const read = await Promise.all(archives.map((archive) => readArchiveMessages(content, archive.path)));
  return read.flat();
}

function uniqueById(messages: readonly StoredMessage[]): StoredMessage[] {
  const seen = new Set<string>();
  return messages.filter((message) => !seen.has(message.id) && seen.add(message.id));
}

/**
 * The messages that fit, in order. First the latest user message and the last answer to it (cut in the middle when they
 * do not fit whole), then the rest of that turn from its end, then older turns, each whole or not at all.
 */
export function fitMessages(messages: readonly StoredMessage[], tokenBudget: number): StoredMessage[] {
  const kept = new Map<number, StoredMessage>();
  let room = tokenBudget;
  const take = (index: number, message: StoredMessage | undefined): boolean => {
    const tokens = message === undefined ? 0 : messageTokens(message);
    if (message === undefined || tokens > room) return false;
    room -= tokens;
    kept.set(index, message);
    return true;
  };
  const starts = messages.flatMap((message, index) => (message.role === 'user' ? [index] : []));
  const latest = starts.at(-1) ?? 0;
  const last = messages.length - 1;
  for (const index of new Set([latest, last])) {
    const message = messages[index];
    if (message === undefined || room <= 0) continue;
    if (!take(index, message)) take(index, cutMessage(message, room));
  }
  let isFull = false;
  for (let index = last - 1; index > latest && !isFull; index -= 1) isFull = !take(index, messages[index]);
  let end = latest;
  for (const start of starts.slice(0, -1).reverse()) {
    if (isFull) break;
    const turn = messages.slice(start, end);
    isFull = turn.reduce((sum, message) => sum + messageTokens(message), 0) > room;
    if (!isFull) for (const [offset, message] of turn.entries()) take(start + offset, message);
    end = start;
  }
  const opening = messages.slice(0, Math.min(starts[0] ?? 0, end));
  if (!isFull && end === (starts[0] ?? 0)) {
    for (let index = opening.length - 1; index >= 0; index -= 1) if (!take(index, opening[index])) break;
  }
  return [...kept].sort(([left], [right]) => left - right).map(([, message]) => message);
}

/** The message with its text cut in the middle to `limitTokens`; undefined when it has no text to cut. */
function cutMessage(message: StoredMessage, limitTokens: number): StoredMessage | undefined {
  const text = message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  if (text === '' || limitTokens < 2) return undefined;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (estimateTokens(cutMiddle(text, middle)) <= limitTokens) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? undefined : { ...message, parts: [{ type: 'text', text: cutMiddle(text, low) }] };
}

function cutMiddle(text: string, keepChars: number): string {
  if (keepChars >= text.length) return text;
  const head = Math.ceil(keepChars * HEAD_SHARE);
  const tail = keepChars - head;
  return `${text.slice(0, head)}\n…\n${tail === 0 ? '' : text.slice(-tail)}`.toWellFormed();
}
