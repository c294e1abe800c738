import { clip } from '../base/tokens.ts';

const MAX_NAME_LENGTH = 50;

/**
 * A safe entry name for something the daemon has to name itself: letters and digits of any script, `-`, `.` and `_`
 * stay, anything else becomes `_`; runs collapse, ends are trimmed, at most 50 characters; `unnamed` when nothing is left.
 */
export function resourceName(text: string): string {
  const safe = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{M}._-]+/gu, '_')
    .replace(/_{2,}/g, '_')
    .replace(/^[._]+|[._]+$/g, '');
  return safe === '' ? 'unnamed' : clip(safe, MAX_NAME_LENGTH).replace(/…$/, '');
}

/** `name`, then `name_1` to `name_100`: the names to try when the first is taken. */
export function* candidateNames(name: string): Generator<string> {
  yield name;
  for (let index = 1; index <= 100; index++) yield `${name}_${index}`;
}
