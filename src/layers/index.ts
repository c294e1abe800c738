export type { Layer, LayerEngine, LayersStatus, Level } from './contract.ts';
export { fileNote } from './file-note.ts';
export { type ModelWave, startModelWave } from './model/wave.ts';
export { type LayersOptions, openLayers } from './open-layers.ts';
