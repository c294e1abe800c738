import { normalText } from './normal-text.ts';
import type { Finding, Grammar } from './rule.ts';
import { CHINESE } from './rules-chinese.ts';
import { ENGLISH } from './rules-english.ts';

/** Longer sentences are texts, not statements. */
const SENTENCE_MAX_CHARS = 400;

/** A statement as it was said, and what it is about. */
export interface Statement extends Finding {
  readonly text: string;
}

/** What a sentence plainly states: nothing, one thing, or one thing per clause. Only the author's words, nothing inferred. */
export function statementsOf(sentence: string): Statement[] {
  if (sentence.length > SENTENCE_MAX_CHARS) return [];
  const grammar = grammarOf(sentence);
  const remembered = findRemembered(grammar, sentence);
  if (remembered !== undefined) return [{ ...remembered, text: sentence }];
  if (grammar.notStated.test(sentence.normalize('NFKC'))) return [];
  const clauses = sentence.split(grammar.clauseBreak).flatMap((clause) => {
    const finding = findIn(grammar, clause);
    return finding === undefined ? [] : [{ ...finding, text: clause.trim() }];
  });
  if (clauses.length > 1) return clauses;
  const whole = findIn(grammar, sentence);
  return whole === undefined ? [] : [{ ...whole, text: sentence }];
}

/** The statement as compared for being the same: without what may stand before it, letters and digits only. */
export function comparable(text: string): string {
  return normalText(bareStatement(grammarOf(text), text));
}

function grammarOf(text: string): Grammar {
  return /\p{Script=Han}/u.test(text) ? CHINESE : ENGLISH;
}

/** "Remember that …": what follows is kept whatever it is, under its own category when a rule knows it. */
function findRemembered(grammar: Grammar, sentence: string): Finding | undefined {
  if (/[?\uff1f]\s*$/.test(sentence)) return undefined;
  const bare = bareStatement(grammar, sentence);
  for (const pattern of grammar.remember) {
    const inner = pattern.exec(bare)?.groups?.['inner']?.trim();
    if (inner === undefined) continue;
    if (grammar.notRemembered.test(inner) || !saysSomething(inner)) return undefined;
    return findIn(grammar, inner) ?? { category: 'preferences', subject: inner };
  }
  return undefined;
}

function findIn(grammar: Grammar, text: string): Finding | undefined {
  const bare = bareStatement(grammar, text);
  for (const rule of grammar.rules) {
    const match = rule.pattern.exec(bare);
    const finding = match === null ? undefined : rule.find(match.groups ?? {}, bare);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

/** What the patterns read: compatibility forms (full-width punctuation) made plain, nothing before the statement. */
function bareStatement(grammar: Grammar, text: string): string {
  return text.normalize('NFKC').trim().replace(grammar.leadIn, '');
}

function saysSomething(text: string): boolean {
  return /\p{Script=Han}/u.test(text) ? text.length >= 4 : text.split(/\s+/).length >= 3;
}
