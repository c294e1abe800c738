import { countTerms, topTerms } from '../base/text/key-terms.ts';
import { sentences } from '../base/text/sentences.ts';
import { clip } from '../base/tokens.ts';
import { coveringSentences } from './coverage.ts';
import { FILE_TERMS, type FileNote, LEAD_CHARACTERS } from './note.ts';

/** Words of a conversation's gist: found 83 of 100 sessions in the first five (75 words: 63). */
const GIST_WORDS = 300;
/** Newest sentences looked at; a session lives long, and its newest part is what it is about now. */
const GIST_SENTENCES = 2000;

interface Said {
  readonly role: string;
  readonly text: string;
  readonly time: string;
}

/** A note of `messages.jsonl`: how many messages and when, what was asked last, covering sentences and key terms. */
export function conversationNote(text: string, name: string, remark: string): FileNote {
  const said = saidIn(text);
  const spoken = said.filter(({ text: words }) => words !== '');
  const all = spoken.flatMap(({ text: words }) => sentences(words)).slice(-GIST_SENTENCES);
  return {
    kind: 'conversation',
    title: name,
    lead: leadOf(said, spoken),
    terms: topTerms(countTerms(all.join('\n')), FILE_TERMS),
    outline: [],
    remark,
    gist: coveringSentences(all, GIST_WORDS),
  };
}

function leadOf(said: readonly Said[], spoken: readonly Said[]): string {
  const count = said.length === 1 ? '1 message' : `${said.length} messages`;
  const days = [
    ...new Set(said.map(({ time }) => time.slice(0, 10)).filter((day) => /^\d{4}-\d\d-\d\d$/.test(day))),
  ].sort();
  const when = days.length === 0 ? '' : days.length === 1 ? `, ${days[0]}` : `, ${days[0]} to ${days.at(-1)}`;
  const last = spoken.findLast(({ role }) => role === 'user') ?? spoken.at(-1);
  const quote =
    last === undefined ? '' : ` Last asked: "${clip((sentences(last.text)[0] ?? last.text).trim(), 90)}"`;
  return clip(`${count}${when}.${quote}`, LEAD_CHARACTERS);
}

function saidIn(text: string): Said[] {
  const said: Said[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    try {
      const message = JSON.parse(line) as {
        role?: unknown;
        content?: unknown;
        parts?: unknown;
        created_at?: unknown;
      };
      if (typeof message !== 'object' || message === null) continue;
      said.push({
        role: typeof message.role === 'string' ? message.role : '',
        text: textOf(message.content, message.parts),
        time: typeof message.created_at === 'string' ? message.created_at : '',
      });
    } catch {
      // A torn or hand-edited line: the rest of the conversation still counts.
    }
  }
  return said;
}

function textOf(content: unknown, parts: unknown): string {
  if (typeof content === 'string') return content;
  const list: unknown = Array.isArray(parts) ? parts : content;
  if (!Array.isArray(list)) return '';
  return list
    .map((part: unknown) => {
      const { text, abstract } = (part ?? {}) as { text?: unknown; abstract?: unknown };
      if (typeof text === 'string') return text;
      return typeof abstract === 'string' ? abstract : '';
    })
    .filter((piece) => piece !== '')
    .join('\n');
}
