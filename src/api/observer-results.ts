/** Health by component on the wire; part of `results.ts`. */

export interface ComponentHealth {
  readonly name: string;
  readonly is_healthy: boolean;
  readonly has_errors: boolean;
  /** For people: one fact a line. */
  readonly status: string;
}

/** What `GET /api/v1/observer/system` says. */
export interface SystemHealth {
  readonly is_healthy: boolean;
  /** What is wrong, each with the component's name. */
  readonly errors: readonly string[];
  readonly components: Readonly<Record<string, ComponentHealth>>;
}
