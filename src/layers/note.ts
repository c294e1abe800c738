import type { TextKind } from '../base/text/file-kind.ts';
import type { TermCount } from '../base/text/key-terms.ts';

export interface Heading {
  readonly level: number;
  readonly title: string;
}

/** What a directory's layers say about one of its files: made from the file alone, kept until its stamp changes. */
export interface FileNote {
  readonly kind: TextKind | 'empty' | 'link' | 'special' | 'unreadable';
  /** Title, first heading or the file's own name. */
  readonly title: string;
  /** First sentence that says what it is; empty when nothing does. */
  readonly lead: string;
  readonly terms: readonly TermCount[];
  readonly outline: readonly Heading[];
  /** What a reader must know about how it was read, e.g. `binary, PNG image, 12 KB`; empty for ordinary text. */
  readonly remark: string;
  /** Of a conversation: sentences that cover what was said, in order. */
  readonly gist?: readonly string[];
}

/** What a directory's layers say about one of its directories. */
export interface DirectoryNote {
  readonly title: string;
  /** Its L0; empty while none is built. */
  readonly abstract: string;
  readonly terms: readonly TermCount[];
  /** Why it cannot be described, e.g. `permission denied`; empty otherwise. */
  readonly remark: string;
}

export type ChildNote =
  | {
      readonly name: string;
      readonly kind: 'file';
      readonly note: FileNote;
      /** Digest of its content; absent where it was not read. */
      readonly digest?: string;
    }
  | { readonly name: string; readonly kind: 'directory'; readonly note: DirectoryNote };

export const LEAD_CHARACTERS = 240;
export const FILE_TERMS = 40;
export const FILE_HEADINGS = 24;

/** A note that says nothing but the name and why. */
export function bareNote(kind: FileNote['kind'], name: string, remark: string): FileNote {
  return { kind, title: name, lead: '', terms: [], outline: [], remark };
}

/** `812 bytes`, `12 KB`, `3.4 MB`. */
export function sizeText(sizeBytes: number): string {
  if (sizeBytes < 1024) return sizeBytes === 1 ? '1 byte' : `${sizeBytes} bytes`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let size = sizeBytes / 1024;
  let unit = 0;
  while (size >= 1023.5 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size < 10 ? size.toFixed(1).replace('.0', '') : Math.round(size)} ${units[unit]}`;
}
