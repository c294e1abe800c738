import type { LineRange } from '../../api/results.ts';
import { hash32 } from '../../base/text/hash32.ts';
import { tokenize } from '../../base/text/tokenize.ts';

/** A piece of a document that is indexed and answered as one. */
export interface Passage {
  /** What a reader is shown. */
  readonly text: string;
  readonly lines: LineRange;
  /** Headings or symbols it stands under, outermost first, joined with ` > `; the speaker of a message. */
  readonly heading: string;
  /** What is indexed in place of `heading` and `text`, when that differs. */
  readonly indexed?: string;
  /** Index term of the speaker's name; only for messages of named speakers. */
  readonly speaker?: string;
}

/** Index terms of a passage, those of its heading first. */
export function passageTerms(passage: Pick<Passage, 'heading' | 'text' | 'indexed'>): string[] {
  return tokenize(passage.indexed ?? `${passage.heading}\n${passage.text}`);
}

/** Tells a passage from others of its document: 53 bits of what is indexed and shown. */
export function fingerprint(passage: Pick<Passage, 'heading' | 'text'>): number {
  const whole = `${passage.heading}\n${passage.text}`;
  return hash32(whole) * 2 ** 21 + (hash32(whole, 0x9747b28c) >>> 11);
}
