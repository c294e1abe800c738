import { z } from 'zod';
import { comparable } from './classify.ts';
import { digest } from './normal-text.ts';
import { withoutReview } from './review-note.ts';

/** One statement in a memory, with where it comes from. */
export const statementSchema = z.object({
  id: z.string(),
  key: z.string(),
  text: z.string(),
  /** When it was said, ISO-8601. */
  at: z.string(),
  /** Who said it. */
  by: z.string(),
  session: z.string(),
  archive: z.string(),
  messages: z.array(z.string()),
  extractor: z.string(),
  /** A newer statement took its place. */
  past: z.literal(true).optional(),
});
export type MemoryStatement = z.infer<typeof statementSchema>;

const provenanceSchema = z.object({
  type: z.string(),
  /** Digest of the body as we wrote it; another one means somebody edited the file. */
  body: z.string(),
  /** Stays once the file was edited by hand: from then on we only add to it. */
  edited: z.literal(true).optional(),
  statements: z.array(statementSchema),
});
type Provenance = z.infer<typeof provenanceSchema>;

/** A memory file taken apart. */
export interface MemoryFile {
  /** Markdown without the provenance comment. */
  readonly body: string;
  readonly statements: readonly MemoryStatement[];
  /** Written or changed by a person: never rewritten, only added to. */
  readonly isEdited: boolean;
}

export interface MergeResult {
  /** The whole file after. */
  readonly text: string;
  readonly outcome: 'stored' | 'merged' | 'duplicate';
}

const OPEN = '<!-- vikingfs-memory';
const CLOSE = '-->';
const HISTORY = '## History';

/** Takes a memory file apart. Any text is one: without our comment it was written by a person. */
export function parseMemory(raw: string): MemoryFile {
  const text = withoutReview(raw);
  const start = text.lastIndexOf(OPEN);
  const end = start === -1 ? -1 : text.indexOf(CLOSE, start);
  if (end === -1) return { body: text.trimEnd(), statements: [], isEdited: text.trim() !== '' };
  const provenance = readProvenance(text.slice(start + OPEN.length, end));
  const body = `${text.slice(0, start).trimEnd()}\n${text.slice(end + CLOSE.length)}`.trim();
  if (provenance === undefined) return { body, statements: [], isEdited: true };
  const isEdited = provenance.edited === true || provenance.body !== digest(body);
  return { body, statements: provenance.statements, isEdited };
}

/**
 * The file with a statement added. The same words are not added again. In a mergeable category the newest statement of
 * a key is the one that holds and older ones move to the history; a file edited by hand is only added to.
 */
export function mergeStatement(
  before: string | undefined,
  type: string,
  statement: MemoryStatement,
): MergeResult {
  const file = parseMemory(before ?? '');
  if (isKnown(file, statement)) return { text: before ?? '', outcome: 'duplicate' };
  const rivals = file.statements.filter((known) => known.key === statement.key && known.past !== true);
  const isNewest = rivals.every((rival) => rival.at <= statement.at);
  const added: MemoryStatement = isNewest ? statement : { ...statement, past: true };
  const statements = [
    ...file.statements.map((known) =>
      isNewest && rivals.includes(known) ? { ...known, past: true as const } : known,
    ),
    added,
  ];
  const body = file.isEdited ? appended(file.body, statement) : rendered(type, statements);
  const outcome = rivals.length === 0 ? 'stored' : 'merged';
  return { text: withProvenance(body, { type, statements, ...edited(file) }), outcome };
}

/** The statement's own earlier run, or the same words: as a statement that holds, or on a line somebody wrote. */
function isKnown(file: MemoryFile, statement: MemoryStatement): boolean {
  const words = comparable(statement.text);
  const current = file.statements.filter((known) => known.past !== true);
  if (file.statements.some((known) => known.id === statement.id)) return true;
  if (current.some((known) => comparable(known.text) === words)) return true;
  return file.isEdited && presentLines(file.body).some((line) => comparable(line) === words);
}

/** Lines above the history, without list marks and the date we add. */
function presentLines(body: string): string[] {
  const history = body.indexOf(HISTORY);
  return (history === -1 ? body : body.slice(0, history))
    .split('\n')
    .map((line) => line.replace(/^\s*[-*+]\s+/, '').replace(/ \(\d{4}-\d{2}-\d{2}\)$/, ''));
}

function rendered(type: string, statements: readonly MemoryStatement[]): string {
  const current = statements.filter((statement) => statement.past !== true);
  const past = statements.filter((statement) => statement.past === true);
  const isList = type === 'profile' || current.length !== 1;
  const lines = isList ? current.map(({ text }) => `- ${text}`).join('\n') : (current[0]?.text ?? '');
  const history = past
    .toSorted((left, right) => (left.at < right.at ? 1 : -1))
    .map(({ at, text }) => `- ${at.slice(0, 10)}: ${text}`);
  return [
    ...(type === 'profile' ? ['# Profile'] : []),
    lines,
    ...(history.length === 0 ? [] : [HISTORY, history.join('\n')]),
  ].join('\n\n');
}

/** Below what a person wrote, above a history if there is one. */
function appended(body: string, { text, at }: MemoryStatement): string {
  const line = `- ${text} (${at.slice(0, 10)})`;
  const history = body.indexOf(`\n${HISTORY}`);
  if (history === -1) return `${body}\n\n${line}`.trim();
  return `${body.slice(0, history).trimEnd()}\n\n${line}\n${body.slice(history)}`.trim();
}

function edited(file: MemoryFile): { edited?: true } {
  return file.isEdited ? { edited: true } : {};
}

function withProvenance(body: string, provenance: Omit<Provenance, 'body'>): string {
  // `-->` inside would end the comment.
  const json = JSON.stringify({ ...provenance, body: digest(body) })
    .replaceAll('<', String.raw`\u003c`)
    .replaceAll('>', String.raw`\u003e`);
  return `${body}\n\n${OPEN}\n${json}\n${CLOSE}\n`;
}

function readProvenance(json: string): Provenance | undefined {
  try {
    return provenanceSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
