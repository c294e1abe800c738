export type {
  Chat,
  ChatMessage,
  ChatRequest,
  Embedder,
  Embedding,
  EndpointHealth,
  ModelCall,
  ModelCallOptions,
  ModelPriority,
  Models,
  RedactionEntry,
  RemoteEmbedder,
  Reranker,
  TermFeatures,
  UsageReport,
  UsageRow,
  UsageStore,
} from './contract.ts';
export { createHashEmbedder, HASH_DIMENSIONS, HashEmbedder } from './embedded/index.ts';
export { type ModelSettings, type OpenModelsOptions, openModels } from './open-models.ts';
export { keyOf as usageKey } from './usage.ts';
