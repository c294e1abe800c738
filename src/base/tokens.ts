const CJK = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]/u;

/**
 * Estimated tokens of `text` for a language model: 1.5 per CJK character, 2 per character outside the basic plane,
 * a quarter for any other, rounded up. The reference system's estimate, kept so that budgets mean the same.
 */
export function estimateTokens(text: string): number {
  let quarters = 0;
  for (const character of text) {
    if (character.length > 1) quarters += 8;
    else if (character > '\u2fff' && CJK.test(character)) quarters += 6;
    else quarters += 1;
  }
  return Math.ceil(quarters / 4);
}

/** `text` cut to `limit` characters at a word boundary where one is near, with an ellipsis when cut. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, Math.max(0, limit - 1));
  const space = cut.lastIndexOf(' ');
  const end = space > limit * 0.6 ? space : cut.length;
  return `${cut.slice(0, end).replace(/[\s,;:.\uD800-\uDBFF]+$/u, '')}…`;
}
