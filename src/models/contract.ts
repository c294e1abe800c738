/**
 * The model contracts. The embedded implementations need no key, no network and no files; what is configured is reached
 * through `openModels`, on the main thread only: the text worker never speaks to a network.
 */
import type { z } from 'zod';

export interface Embedder {
  /** Says what made a vector; vectors of different stamps are never compared. E.g. `embedded-hash-v1/1024`. */
  readonly stamp: string;
  readonly dimensions: number;
  /** True when a vector costs no network and little time, so that it may be made on the read path. */
  readonly local: boolean;
  /** One unit-length vector per text, in order. @throws MODEL_UNAVAILABLE, DEADLINE_EXCEEDED */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
  /**
   * The vector of a text given as its index terms, each scaled by `weightOf` (default 1), e.g. by the rarity of a
   * query's words. Absent where a text cannot be embedded from its terms alone.
   */
  embedTerms?(terms: readonly string[], weightOf?: (term: string) => number): Float32Array;
  /**
   * A vector folded to this length (component `i` added to `i` modulo it) still tells near from far: true of hashed
   * features. A graph over folded vectors needs a fraction of the memory. Absent: vectors must stay whole.
   */
  readonly foldedDimensions?: number;
  /** Present where a vector is a sum over a text's terms: near texts are then found from their words, without vectors. */
  readonly features?: TermFeatures;
}

/** What terms add to a vector, as small numbers ("codes"), each one component with a weight. */
export interface TermFeatures {
  /** Codes of a term: integers below 65,536. */
  of(term: string): readonly number[];
  /** Weight of each code. */
  readonly weights: Float32Array;
  /** Product of each code with a vector: a term's product is the sum over its codes. */
  products(vector: Float32Array): Float32Array;
}

/** Somebody waits for `interactive` work; `background` work gives way to it and stops at the daily budget. */
export type ModelPriority = 'interactive' | 'background';

/** What every call says of itself: usage is counted by `cause`, e.g. `layers`, `memory`, `query`. */
export interface ModelCall {
  readonly priority: ModelPriority;
  /** A short word without spaces. */
  readonly cause: string;
}

export interface ModelCallOptions {
  readonly signal?: AbortSignal;
  /** Bounds the whole call: waiting for a turn, retries, headers and body. Default: the endpoint's. */
  readonly timeoutMs?: number;
}

export interface ChatMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

export interface ChatRequest extends ModelCall {
  readonly system: string;
  readonly messages: readonly ChatMessage[];
  /** Longest answer, in the model's tokens. Default 1024. */
  readonly maxTokens?: number;
}

/** A chat model. `details.reason` of an error is a `FailureReason`. */
export interface Chat {
  readonly model: string;
  /** The answer as a value of `schema`: checked, and asked for once more when it does not fit. */
  complete<T>(
    request: ChatRequest & { readonly schema: z.ZodType<T> },
    options?: ModelCallOptions,
  ): Promise<T>;
  /**
   * The answer as text, trimmed, never empty.
   * @throws MODEL_UNAVAILABLE (no usable answer: unreachable, refused, cut, malformed), RESOURCE_EXHAUSTED (rate limit
   *   or daily budget; `details.retry_after_ms` says when to ask again)
   */
  complete(request: ChatRequest, options?: ModelCallOptions): Promise<string>;
}

export interface Embedding {
  /** `{model}/{dimensions}`: what made these vectors. */
  readonly stamp: string;
  readonly dimensions: number;
  /** Unit length, one per text, in order. */
  readonly vectors: readonly Float32Array[];
}

/** An embedding endpoint. What it makes is only known from an answer, so every answer carries its stamp. */
export interface RemoteEmbedder {
  readonly model: string;
  /** Stamp of the last good answer; undefined until there is one. */
  readonly stamp: string | undefined;
  /** Any number of texts of any length: batched, split and joined as the endpoint needs. @throws as `Chat.complete` */
  embed(texts: readonly string[], call: ModelCall, options?: ModelCallOptions): Promise<Embedding>;
}

/** Judges how well documents answer a question. */
export interface Reranker {
  readonly model: string;
  /** Whether it is an endpoint of its own or the chat model. */
  readonly by: 'endpoint' | 'chat';
  /**
   * A finite score for each document, in order, the higher the better. Of no known scale: only their order means something.
   * @throws as `Chat.complete`
   */
  rank(
    question: string,
    documents: readonly string[],
    call: ModelCall,
    options?: ModelCallOptions,
  ): Promise<readonly number[]>;
}

/** Why a call brought no usable answer. */
export type FailureReason =
  | 'connection'
  | 'timeout'
  | 'aborted'
  | 'auth'
  | 'rate'
  | 'budget'
  | 'server'
  | 'request'
  | 'malformed'
  | 'refusal'
  | 'length'
  | 'open';

export type ModelKind = 'embedding' | 'chat' | 'rerank';

/** `idle`: never asked. `paused`: asked again at `retryAt`. */
export type EndpointState = 'idle' | 'ok' | 'failing' | 'paused';

export interface EndpointHealth {
  readonly kind: ModelKind;
  /** Without credentials. */
  readonly url: string;
  readonly model: string;
  readonly state: EndpointState;
  /** Milliseconds since the epoch; undefined: never. */
  readonly lastOkAt: number | undefined;
  readonly lastError: string | undefined;
  /** When a paused endpoint is asked again. */
  readonly retryAt: number | undefined;
  /** Stamp of what it embeds, once known. */
  readonly stamp?: string;
}

/** What was used of one kind of model for one cause on one day. */
export interface UsageRow {
  /** `2026-01-31`, in UTC. */
  readonly day: string;
  readonly kind: ModelKind;
  readonly model: string;
  readonly cause: string;
  readonly calls: number;
  readonly failures: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly timeMs: number;
  /** Secrets that were taken out before anything was sent. */
  readonly redactions: number;
}

export interface UsageReport {
  /** Today first, then by kind, model and cause. */
  readonly rows: readonly UsageRow[];
  readonly budget: {
    readonly day: string;
    readonly usedTokens: number;
    /** Undefined: unlimited. */
    readonly limitTokens: number | undefined;
  };
}

/** Where usage is kept between runs. Keys are opaque; the newest days sort last. */
export interface UsageStore {
  load(): Promise<readonly UsageRow[]>;
  /** Replaces the rows of the same day, kind, model and cause. */
  save(rows: readonly UsageRow[]): Promise<void>;
  /** One redaction: what kinds of secret were found, for what, never the secret. */
  audit(entry: RedactionEntry): Promise<void>;
}

export interface RedactionEntry {
  readonly at: number;
  readonly kind: ModelKind;
  readonly cause: string;
  /** Kind of secret → how many. */
  readonly found: Readonly<Record<string, number>>;
}

export interface Models {
  /** The embedded one: always there, local. */
  readonly embedder: Embedder;
  /** Undefined when no embedding endpoint is configured. */
  readonly remote: RemoteEmbedder | undefined;
  /** Undefined when no chat endpoint is configured. */
  readonly chat: Chat | undefined;
  /** Undefined unless reranking is configured. */
  readonly reranker: Reranker | undefined;
  health(): readonly EndpointHealth[];
  usage(): UsageReport;
  /** Asks every endpoint one small question now, for `ov doctor`. Never throws. */
  probe(signal?: AbortSignal): Promise<readonly EndpointHealth[]>;
  /** Aborts calls under way and writes usage. */
  close(): Promise<void>;
}
