import { estimateTokens } from '../base/tokens.ts';

/** Where a too long text is best cut, the best first. */
const BOUNDARIES = [/\n\s*\n/g, /\n/g, /[.!?。！？]\s*/g, /\s+/g];

/** Pieces of at most `maxTokens` estimated tokens each, cut at paragraphs, lines, sentences or words as near the end as can be. */
export function splitInput(text: string, maxTokens: number): string[] {
  if (estimateTokens(text) <= maxTokens) return [text];
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > 0) {
    const room = fitting(rest, maxTokens);
    const end = room >= rest.length ? rest.length : cutAt(rest, room);
    const piece = rest.slice(0, end);
    if (piece.trim() !== '') pieces.push(piece);
    rest = rest.slice(end);
  }
  return pieces.length === 0 ? [''] : pieces;
}

/** How many characters from the start are at most `maxTokens`. */
function fitting(text: string, maxTokens: number): number {
  // No character counts less than a quarter token, none more than two.
  let low = Math.min(text.length, Math.max(1, Math.floor(maxTokens / 2)));
  let high = Math.min(text.length, maxTokens * 4);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (estimateTokens(text.slice(0, middle)) <= maxTokens) low = middle;
    else high = middle - 1;
  }
  return low;
}

function cutAt(text: string, room: number): number {
  const window = text.slice(0, room);
  for (const boundary of BOUNDARIES) {
    let end = 0;
    for (const { index, 0: found } of window.matchAll(boundary)) end = index + found.length;
    if (end > room / 2) return end;
  }
  // Never between the halves of a surrogate pair.
  const last = window.charCodeAt(room - 1);
  return last >= 0xd800 && last < 0xdc00 && room > 1 ? room - 1 : room;
}
