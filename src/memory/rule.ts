import type { MemoryCategory } from '../base/memory-categories.ts';

/** What a rule found in a sentence. */
export interface Finding {
  readonly category: MemoryCategory;
  /** What the statement is about, in the author's words: names the file. */
  readonly subject: string;
  /**
   * The one thing that can be said once about the subject: a later statement with the same attribute replaces this
   * one. Without it, the words of the subject decide, whatever their order and polarity.
   */
  readonly attribute?: string;
}

/** A pattern for one way of saying something plainly. `find` may still refuse what it matched. */
export interface Rule {
  readonly pattern: RegExp;
  readonly find: (
    groups: Readonly<Record<string, string | undefined>>,
    sentence: string,
  ) => Finding | undefined;
}

/** How one language says things. */
export interface Grammar {
  /** What may stand before a statement without changing it: "also, ". */
  readonly leadIn: RegExp;
  /** Questions, hypotheses, hearsay, doubt: nothing is stated. */
  readonly notStated: RegExp;
  /** Where a sentence may hold two statements. */
  readonly clauseBreak: RegExp;
  /** An explicit request to remember; group `inner` is what. */
  readonly remember: readonly RegExp[];
  /** `inner` of such a request that is no fact: a reminder, a memory of the author's. */
  readonly notRemembered: RegExp;
  /** Tried in order; the first that finds something decides. */
  readonly rules: readonly Rule[];
}

/** A finding whose subject is the named group, unless `unfit` matches there. */
export function about(
  category: MemoryCategory,
  group: string,
  unfit: RegExp,
  attribute?: string,
): Rule['find'] {
  return (groups) => {
    const subject = (groups[group] ?? '').trim();
    if (subject === '' || unfit.test(subject)) return undefined;
    return { category, subject, ...(attribute === undefined ? {} : { attribute }) };
  };
}
