/** Names that mean something to vikingfs in every directory, and the root's own directory of controls. */
export const ABSTRACT = '.abstract.md';
export const OVERVIEW = '.overview.md';
export const RELATIONS = '.relations.json';
export const META = '.meta.json';
export const FIND = '.find';
export const CONTROL = '.viking';

/** The two layer files; writing one pins it. */
export const LAYER_FILES: ReadonlySet<string> = new Set([ABSTRACT, OVERVIEW]);

/** Every name a directory answers to without the name being a file of the user's. */
export const MAGIC_NAMES: ReadonlySet<string> = new Set([ABSTRACT, OVERVIEW, RELATIONS, META, FIND]);

/** Temporary files of atomic writes; never listed, indexed or reported. */
export function isStagingName(name: string): boolean {
  return name.startsWith('.vikingfs-') && name.endsWith('.tmp');
}
