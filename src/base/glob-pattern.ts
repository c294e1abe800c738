import { RE2JS, RE2JSSyntaxException } from 're2js';
import { VikingError } from '../errors/index.ts';

const PATTERN_LIMIT = 1_000;

/**
 * A test of paths, relative and with `/`, against a shell pattern: `*` and `?` stay within a name, `**` as a whole
 * segment stands for any number of directories, `[a-z]` and `[!a-z]` for one character, `{a,b}` for either, a
 * backslash takes the next character literally. Translated to RE2, because matchers on backtracking expressions
 * (picomatch among them) take years for `*a*a*a*a*a*a*b`.
 * @throws INVALID_ARGUMENT for an empty or malformed pattern, or one that leaves the directory
 */
export function globMatcher(pattern: string): (path: string) => boolean {
  if (pattern.length > PATTERN_LIMIT)
    throw malformed(`${pattern.slice(0, 60)}…`, `more than ${PATTERN_LIMIT} characters`);
  const relative = pattern.replace(/^(?:\.?\/)+/, '').replace(/\/+/g, '/');
  if (relative === '' || relative === '.') throw malformed(pattern, 'it is empty');
  if (relative.split('/').includes('..')) throw malformed(pattern, '".." is not part of a path');
  const source = new Translation(pattern, relative).source();
  try {
    const compiled = RE2JS.compile(source);
    return (path) => compiled.matches(path);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw malformed(pattern, error.message);
  }
}

const NAME = '[^/]';

class Translation {
  readonly #shown: string;
  readonly #text: readonly string[];
  #at = 0;
  #braces = 0;

  constructor(shown: string, pattern: string) {
    this.#shown = shown;
    this.#text = [...pattern];
  }

  source(): string {
    let source = '(?s)^';
    while (this.#at < this.#text.length) source += this.#next();
    if (this.#braces > 0) throw malformed(this.#shown, 'a brace is not closed');
    return `${source}$`;
  }

  #next(): string {
    const character = this.#text[this.#at++]!;
    switch (character) {
      case '*':
        return this.#star();
      case '?':
        return NAME;
      case '[':
        return this.#class();
      case '{':
        this.#braces++;
        return '(?:';
      case '}':
        if (--this.#braces < 0) throw malformed(this.#shown, 'a brace is closed that was not opened');
        return ')';
      case ',':
        return this.#braces > 0 ? '|' : ',';
      case '\\':
        if (this.#at === this.#text.length) throw malformed(this.#shown, 'it ends in a backslash');
        return RE2JS.quote(this.#text[this.#at++]!);
      default:
        return RE2JS.quote(character);
    }
  }

  /** One star, or `**` where it is a whole segment: `a/**` is everything below `a`, `**` alone everything. */
  #star(): string {
    const startsSegment = this.#at === 1 || '/{,'.includes(this.#text[this.#at - 2]!);
    let stars = 1;
    while (this.#text[this.#at] === '*') {
      this.#at++;
      stars++;
    }
    const after = this.#text[this.#at];
    if (stars < 2 || !startsSegment) return `${NAME}*`;
    if (after === undefined || after === '}' || after === ',') return '.+';
    if (after !== '/') return `${NAME}*`;
    this.#at++;
    return `(?:${NAME}+/)*`;
  }

  #class(): string {
    const isNegated = this.#text[this.#at] === '!' || this.#text[this.#at] === '^';
    if (isNegated) this.#at++;
    const start = this.#at;
    let members = '';
    while (this.#text[this.#at] !== ']' || this.#at === start) {
      const member = this.#text[this.#at++];
      if (member === undefined) throw malformed(this.#shown, 'a bracket is not closed');
      if (member === '/') throw malformed(this.#shown, 'a "/" in brackets');
      if (member === '\\' && this.#at < this.#text.length) members += escaped(this.#text[this.#at++]!);
      else members += member === '-' ? member : escaped(member);
    }
    this.#at++;
    return isNegated ? `[^/${members}]` : `[${members}]`;
  }
}

function escaped(member: string): string {
  return /[\\\]^[&~-]/.test(member) ? `\\${member}` : member;
}

function malformed(pattern: string, why: string): VikingError {
  return new VikingError('INVALID_ARGUMENT', `pattern ${JSON.stringify(pattern)}: ${why}`, {
    hint: 'Use * ? ** [a-z] {a,b}, relative to the directory searched.',
  });
}
