import type { ContextEntry, ContextResult, Hit } from '../api/results.ts';
import { estimateTokens } from '../base/tokens.ts';

/** How many entries of a category a block has at most, as the reference's presets; others fill what is left. */
export const QUOTAS = {
  chat: { events: 3, entities: 3, preferences: 1, cases: 1, patterns: 1, resources: 1, skills: 1 },
  coding: { events: 1, entities: 2, preferences: 1, cases: 1, patterns: 1, resources: 3, skills: 2 },
} as const satisfies Record<string, Readonly<Record<string, number>>>;

/** Categories without a quota of their own. */
const OTHER_QUOTA = 3;
/** One entry takes at most so many times the average share of the budget. */
const SHARE_MOST = 2;
/** A little room for the tags around each entry. */
const FRAME_TOKENS = 30;

export type Detail = ContextEntry['detail'];

/** The same entry at growing detail; a level that is missing is undefined. */
export interface Candidate {
  readonly hit: Hit;
  readonly texts: Readonly<Partial<Record<Detail, string>>>;
}

export interface BlockOptions {
  readonly maxTokens: number;
  readonly quotas: Readonly<Record<string, number>>;
  /** What is over its quota takes what is left in the end, as short as it goes. */
  readonly fill: boolean;
  /** Most detail an entry of a category gets. */
  ceiling(category: string): Detail;
}

const DETAILS: readonly Detail[] = ['abstract', 'overview', 'full'];

/**
 * A block of text for a model within a budget of tokens: first every entry as short as it goes, best first; then, best
 * first again, as much more of each as fits. Nothing is cut: what does not fit at one detail stays at the one below.
 * Directories only come where files leave room in their category: a file says what its directory only mentions.
 */
export function contextBlock(
  candidates: readonly Candidate[],
  options: BlockOptions,
): Omit<ContextResult, 'freshness' | 'digest' | 'digest_writer'> {
  const { within, over } = byQuotas(candidates, options.quotas);
  const kept: { candidate: Candidate; detail: Detail; text: string }[] = [];
  let left = options.maxTokens;
  const cost = (text: string): number => estimateTokens(text) + FRAME_TOKENS;
  const keep = (candidate: Candidate): void => {
    const detail = DETAILS.find((one) => candidate.texts[one] !== undefined && candidate.texts[one] !== '');
    if (detail === undefined) return;
    const text = candidate.texts[detail]!;
    if (cost(text) > left) return;
    left -= cost(text);
    kept.push({ candidate, detail, text });
  };
  within.forEach(keep);
  const most = (SHARE_MOST * options.maxTokens) / Math.max(1, kept.length);
  for (const entry of kept) {
    const ceiling = options.ceiling(categoryOf(entry.candidate.hit.uri));
    for (const detail of DETAILS.slice(0, DETAILS.indexOf(ceiling) + 1)) {
      const text = entry.candidate.texts[detail];
      if (text === undefined || DETAILS.indexOf(detail) <= DETAILS.indexOf(entry.detail)) continue;
      const more = cost(text) - cost(entry.text);
      if (more > left || cost(text) > most) break;
      left -= more;
      Object.assign(entry, { detail, text });
    }
  }
  if (options.fill) over.forEach(keep);
  const entries = kept.map(({ candidate, detail, text }): ContextEntry => {
    const { uri, score } = candidate.hit;
    return { uri, category: categoryOf(uri), score, detail, text };
  });
  const rendered = entries.map(render).join('\n');
  return {
    entries,
    rendered,
    stats: {
      candidates: candidates.length,
      entries: entries.length,
      tokens: estimateTokens(rendered),
      max_tokens: options.maxTokens,
    },
  };
}

/** `events`, `entities` … of memories, `resources`, `skills`, or `memories` for what is none of these. */
export function categoryOf(uri: string): string {
  const kind =
    /^viking:\/\/user\/[^/]+\/(?:peers\/[^/]+\/)?(?:memories\/([^/]+)\/|(skills|resources)\/)/.exec(uri);
  if (kind !== null) return kind[1] ?? kind[2]!;
  return uri.startsWith('viking://resources') ? 'resources' : 'memories';
}

/** Files before directories, best first; an entry whose words another one has already is left out. */
function byQuotas(candidates: readonly Candidate[], quotas: Readonly<Record<string, number>>) {
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  const within: Candidate[] = [];
  const over: Candidate[] = [];
  const isFile = ({ hit }: Candidate): boolean => hit.level === 2;
  const files = candidates.filter(isFile);
  for (const candidate of [...files, ...candidates.filter((one) => !isFile(one))]) {
    const { hit, texts } = candidate;
    const said = (texts.overview ?? texts.abstract ?? '').replace(/\s+/gu, ' ').trim().toLowerCase();
    if (seen.has(said)) continue;
    if (said !== '') seen.add(said);
    const category = categoryOf(hit.uri);
    const count = counts.get(category) ?? 0;
    counts.set(category, count + 1);
    (count < (quotas[category] ?? OTHER_QUOTA) ? within : over).push(candidate);
  }
  return { within, over };
}

/** Text of an entry cannot end its element or begin another. */
function render({ uri, category, score, detail, text }: ContextEntry): string {
  const inner = text.replace(/<(?=\/?memory\b)/gi, '&lt;');
  const name = uri.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return `<memory uri="${name}" type="${category}" score="${score.toFixed(2)}" detail="${detail}">\n${inner}\n</memory>`;
}
