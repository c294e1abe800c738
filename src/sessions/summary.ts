import { setImmediate } from 'node:timers/promises';
import { holdsSecret } from '../base/secrets.ts';
import { countTerms, type TermBag, topTerms } from '../base/text/key-terms.ts';
import { sentences } from '../base/text/sentences.ts';
import { clip } from '../base/tokens.ts';
import { coveringSentences } from './coverage.ts';
import type { StoredPart } from './message-parts.ts';
import { spokenText } from './message-tokens.ts';
import type { SessionSummary, StoredMessage } from './types.ts';

export const ABSTRACT_MAX_CHARS = 256;
export const OVERVIEW_MAX_CHARS = 4_000;

/** About 75 words of sentences and 40 terms find a session as well as a model's summary of it (LoCoMo). */
const ANALYSIS_WORDS = 150;
const KEY_TERMS = 40;
const REQUESTS = 3;
const PENDING = 6;
const LINE_CHARS = 300;
const HEAD_CHARS = 4_000;
const TAIL_CHARS = 2_000;
/** Messages read between two looks at the event loop. */
const SLICE = 10;

interface Spoken {
  readonly role: 'user' | 'assistant';
  readonly sentences: readonly string[];
}

/** The embedded summary: only sentences that were said and words that were used, nothing inferred. */
export async function summariseEmbedded(messages: readonly StoredMessage[]): Promise<SessionSummary> {
  const spoken = await spokenSentences(messages);
  const bag: TermBag = new Map();
  for (const { sentences: said } of spoken) for (const sentence of said) countTerms(sentence, 1, bag);
  const covering = await coveringSentences(
    spoken.flatMap(({ sentences: said }) => said),
    bag,
    ANALYSIS_WORDS,
  );
  const requests = requestsOf(spoken);
  const terms = topTerms(bag, KEY_TERMS).map(({ word }) => word);
  const lead = requests[0] ?? covering[0] ?? 'no text was exchanged';
  const size = `${plural(messages.length, 'message')}, ${span(messages)}`;
  const sections = [
    '# Session Summary',
    `**Overview**: ${clip(lead, 200)} (${size})`,
    section('Analysis', bullets([...covering, ...actsOf(messages)])),
    section('Primary Request and Intent', bullets(requests)),
    section('Key Concepts', terms.join(', ')),
    section('Pending Tasks', bullets(pendingOf(spoken))),
  ];
  return { overview: fitted(sections), abstract: abstractOf(lead, size, terms) };
}

async function spokenSentences(messages: readonly StoredMessage[]): Promise<Spoken[]> {
  const spoken: Spoken[] = [];
  for (const [index, message] of messages.entries()) {
    if (index % SLICE === 0) await setImmediate();
    const said = sentences(excerpt(spokenText(message))).filter((sentence) => !holdsSecret(sentence));
    spoken.push({ role: message.role, sentences: said });
  }
  return spoken;
}

/** Beginning and end of a long message: what is pasted in between is not what was said. */
function excerpt(text: string): string {
  if (text.length <= HEAD_CHARS + TAIL_CHARS) return text;
  return `${text.slice(0, HEAD_CHARS)}\n\n${text.slice(-TAIL_CHARS)}`.toWellFormed();
}

/** One paragraph, most telling first: what was asked, how much there is, what it is about. */
function abstractOf(lead: string, size: string, terms: readonly string[]): string {
  const start = `${clip(lead, 120)} (${size})`;
  const about = terms.length === 0 ? '' : ` Key terms: ${terms.join(', ')}`;
  return clip((start + about).replaceAll(/\s+/g, ' '), ABSTRACT_MAX_CHARS);
}

/** What the user opened with and what they asked last. */
function requestsOf(spoken: readonly Spoken[]): string[] {
  const users = spoken.filter(({ role, sentences: said }) => role === 'user' && said.length > 0);
  const first = users[0]?.sentences.find((sentence) => sentence.length >= 12) ?? users[0]?.sentences[0];
  const asked = users.flatMap(({ sentences: said }) => said.filter(isRequest));
  return unique([first, ...asked.slice(0, 1), ...asked.slice(-(REQUESTS - 1))]).slice(0, REQUESTS);
}

const REQUEST =
  /[?\uff1f]\s*$|^(?:please|can you|could you|would you|i(?:'d| would) like|i (?:want|need)|help me|let's|add|build|change|check|create|describe|explain|find|fix|implement|investigate|make|move|refactor|remove|rename|review|run|show|summari[sz]e|test|translate|update|write)\b|^(?:请|帮我|帮忙|麻烦|能不能|能否|我想|我要|我需要|怎么|如何)/iu;

function isRequest(sentence: string): boolean {
  return REQUEST.test(sentence);
}

const PENDING_MARK =
  /\b(?:todo|to do|to-do|still (?:need|have) to|need(?:s)? to|remains? to|left to do|next steps?|later|follow[- ]up|not yet|pending|blocked|tomorrow|next week)\b|待办|还需要|需要(?:先|再)|接下来|下一步|稍后|以后再|尚未|还没|明天|下周/iu;

/** Sentences that say something is still to be done, newest first, and a last question nobody answered. */
function pendingOf(spoken: readonly Spoken[]): string[] {
  const marked = spoken.flatMap(({ sentences: said }) =>
    said.filter((sentence) => PENDING_MARK.test(sentence)),
  );
  const last = spoken.at(-1);
  const open =
    last?.role === 'user' ? last.sentences.filter(isRequest).map((text) => `Unanswered: ${text}`) : [];
  return unique([...open.slice(-2), ...marked.reverse()]).slice(0, PENDING);
}

/** Tools run, entries referred to: what was done apart from what was said. */
function actsOf(messages: readonly StoredMessage[]): string[] {
  const tools = new Map<string, number>();
  const uris = new Set<string>();
  for (const part of messages.flatMap((message) => message.parts as readonly StoredPart[])) {
    if (part.type === 'tool')
      tools.set(part.tool_name ?? part.tool_id, (tools.get(part.tool_name ?? part.tool_id) ?? 0) + 1);
    if (part.type === 'context') uris.add(part.uri);
  }
  const ran = [...tools].map(([name, count]) => (count === 1 ? name : `${name} × ${count}`));
  return [
    ...(ran.length === 0 ? [] : [`Tools: ${ran.slice(0, 12).join(', ')}`]),
    ...(uris.size === 0 ? [] : [`Context: ${[...uris].slice(0, 8).join(', ')}`]),
  ];
}

function span(messages: readonly StoredMessage[]): string {
  const days = messages.map((message) => message.created_at.slice(0, 10)).sort();
  const [first = '', last = ''] = [days[0], days.at(-1)];
  return first === last ? first : `${first} to ${last}`;
}

function section(title: string, body: string): string {
  return `## ${title}\n\n${body === '' ? 'None stated.' : body}`;
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${clip(line, LINE_CHARS)}`).join('\n');
}

/** Within the size of an overview: lines go from the longest section first. */
function fitted(sections: readonly string[]): string {
  const parts = [...sections];
  const text = (): string => `${parts.join('\n\n')}\n`;
  while (text().length > OVERVIEW_MAX_CHARS) {
    const longest = parts.reduce(
      (best, part, index) => (part.length > (parts[best]?.length ?? 0) ? index : best),
      0,
    );
    const lines = (parts[longest] ?? '').split('\n');
    parts[longest] = lines.length > 4 ? lines.slice(0, -1).join('\n') : clip(parts[longest] ?? '', 800);
  }
  return text();
}

function unique(lines: readonly (string | undefined)[]): string[] {
  return [...new Set(lines.filter((line) => line !== undefined))];
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
