import type { FindResult } from '../../api/results.ts';
import type { RankedHit } from '../answers.ts';

const ROUTES_SHOWN = 20;

/** The Markdown of an answer: what was asked, then each hit with its place, score, reason and passage. */
export function resultsText(
  question: string,
  where: string,
  hits: readonly RankedHit[],
  result: FindResult | undefined,
): string {
  const lines = [`# ${oneLine(question) || '(no question)'}`, ''];
  if (result === undefined) {
    lines.push(
      'Ask by the name of the directory: `ls ".find/how do I mount it"`. `%2F` stands for a slash.',
      '',
    );
    return lines.join('\n');
  }
  lines.push(`${hits.length} of ${result.total} found in ${where}. ${freshnessLine(result)}`.trimEnd(), '');
  if (hits.length === 0) {
    lines.push('Nothing matched. Try other words, fewer words, or ask in a directory further up.', '');
  }
  for (const [index, ranked] of hits.entries()) lines.push(...hitLines(index + 1, ranked));
  lines.push(...routeLines(result));
  return lines.join('\n');
}

/** The way through the directories: which were entered, their scores, and why others were not. */
function routeLines({ provenance }: FindResult): string[] {
  const steps = provenance?.trajectory ?? [];
  if (steps.length === 0) return [];
  const shown = steps.slice(0, ROUTES_SHOWN).map((step) => {
    const files = `${step.files} ${step.files === 1 ? 'file' : 'files'}`;
    return `- ${step.score.toFixed(3)} ${step.uri} (${files}): ${step.entered ? 'entered' : `not entered, ${step.reason}`}`;
  });
  const left = steps.length - shown.length;
  return ['## Route', '', ...shown, ...(left > 0 ? [`- and ${left} more`] : []), ''];
}

function hitLines(rank: number, { relativePath, hit }: RankedHit): string[] {
  const lines = hit.lines === undefined ? '' : `, lines ${hit.lines.start}-${hit.lines.end}`;
  return [
    `## ${rank}. ${relativePath}`,
    '',
    `- uri: ${hit.uri}`,
    `- score: ${hit.score.toFixed(3)} (${hit.context_type}${lines})`,
    `- why: ${oneLine(hit.match_reason)}`,
    ...(hit.tags.length === 0 ? [] : [`- tags: ${hit.tags.join(', ')}`]),
    ...hit.relations.map((relation) => `- related: ${relation.uri} (${oneLine(relation.reason)})`),
    '',
    ...quote(hit.abstract),
    '',
  ];
}

function freshnessLine({ freshness }: FindResult): string {
  const note = freshness.note === undefined ? '' : ` (${freshness.note})`;
  if (freshness.state === 'fresh') return `The index is up to date${note}.`;
  const pending = freshness.pending === 0 ? '' : ` ${freshness.pending} changed entries are not indexed yet.`;
  return `The index is ${freshness.state}.${pending} ${freshness.note ?? ''}`.trimEnd();
}

function quote(text: string): string[] {
  return text === ''
    ? []
    : text
        .trim()
        .split('\n')
        .map((line) => `> ${line}`.trimEnd());
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
