export type {
  ContentEntry,
  ContentFile,
  ContentStore,
  ContentWatcher,
  EntryKind,
  Stamp,
  WalkOptions,
} from './contract.ts';
export type { AttributeCopier } from './keep-attributes.ts';
export { type ContentOptions, openContent } from './open-content.ts';
export { isOpenAt } from './pin.ts';
export type { CachedReader } from './read-cached.ts';
export { hiddenIn } from './remove.ts';
export { type WatchContentOptions, watchContent } from './watch/watch-content.ts';
