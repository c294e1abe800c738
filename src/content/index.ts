export type {
  ContentEntry,
  ContentStore,
  ContentWatcher,
  EntryKind,
  Stamp,
  WalkOptions,
} from './contract.ts';
export { type ContentOptions, openContent } from './open-content.ts';
