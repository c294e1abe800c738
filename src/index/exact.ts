/** Terms asked for as they are written that in so many passages or fewer lift those above all others. */
const EXACT_MOST = 10;
const TERMS_MOST = 5;
const TERM_CHARS = { least: 3, most: 200 };

/** `"deadline exceeded"`, also in curly quotes or backticks; an apostrophe is no quote. */
const QUOTED = /"([^"\n]+)"|\u201c([^\u201d\n]+)\u201d|`([^`\n]+)`/gu;
/** `ERR_SOCKET`, `fooBar`, `a/b.ts`, `E4012`, `CVE-2024-1234`, `ENOENT`: letters with what prose does not have in words. */
const IDENTIFIER =
  /(?=[^\s]*\p{L})(?:[\p{L}\p{N}]+(?:[_./:\\-]+[\p{L}\p{N}]+)*[_./:\\][\p{L}\p{N}]+|\p{L}*\p{Ll}\p{Lu}[\p{L}\p{N}]*|[\p{L}-]+-?\p{N}[\p{L}\p{N}-]*|\p{N}+\p{L}[\p{L}\p{N}]*|\p{Lu}{4,})/gu;

/** What of a question is meant letter by letter: quoted phrases, identifiers, paths, codes. In lower case. */
export function exactTerms(text: string): readonly string[] {
  const terms = new Set<string>();
  for (const match of text.matchAll(QUOTED)) terms.add(plain(match[1] ?? match[2] ?? match[3]!));
  for (const [term] of text.replace(QUOTED, ' ').matchAll(IDENTIFIER)) terms.add(plain(term));
  return [...terms]
    .filter(({ length }) => length >= TERM_CHARS.least && length <= TERM_CHARS.most)
    .slice(0, TERMS_MOST);
}

/**
 * Share of the terms that each passage has, word for word; 0 for all when a term is so common that it tells nothing.
 * `passages` are those that could have them.
 */
export function exactShares(terms: readonly string[], passages: readonly string[]): readonly number[] {
  const shares = passages.map(() => 0);
  const texts = passages.map(plain);
  for (const term of terms) {
    const having = texts.flatMap((text, at) => (includesWord(text, term) ? [at] : []));
    if (having.length > EXACT_MOST) continue;
    for (const at of having) shares[at]! += 1 / terms.length;
  }
  return shares;
}

/** Not within a longer word: `E401` is not in `E4012`. */
function includesWord(text: string, term: string): boolean {
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
    if (!isWordAt(text, at - 1) && !isWordAt(text, at + term.length)) return true;
  }
  return false;
}

function isWordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && /[a-z0-9_]/.test(text[at]!);
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim().toLowerCase();
}
