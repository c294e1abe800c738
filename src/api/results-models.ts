/** Model endpoints on the wire; part of `results.ts`. */

export interface VectorsOfModel {
  readonly stamp: string;
  readonly vectors: number;
  /** Passages without one. */
  readonly missing: number;
}

/** Who reorders what was found, and how often that came about. */
export interface RerankState {
  readonly by: 'endpoint' | 'chat';
  readonly model: string;
  /** Answers that were reordered since the daemon started. */
  readonly reordered: number;
  /** Answers that kept their order, because the model gave none that could be used. */
  readonly fallbacks: number;
  readonly last_fallback: string | null;
}

/** What `GET /api/v1/system/models` and `ov models` say. */
export interface ModelsResult {
  readonly endpoints: readonly {
    readonly kind: 'embedding' | 'chat' | 'rerank';
    readonly url: string;
    readonly model: string;
    /** `idle`: never asked; `paused`: left alone until `retry_at`. */
    readonly state: 'idle' | 'ok' | 'failing' | 'paused';
    readonly last_ok_at: string | null;
    readonly last_error: string | null;
    readonly retry_at: string | null;
    /** What its vectors are stamped with, once known. */
    readonly stamp: string | null;
  }[];
  readonly usage: readonly {
    readonly day: string;
    readonly kind: 'embedding' | 'chat' | 'rerank';
    readonly model: string;
    readonly cause: string;
    readonly calls: number;
    readonly failures: number;
    readonly input_tokens: number;
    readonly output_tokens: number;
    /** Seconds spent waiting for answers. */
    readonly time: number;
    readonly redactions: number;
  }[];
  /** Vectors of an embedding endpoint: the model that answers, and the one whose vectors are gathered to take its place. */
  readonly vectors: {
    readonly serving: VectorsOfModel | null;
    readonly gathering: VectorsOfModel | null;
  };
  /** Null unless reranking is configured. */
  readonly rerank: RerankState | null;
  readonly budget: {
    readonly day: string;
    readonly used_tokens: number;
    readonly limit_tokens: number | null;
  };
}
