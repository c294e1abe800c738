import { VikingUri } from '../uri/index.ts';

/** The built-in categories of memories. */
export const CATEGORIES = ['profile', 'preferences', 'entities', 'events', 'cases', 'patterns'] as const;
export type Category = (typeof CATEGORIES)[number];

/** Whether a new statement about the same thing replaces the old one in its file; otherwise each is a file of its own. */
export function isMergeable(category: Category): boolean {
  return category !== 'events' && category !== 'cases';
}

/** Whose memories: a user's own, or those about one peer. */
export interface Owner {
  readonly user: string;
  readonly peer?: string;
}

/** Directory of a category; for `profile` the directory that holds `profile.md`. */
export function categoryUri(owner: Owner, category: Category): VikingUri {
  const memories = memoriesUri(owner);
  if (category !== 'profile') return memories.join(category);
  return owner.peer === undefined ? VikingUri.user(owner.user) : memories;
}

function memoriesUri({ user, peer }: Owner): VikingUri {
  return peer === undefined
    ? VikingUri.user(user, 'memories')
    : VikingUri.user(user, 'peers', peer, 'memories');
}
