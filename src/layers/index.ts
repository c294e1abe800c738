export type { Layer, LayerEngine, LayersStatus, Level } from './contract.ts';
export {
  ABSTRACT_CHARACTERS,
  buildDirectoryLayers,
  type DirectoryInput,
  type DirectoryLayers,
  OVERVIEW_CHARACTERS,
  SHOWN_ENTRIES,
} from './directory-layers.ts';
export { type FileText, fileNote } from './file-note.ts';
export type { ChildNote, DirectoryNote, FileNote } from './note.ts';
export { type LayersOptions, openLayers } from './open-layers.ts';
