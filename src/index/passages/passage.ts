import type { LineRange } from '../../api/results.ts';
import { HASH32_SEED, hash32Twice } from '../../base/text/hash32.ts';
import { type WordRun, wordRun } from '../../base/text/tokenize.ts';

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

/** What a passage is indexed under, as its words: those of its heading first. */
export function passageTerms(passage: Pick<Passage, 'heading' | 'text' | 'indexed'>): WordRun {
  return wordRun(passage.indexed ?? `${passage.heading}\n${passage.text}`);
}

/** Tells a passage from others of its document: 53 bits of what is indexed and shown. */
export function fingerprint(passage: Pick<Passage, 'heading' | 'text'>): number {
  const [high, low] = hash32Twice(`${passage.heading}\n${passage.text}`, [HASH32_SEED, 0x9747b28c]);
  return high * 2 ** 21 + (low >>> 11);
}
