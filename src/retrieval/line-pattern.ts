import { isAscii } from 'node:buffer';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { VikingError } from '../errors/index.ts';

const PATTERN_LIMIT = 1_000;
/** Shorter ones are in nearly every text and save nothing. */
const LITERAL_MIN = 3;

/** A regular expression over single lines. */
export interface LinePattern {
  /** Where the first match in a line begins, in UTF-16 units; undefined for none. */
  find(line: string): number | undefined;
  /** False when no line of these bytes, read as UTF-8, can match: they need not be decoded. */
  mayMatch(bytes: Buffer): boolean;
  /** Text that every matching line has, when the pattern shows one. */
  readonly literal: string | undefined;
}

/**
 * Compiles RE2 syntax: no back-references and no look-around, hence time linear in the line whatever the pattern.
 * @throws INVALID_ARGUMENT
 */
export function linePattern(pattern: string, caseInsensitive: boolean): LinePattern {
  if (pattern === '') throw new VikingError('INVALID_ARGUMENT', 'the pattern is empty');
  if (pattern.length > PATTERN_LIMIT) {
    throw new VikingError('INVALID_ARGUMENT', `the pattern has more than ${PATTERN_LIMIT} characters`);
  }
  const compiled = compile(pattern, caseInsensitive);
  return {
    find: (line) => {
      const matcher = compiled.matcher(line);
      return matcher.find() ? matcher.start() : undefined;
    },
    // What equals what without regard to case differs between Unicode and lower-casing.
    literal: caseInsensitive ? undefined : requiredLiteral(pattern),
    mayMatch: bytesTest(requiredLiterals(pattern), caseInsensitive),
  };
}

/**
 * UTF-8 is found in UTF-8 byte by byte. Without regard to case only for letters whose other forms are all known: of ASCII
 * these are lower and upper case, the Kelvin sign (K) and the long s, which is why texts with non-ASCII bytes are decoded.
 */
function bytesTest(
  literals: readonly string[] | undefined,
  caseInsensitive: boolean,
): LinePattern['mayMatch'] {
  // What cannot be encoded, or stands for broken bytes, is in no byte as it is here.
  if (literals === undefined || !literals.every((one) => one.isWellFormed() && !one.includes('\ufffd')))
    return () => true;
  const wanted = literals.map((one) => Buffer.from(one));
  if (!caseInsensitive) return (bytes) => wanted.some((one) => bytes.includes(one));
  if (!wanted.every(isAscii)) return () => true;
  const lower = literals.map((one) => one.toLowerCase());
  return (bytes) => {
    if (!isAscii(bytes)) return true;
    const text = bytes.toString('latin1').toLowerCase();
    return lower.some((one) => text.includes(one));
  };
}

/** Of `foo|bar`, one for each alternative, if all show one. */
function requiredLiterals(pattern: string): readonly string[] | undefined {
  // Where a bar could mean itself, nothing is told apart.
  const alternatives = /[[\\]/.test(pattern) ? [pattern] : pattern.split('|');
  const literals = alternatives.map(requiredLiteral);
  return literals.every((one) => one !== undefined) ? literals : undefined;
}

function compile(pattern: string, caseInsensitive: boolean): RE2JS {
  try {
    return RE2JS.compile(pattern, caseInsensitive ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new VikingError('INVALID_ARGUMENT', `the pattern cannot be used: ${error.message}`, {
      hint: 'Patterns are RE2 regular expressions: no back-references, no look-around.',
      cause: error,
    });
  }
}

/**
 * The longest run of plain characters outside groups that a match must contain, or undefined. Careful rather than
 * clever: a pattern with groups, alternatives or `\Q…\E` has none.
 */
export function requiredLiteral(pattern: string): string | undefined {
  if (/[|()]|\\Q/.test(pattern)) return undefined;
  const characters = [...pattern];
  const runs: string[] = [];
  let run: string[] = [];
  const close = (): void => {
    runs.push(run.join(''));
    run = [];
  };
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '\\') {
      const next = characters[++at];
      if (next === undefined || /[\p{L}\p{N}]/u.test(next)) {
        close();
        if (characters[at + 1] === '{') at = characters.indexOf('}', at);
        else if (next === 'x' || next === 'p' || next === 'P' || /\d/.test(next ?? '')) return undefined;
        if (at < 0) return undefined;
      } else run.push(next);
    } else if (character === '[') {
      close();
      const end = classEnd(characters, at);
      if (end === undefined) return undefined;
      at = end;
    } else if (character === '*' || character === '?' || character === '{') {
      run.pop();
      close();
      if (character === '{') at = characters.indexOf('}', at);
      if (at < 0) return undefined;
    } else if (character === '+' || character === '.' || character === '^' || character === '$') close();
    else run.push(character);
  }
  close();
  const longest = runs.reduce((best, next) => (next.length > best.length ? next : best), '');
  return longest.length >= LITERAL_MIN ? longest : undefined;
}

function classEnd(characters: readonly string[], open: number): number | undefined {
  let at = open + 1;
  if (characters[at] === '^') at++;
  // A bracket that comes first is a member.
  if (characters[at] === ']') at++;
  for (; at < characters.length; at++) {
    if (characters[at] === '\\') at++;
    else if (characters[at] === '[') return undefined;
    else if (characters[at] === ']') return at;
  }
  return undefined;
}
