import { RE2JS } from 're2js';
import { isVikingError } from '../errors/index.ts';
import { VikingUri } from '../uri/index.ts';

/** What of an entry is text that a filter may look at. */
export type TextField = 'uri' | 'name' | 'context_type' | 'level';
/** What is a number: times in milliseconds since the epoch, size in bytes. */
export type NumberField = 'updated_at' | 'created_at' | 'size';

/** A condition on entries, as plain data. It decides before anything is scored. */
export type IndexFilter =
  | { readonly op: 'and' | 'or'; readonly of: readonly IndexFilter[] }
  | { readonly op: 'not'; readonly of: IndexFilter }
  | { readonly op: 'in'; readonly field: TextField; readonly values: readonly string[] }
  | { readonly op: 'prefix' | 'contains' | 'regex'; readonly field: TextField; readonly text: string }
  | { readonly op: 'range'; readonly field: NumberField; readonly range: NumberRange }
  /** Exactly these content paths. */
  | { readonly op: 'paths'; readonly paths: readonly string[] };

/** Bounds that are absent do not bound. */
export interface NumberRange {
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
}

/** An entry as a filter sees it. */
export interface Filtered {
  readonly path: string;
  readonly size: number;
  readonly updatedMs: number;
  /** Asks the disk, so only when a condition needs it. */
  createdMs(): number;
}

/** The filter as a function. Patterns are RE2, so none can take exponential time. */
export function entryFilter(filter: IndexFilter): (entry: Filtered) => boolean {
  switch (filter.op) {
    case 'and': {
      const all = filter.of.map(entryFilter);
      return (entry) => all.every((one) => one(entry));
    }
    case 'or': {
      const any = filter.of.map(entryFilter);
      return (entry) => any.some((one) => one(entry));
    }
    case 'not': {
      const refused = entryFilter(filter.of);
      return (entry) => !refused(entry);
    }
    case 'in': {
      const values = new Set(filter.values);
      return (entry) => values.has(textOf(entry, filter.field));
    }
    case 'prefix':
      return (entry) => textOf(entry, filter.field).startsWith(filter.text);
    case 'contains':
      return (entry) => textOf(entry, filter.field).includes(filter.text);
    case 'regex': {
      const pattern = RE2JS.compile(filter.text);
      return (entry) => pattern.matcher(textOf(entry, filter.field)).find();
    }
    case 'range':
      return (entry) => isInRange(numberOf(entry, filter.field), filter.range);
    case 'paths': {
      const paths = new Set(filter.paths);
      return (entry) => paths.has(entry.path);
    }
  }
}

function textOf({ path }: Filtered, field: TextField): string {
  if (field === 'name') return path.slice(path.lastIndexOf('/') + 1);
  // Only files are indexed; directories are answered as their layers.
  if (field === 'level') return '2';
  const uri = uriOf(path);
  if (uri === undefined) return '';
  if (field === 'uri') return String(uri);
  // What was said in a session is remembered, as everywhere in answers.
  return uri.contextType === 'session' ? 'memory' : uri.contextType;
}

function uriOf(path: string): VikingUri | undefined {
  try {
    return VikingUri.of(path.split('/').slice(1));
  } catch (error) {
    if (isVikingError(error)) return undefined;
    throw error;
  }
}

function numberOf(entry: Filtered, field: NumberField): number {
  if (field === 'size') return entry.size;
  return field === 'updated_at' ? entry.updatedMs : entry.createdMs();
}

function isInRange(value: number, { gt, gte, lt, lte }: NumberRange): boolean {
  return (
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte)
  );
}
