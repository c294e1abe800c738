import { decodeHead } from '../../base/text/file-kind.ts';
import type { ContentEntry, ContentStore } from '../../content/contract.ts';
import type { FileExcerpt } from '../contract.ts';
import type { FileNote } from '../note.ts';
import { readFileText } from '../read-note.ts';

/** What a model is shown of one file: about 1,500 tokens say what it is; the rest says it again. */
const HEAD_CHARACTERS = 5_000;
const TAIL_CHARACTERS = 1_000;

const KINDS: Readonly<Partial<Record<FileNote['kind'], FileExcerpt['kind']>>> = {
  markdown: 'documentation',
  text: 'other',
  code: 'code',
  conversation: 'conversation',
};

/** Whether a model has anything to say of a file that its name and size do not. */
export function isDescribable(note: FileNote): boolean {
  return KINDS[note.kind] !== undefined && !/^(?:minified|generated)/.test(note.remark);
}

/** The text of a file as a model is shown it; undefined when it cannot be read as text now. */
export async function readExcerpt(
  content: ContentStore,
  entry: ContentEntry,
  { note, digest }: { readonly note: FileNote; readonly digest: string },
): Promise<FileExcerpt | undefined> {
  const kind = KINDS[note.kind];
  if (kind === undefined) return undefined;
  try {
    const { head, tail } = await readFileText(content, entry);
    const text = decodeHead(head);
    if (text === undefined || text.trim() === '') return undefined;
    const end = tail === undefined ? text : Buffer.from(tail).toString('utf8');
    return { name: entry.name, kind, digest, text: excerptOf(text, end, note) };
  } catch {
    return undefined;
  }
}

function excerptOf(text: string, end: string, note: FileNote): string {
  if (text === end && text.length <= HEAD_CHARACTERS + TAIL_CHARACTERS) return text.toWellFormed();
  const outline = note.outline.map(({ level, title }) => `${'  '.repeat(level - 1)}- ${title}`).join('\n');
  const parts = [text.slice(0, HEAD_CHARACTERS), '[…]'];
  if (outline !== '') parts.push(`Outline of the whole:\n${outline}`);
  parts.push(end.slice(-TAIL_CHARACTERS));
  return parts.join('\n').toWellFormed();
}
