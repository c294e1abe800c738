import type { ContentStore } from '../content/contract.ts';
import { VikingError } from '../errors/index.ts';

/** A dot-file: neither searched nor among the skill's files. */
const SOURCE_FILE = '.source.json';
const SOURCE_MOST_BYTES = 64 * 1024;

type SourceMetadata = Readonly<Record<string, unknown>>;

/** What is kept of what a caller says of a skill's source; undefined for nothing. @throws TOO_LARGE above 64 KiB */
export function sourceText(metadata: SourceMetadata = {}): string | undefined {
  if (Object.keys(metadata).length === 0) return undefined;
  const text = `${JSON.stringify(metadata, null, 2)}\n`;
  if (Buffer.byteLength(text) <= SOURCE_MOST_BYTES) return text;
  throw new VikingError('TOO_LARGE', `source_metadata has more than ${SOURCE_MOST_BYTES} bytes`);
}

/**
 * Keeps `text` beside the skill; without one, what was said of an earlier skill goes as its files did. `real` is where the
 * skill was put. @throws PERMISSION_DENIED when it is no longer there: something else took the directory's place
 */
export async function noteSource(
  content: ContentStore,
  { path, real }: { readonly path: string; readonly real: string },
  text?: string,
): Promise<void> {
  const checked = { real: `${real}/${SOURCE_FILE}` };
  if (text !== undefined) await content.write(`${path}/${SOURCE_FILE}`, text, checked);
  else await content.remove(`${path}/${SOURCE_FILE}`, checked);
}

/** Null when nothing was said, or somebody made something else of it. */
export async function readSource(content: ContentStore, skill: string): Promise<SourceMetadata | null> {
  const path = `${skill}/${SOURCE_FILE}`;
  if ((await content.stat(path))?.kind !== 'file') return null;
  try {
    const bytes = await content.read(path, SOURCE_MOST_BYTES, { real: path });
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as SourceMetadata) : null;
  } catch {
    return null;
  }
}
