/** Model endpoints on the wire; part of `results.ts`. */

export interface VectorsOfModel {
  readonly stamp: string;
  readonly vectors: number;
  /** Passages without one. */
  readonly missing: number;
}

/** What `GET /api/v1/system/models` and `ov models` say. */
export interface ModelsResult {
  readonly endpoints: readonly {
    readonly kind: 'embedding' | 'chat';
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
    readonly kind: 'embedding' | 'chat';
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
  readonly budget: {
    readonly day: string;
    readonly used_tokens: number;
    readonly limit_tokens: number | null;
  };
}
