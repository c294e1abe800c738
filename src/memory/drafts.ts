import type { ContentStore } from '../content/contract.ts';
import { isVikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';
import type { Category } from './categories.ts';
import type { MemoryStatement } from './memory-file.ts';
import { ownPlace } from './own-place.ts';
import type { PlannedWrite } from './plan.ts';

/** A memory file as it was and as it will be. */
export interface Draft {
  readonly uri: VikingUri;
  readonly category: Category;
  readonly before: string | undefined;
  /** Undefined: there is none, or it goes. */
  text: string | undefined;
  readonly statements: MemoryStatement[];
}

/** The files one extraction looks at, each read once. */
export interface Drafts {
  /** The draft of a file; a new one when there is no file. */
  open(uri: VikingUri, category: Category): Promise<Draft>;
  within(directory: VikingUri, category: Category): Draft[];
  writes(): PlannedWrite[];
}

export function createDrafts(content: ContentStore, principal: Principal): Drafts {
  const drafts = new Map<string, Draft>();
  return {
    async open(uri, category) {
      const known = drafts.get(uri.toString());
      if (known !== undefined) return known;
      const before = await readMemory(content, principal, uri);
      const draft: Draft = { uri, category, before, text: before, statements: [] };
      drafts.set(uri.toString(), draft);
      return draft;
    },
    within: (directory, category) =>
      [...drafts.values()].filter(
        (draft) => draft.category.name === category.name && draft.uri.isWithin(directory),
      ),
    writes: () => [...drafts.values()].flatMap(plannedWrite),
  };
}

function plannedWrite({ uri, category, before, text, statements }: Draft): PlannedWrite[] {
  if (text === before) return [];
  return [
    {
      uri: uri.toString(),
      memory_type: category.name,
      ...(before === undefined ? {} : { before }),
      ...(text === undefined ? {} : { after: text }),
      statements,
    },
  ];
}

/** Text of a memory file; undefined when there is none. @throws PERMISSION_DENIED for what is not the caller's */
export async function readMemory(
  content: ContentStore,
  principal: Principal,
  uri: VikingUri,
): Promise<string | undefined> {
  try {
    const { path, real } = await ownPlace(content, principal, uri);
    return (await content.read(path, undefined, { real })).toString();
  } catch (error) {
    if (isVikingError(error) && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
