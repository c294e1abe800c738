import type { ModelsResult } from '../api/results.ts';
import { isoTime } from '../base/clock.ts';
import type { VectorsStatus } from '../index/contract.ts';
import type { EndpointHealth, UsageReport } from '../models/index.ts';

/** Health and usage of models in the words of the API. */
export function modelsResult(
  endpoints: readonly EndpointHealth[],
  usage: UsageReport,
  { serving, gathering }: VectorsStatus,
): Omit<ModelsResult, 'rerank'> {
  return {
    endpoints: endpoints.map(({ kind, url, model, state, stamp, ...times }) => ({
      kind,
      url,
      model,
      state,
      last_ok_at: timeOf(times.lastOkAt),
      last_error: times.lastError ?? null,
      retry_at: timeOf(times.retryAt),
      stamp: stamp ?? null,
    })),
    usage: usage.rows.map(({ inputTokens, outputTokens, timeMs, ...row }) => ({
      ...row,
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      time: timeMs / 1_000,
    })),
    vectors: { serving: serving ?? null, gathering: gathering ?? null },
    budget: {
      day: usage.budget.day,
      used_tokens: usage.budget.usedTokens,
      limit_tokens: usage.budget.limitTokens ?? null,
    },
  };
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms);
}
