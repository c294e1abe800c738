import { MEMORY_CATEGORIES, type MemoryCategory } from '../base/memory-categories.ts';
import { VikingUri } from '../uri/index.ts';

/** What a kind of memory is: where its files are, how they are named, and what a model is told of it. */
export interface Category {
  readonly name: string;
  /** Below `memories/`. */
  readonly directory: string;
  /** File name without `.md`; `{subject}`, `{date}` and names of fields stand for their values. */
  readonly fileName: string;
  /** Whether a newer statement about the same thing takes the place of the older; otherwise each is a file of its own. */
  readonly isMergeable: boolean;
  /** What belongs here, for a model. */
  readonly prompt: string;
  /** What a model fills in beside the text. */
  readonly fields: readonly string[];
}

/** Every category of a home, by name. */
export type Categories = ReadonlyMap<string, Category>;

const PROMPTS: Readonly<Record<MemoryCategory, string>> = {
  profile: 'who the person is: name, role, home, employer, languages, family, health facts they stated',
  preferences: 'how they like things done: tools, style, formats, habits, what to avoid',
  entities: 'people, projects, services and things of theirs, and what those are',
  events: 'decisions and things that happened, with when',
  cases: 'a problem, its cause and what solved it',
  patterns: 'procedures that recur: whenever X, they do Y',
};

const ADD_ONLY: ReadonlySet<string> = new Set<MemoryCategory>(['events', 'cases']);

export const BUILT_IN: readonly Category[] = MEMORY_CATEGORIES.map((name) => ({
  name,
  directory: name === 'profile' ? '' : name,
  fileName: name === 'profile' ? 'profile' : name === 'events' ? '{date}-{subject}' : '{subject}',
  isMergeable: isMergeable(name),
  prompt: PROMPTS[name],
  fields: [],
}));

/** Built-in and custom ones; a custom one may not take a built-in name (the loader sees to it). */
export function categoriesOf(custom: readonly Category[] = []): Categories {
  return new Map([...BUILT_IN, ...custom].map((category) => [category.name, category]));
}

/** For built-in categories, which is what rules know. */
export function isMergeable(name: MemoryCategory): boolean {
  return !ADD_ONLY.has(name);
}

/** Whose memories: a user's own, or those about one peer. */
export interface Owner {
  readonly user: string;
  readonly peer?: string;
}

/** Directory of a category; for `profile` the directory that holds `profile.md`. */
export function categoryUri(owner: Owner, category: Category): VikingUri {
  if (category.name === 'profile' && owner.peer === undefined) return VikingUri.user(owner.user);
  const segments = category.directory.split('/').filter((segment) => segment !== '');
  return memoriesUri(owner).join(...segments);
}

function memoriesUri({ user, peer }: Owner): VikingUri {
  return peer === undefined
    ? VikingUri.user(user, 'memories')
    : VikingUri.user(user, 'peers', peer, 'memories');
}
