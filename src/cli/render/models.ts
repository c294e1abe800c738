import type { ModelsResult } from '../../api/results.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import { clean, localTime } from './text.ts';

function vectorLines({ serving, gathering }: ModelsResult['vectors']): string[] {
  const line = (what: string, of: ModelsResult['vectors']['serving']): string[] =>
    of === null ? [] : [`${what} ${clean(of.stamp)}, ${of.vectors} passages, ${of.missing} missing`];
  return [...line('vectors:', serving), ...line('vectors to come:', gathering)];
}

function rerankLines({ rerank }: ModelsResult): string[] {
  if (rerank === null) return [];
  const { model, by, reordered, fallbacks, last_fallback: last } = rerank;
  const why = last === null ? '' : ` (last: ${clean(last)})`;
  const who = by === 'chat' ? `${clean(model)}, the chat model` : clean(model);
  return [`rerank: ${who}, ${reordered} answers reordered, ${fallbacks} kept their order${why}`];
}

/** Endpoints, the budget and what was used, newest day first. */
export function modelsText(result: ModelsResult, style: Style): string {
  if (result.endpoints.length === 0) {
    return 'No endpoint is configured: the embedded models serve, and nothing leaves this machine.';
  }
  const endpoints = result.endpoints.map((endpoint) => {
    const { kind, model, url, state, last_error: lastError, retry_at: retryAt } = endpoint;
    const paint = state === 'ok' ? 'green' : state === 'idle' ? 'dim' : 'yellow';
    const note = lastError === null ? '' : clean(lastError);
    const until = retryAt === null ? '' : `, asked again at ${localTime(retryAt)}`;
    return [kind, clean(endpoint.stamp ?? model), clean(url), style.paint(paint, state), `${note}${until}`];
  });
  const { used_tokens: used, limit_tokens: limit, day } = result.budget;
  const budget = `${used} tokens on ${day}, ${limit === null ? 'no limit' : `of ${limit} for background work`}`;
  const usage = result.usage.map((row) => [
    row.day,
    row.kind,
    clean(row.model),
    clean(row.cause),
    String(row.calls),
    String(row.failures),
    String(row.input_tokens),
    String(row.output_tokens),
    row.time.toFixed(1),
    String(row.redactions),
  ]);
  const parts = [
    table(endpoints),
    [...vectorLines(result.vectors), ...rerankLines(result), `budget: ${budget}`].join('\n'),
  ];
  if (usage.length > 0) {
    parts.push(
      table(usage, {
        head: [
          'day',
          'kind',
          'model',
          'for',
          'calls',
          'failed',
          'tokens in',
          'out',
          'seconds',
          'secrets kept',
        ],
        right: [4, 5, 6, 7, 8, 9],
      }),
    );
  }
  return parts.join('\n\n');
}
