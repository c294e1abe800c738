import { join } from 'node:path';
import type { Corpus } from '../corpus.ts';
import { readSections, writeSections } from './section-file.ts';

/** Raise it when terms, passages or sections change meaning. */
const FORMAT = 1;
const FILE = 'words.snapshot';

interface Facts {
  readonly format: number;
  /** The store whose ids it has. */
  readonly generation: string;
  readonly documents: number;
  readonly passages: number;
}

/**
 * Everything searchable as one file, so that a start reads arrays instead of cutting and stemming all text again. A
 * cache: the store is the truth, and each document in it says by its version whether the snapshot's is the same.
 */
export async function saveSnapshot(dir: string, generation: string, corpus: Corpus): Promise<void> {
  const { documents, passages } = corpus;
  const facts: Facts = { format: FORMAT, generation, documents, passages };
  await writeSections(join(dir, FILE), facts, corpus.sections());
}

/** Fills an empty corpus. Returns why it could not, if so; the corpus must not be used then. */
export async function loadSnapshot(
  dir: string,
  generation: string,
  corpus: Corpus,
): Promise<string | undefined> {
  const found = await readSections<Facts>(join(dir, FILE), (facts) => {
    if (facts.format !== FORMAT) return `it has format ${facts.format}`;
    return facts.generation === generation ? undefined : 'it is of another store';
  });
  if (typeof found === 'string') return found;
  try {
    corpus.adopt(found.sections);
  } catch (error) {
    return String(error);
  }
  const { documents, passages } = found.facts;
  if (corpus.documents === documents && corpus.passages === passages) return undefined;
  return `it holds ${corpus.documents} documents and ${corpus.passages} passages, not ${documents} and ${passages}`;
}
