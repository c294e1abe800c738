const OPEN = '<!-- vikingfs-review\n';
const CLOSE = '\n-->\n\n';

/** What a person needs to decide, in a comment before the memory as it would be. */
export interface ReviewNote {
  readonly targetUri: string;
  readonly memoryType: string;
  /** One line each: message id, author and time. */
  readonly evidence: readonly string[];
  readonly diff: string;
}

/** The file that waits: what it would change and why, then the whole memory, so that `mv` into place accepts it. */
export function withReview(note: ReviewNote, memory: string): string {
  const head = [
    `target: ${note.targetUri}`,
    `category: ${note.memoryType}`,
    'accept: mv this file to the target; reject: rm',
    ...note.evidence.map((line) => `evidence: ${line}`),
    'diff:',
    note.diff,
  ].join('\n');
  return `${OPEN}${withoutClose(head)}${CLOSE}${memory}`;
}

/** The memory in a file that waited, or any other text as it is. */
export function withoutReview(text: string): string {
  if (!text.startsWith(OPEN)) return text;
  const end = text.indexOf(CLOSE);
  return end === -1 ? text : text.slice(end + CLOSE.length);
}

/** The note of a file that waits; undefined when it has none. */
export function readReview(text: string): ReviewNote | undefined {
  if (!text.startsWith(OPEN)) return undefined;
  const head = text.slice(OPEN.length, text.indexOf(CLOSE));
  const [fields = '', diff = ''] = head.split(/\ndiff:\n/);
  const lines = fields.split('\n');
  const value = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const targetUri = value('target');
  if (targetUri === undefined) return undefined;
  return {
    targetUri,
    memoryType: value('category') ?? '',
    evidence: lines.filter((line) => line.startsWith('evidence: ')).map((line) => line.slice(10)),
    diff,
  };
}

/** Whether a removal that waits is still of this text. */
export function isRemovalOf(text: string, diff: string): boolean {
  return withoutClose(lineDiff(text, '')) === diff;
}

/** `-->` would end the comment. */
function withoutClose(text: string): string {
  return text.replaceAll('-->', '-- >');
}

/** Lines that go and lines that come, of the part of a memory people read. Order within the text is kept. */
export function lineDiff(before: string, after: string): string {
  const old = linesOf(before);
  const now = linesOf(after);
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
  ].join('\n');
}

function linesOf(text: string): string[] {
  const comment = text.lastIndexOf('<!-- vikingfs-memory');
  const body = comment === -1 ? text : text.slice(0, comment);
  return body.split('\n').filter((line) => line.trim() !== '');
}
