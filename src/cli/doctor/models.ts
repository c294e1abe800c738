import type { ModelsResult } from '../../api/results.ts';
import type { Config } from '../../config/index.ts';
import { toVikingError } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { type Check, ok, warn } from './check.ts';

/** Every configured endpoint, asked one small question by the daemon. Nothing is fatal: the embedded models stay. */
export async function modelChecks(context: Context, config: Config): Promise<Check[]> {
  const { embedding, chat, rerank } = config.models;
  if (embedding === undefined && chat === undefined && rerank === undefined)
    return [ok('models', 'embedded ones only, nothing leaves this machine')];
  let answer: ModelsResult;
  try {
    answer = await context.client.models(true);
  } catch (error) {
    const { code, message } = toVikingError(error);
    const isAway = code === 'UNAVAILABLE';
    return [
      warn(
        'models',
        isAway ? 'not asked, because no daemon runs' : message,
        'Start it with: ov mount DIR, then try again.',
      ),
    ];
  }
  const missing = answer.endpoints.length === 0;
  if (missing)
    return [
      warn('models', 'the daemon that runs knows no endpoint', 'Restart it: ov stop, then ov mount DIR'),
    ];
  return answer.endpoints.map(endpointCheck);
}

function endpointCheck(endpoint: ModelsResult['endpoints'][number]): Check {
  const { kind, model, url, state, last_error: lastError, stamp } = endpoint;
  const name = `${kind} model`;
  if (state === 'ok') return ok(name, `${stamp ?? model} at ${url} answers`);
  const until = endpoint.retry_at === null ? '' : `, asked again at ${endpoint.retry_at}`;
  return warn(
    name,
    `${model} at ${url}: ${lastError ?? 'no answer'}${until}`,
    `Check models.${kind} in the configuration; until it answers ${kind === 'rerank' ? 'what is found keeps its order' : 'the embedded model serves'}.`,
  );
}
