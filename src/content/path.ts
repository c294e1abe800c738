import { VikingError } from '../errors/index.ts';
import { NAME_MAX_BYTES } from '../uri/index.ts';

/**
 * Segments of a content path; none for the content directory itself.
 * @throws INVALID_URI for a leading slash, an empty segment, `.`, `..`, NUL or invalid Unicode; NAME_TOO_LONG
 */
export function segmentsOf(path: string): string[] {
  if (path === '') return [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '' || segment === '.' || segment === '..') {
      throw new VikingError('INVALID_URI', `${quoted(path)}: ${JSON.stringify(segment)} is not a name`);
    }
    if (segment.includes('\0'))
      throw new VikingError('INVALID_URI', `${quoted(path)}: a name cannot contain NUL`);
    if (!segment.isWellFormed())
      throw new VikingError('INVALID_URI', `${quoted(path)}: a name is not valid Unicode`);
    if (Buffer.byteLength(segment) > NAME_MAX_BYTES) {
      throw new VikingError('NAME_TOO_LONG', `${quoted(path)}: a name has more than ${NAME_MAX_BYTES} bytes`);
    }
  }
  return segments;
}

/** The path of a child; `parent` may be the content directory itself. */
export function childPath(parent: string, name: string): string {
  return parent === '' ? name : `${parent}/${name}`;
}

/** A path as error messages name it. */
export function shown(path: string): string {
  return path === '' ? 'the content directory' : path.slice(0, 300);
}

function quoted(path: string): string {
  return JSON.stringify(path.slice(0, 300));
}

/** Orders names by code point, which is the order of their UTF-8 bytes; `<` orders by UTF-16 units. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return weight(left) - weight(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above every other unit. */
function weight(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
