import type { GrepResult, Hit, IndexFreshness, Reranked } from '../../api/results.ts';
import type { FindAnswer } from '../../client/index.ts';
import type { Style } from './style.ts';
import { clean, count, oneLine } from './text.ts';

/** Answers best first, whatever kind they are. */
export function hitList(answer: FindAnswer, style: Style): string {
  const hits = [...answer.memories, ...answer.resources, ...answer.skills].sort((a, b) => b.score - a.score);
  const lines = hits.flatMap((hit, index) => hitLines(hit, index + 1, style));
  if (hits.length === 0) lines.push('nothing found');
  lines.push(...routeLines(answer, style));
  const note = freshnessNote(answer.freshness);
  if (note !== '') lines.push(style.paint('yellow', note));
  return lines.join('\n');
}

function hitLines(hit: Hit, rank: number, style: Style): string[] {
  const lines = hit.lines === undefined ? '' : `:${hit.lines.start}-${hit.lines.end}`;
  const head = `${String(rank).padStart(2)}  ${hit.score.toFixed(2)}  ${style.paint('bold', clean(hit.uri))}${lines}`;
  const text = oneLine(hit.abstract, Math.max(40, style.columns - 10) * 2);
  const why = oneLine(hit.match_reason, Math.max(40, style.columns - 10));
  return [
    head,
    ...(text === '' ? [] : [`          ${text}`]),
    ...(hit.tags.length === 0 ? [] : [`          ${style.paint('cyan', clean(hit.tags.join(' ')))}`]),
    ...(why === '' ? [] : [`          ${style.paint('dim', why)}`]),
  ];
}

/** What was asked in place of a question that stands not by itself. */
export function planLines({ query_plan: plan }: FindAnswer, style: Style): string[] {
  if (plan === undefined || plan.planner === 'none') return [];
  const asked = plan.queries.map(({ query }) => `    ${oneLine(query, style.columns)}`);
  return [style.paint('dim', clean(plan.reasoning)), ...asked];
}

/** Which directories were entered, and why others were not. */
function routeLines({ provenance }: FindAnswer, style: Style): string[] {
  if (provenance === undefined) return [];
  const steps = provenance.trajectory.map((step) => {
    const why = step.entered ? 'entered' : `not entered: ${step.reason}`;
    return `    ${step.score.toFixed(2)}  ${clean(step.uri)}  ${count(step.files, 'file')}, ${why}`;
  });
  const { rerank } = provenance;
  return [
    '',
    style.paint('bold', 'route'),
    ...(steps.length === 0 ? ['    no directory'] : steps),
    ...(rerank === undefined ? [] : [`    ${rerankText(rerank)}`]),
  ];
}

function rerankText({ model, judged, fallback }: Reranked): string {
  if (fallback !== undefined) return `not reranked: ${clean(fallback)}`;
  return judged === 0 ? 'nothing to rerank' : `the best ${judged} in the order of ${clean(model)}`;
}

/** What the index could not look at; empty when it is complete. */
export function freshnessNote(freshness: IndexFreshness): string {
  if (freshness.state === 'fresh') return freshness.note === undefined ? '' : clean(freshness.note);
  const pending = freshness.pending > 0 ? `, ${count(freshness.pending, 'change')} not indexed yet` : '';
  return `index is ${freshness.state}${pending}${freshness.note === undefined ? '' : `: ${clean(freshness.note)}`}`;
}

export function matchList(result: GrepResult, style: Style): string {
  const lines = result.matches.map(
    (match) =>
      `${style.paint('magenta', clean(match.uri))}:${style.paint('green', String(match.line))}:${clean(match.content)}`,
  );
  if (result.truncated) {
    lines.push(
      style.paint(
        'yellow',
        `stopped after ${count(result.match_count, 'match', 'matches')}; raise it with -n`,
      ),
    );
  }
  return lines.join('\n');
}
