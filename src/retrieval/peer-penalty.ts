import type { Hit } from '../api/results.ts';
import { categoryOf } from './context-block.ts';

/** Taken off the score of what belongs to another peer: one number, or by category. */
export type PeerPenalty = number | Readonly<Record<string, number>>;

/** The reference's presets: what happened to somebody else is less likely to be meant than what somebody else likes. */
const PRESET: Readonly<Record<string, number>> = { events: 0.1, entities: 0.1, memories: 0.1 };
const PRESET_OTHER = 0.02;

const OF_PEER = /^viking:\/\/user\/[^/]+\/peers\/([^/]+)\//;

/** Hits, best first, after those of peers other than `actor` have lost their penalty; a category not named has its preset. */
export function withPeerPenalty(
  hits: readonly Hit[],
  actor: string | undefined,
  penalty: PeerPenalty = {},
): Hit[] {
  const penaltyOf = (category: string): number => {
    if (typeof penalty === 'number') return penalty;
    if (Object.hasOwn(penalty, category)) return penalty[category]!;
    return PRESET[category] ?? PRESET_OTHER;
  };
  return hits
    .map((hit) => {
      const peer = OF_PEER.exec(hit.uri)?.[1];
      if (peer === undefined || peer === actor) return hit;
      return { ...hit, score: Math.max(0, hit.score - penaltyOf(categoryOf(hit.uri))) };
    })
    .sort((a, b) => b.score - a.score);
}
