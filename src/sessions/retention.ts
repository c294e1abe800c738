import { messageTokens } from './message-tokens.ts';
import type { StoredMessage } from './types.ts';

/** How much of the end of a session a commit leaves live, by turns and tokens instead of by messages. */
export interface TurnBudget {
  /** Newest whole turns at most. */
  readonly turns: number;
  /** Estimated tokens of what is kept. */
  readonly tokens: number;
  /** Newest steps that are kept whatever they cost. */
  readonly minSteps: number;
}

/** What a commit leaves live: the newest messages by their number (`keepRecent` 0: none), or by turns. */
export type Retention = { readonly keepRecent: number } | { readonly turnBudget: TurnBudget };

/** How many messages at the end stay live; more than there are when all of them do. */
export function keptCount(messages: readonly StoredMessage[], retention: Retention): number {
  return 'turnBudget' in retention ? keptByTurns(messages, retention.turnBudget) : retention.keepRecent;
}

/** The reference's figures. */
export const DEFAULT_TURN_BUDGET: TurnBudget = { turns: 3, tokens: 12_000, minSteps: 1 };

/**
 * How many messages at the end stay live. A turn is a question and the steps that answer it, a step one message of the
 * assistant with the tool messages after it; a step is never split. Kept are the newest whole turns within the bounds; of
 * a newest turn that is too large alone, its newest steps that fit; and in any case the newest `minSteps` steps.
 */
export function keptByTurns(messages: readonly StoredMessage[], budget: TurnBudget): number {
  const turns = turnsOf(messages);
  const kept = wholeTurns(turns, budget);
  const byBudget = kept > 0 || budget.turns === 0 ? kept : newestSteps(turns.at(-1) ?? [], budget.tokens);
  return Math.max(byBudget, floorOf(turns.flat(), budget.minSteps));
}

/** Messages that stay together: a question, or a step. */
interface Unit {
  readonly isStep: boolean;
  readonly turnId: string | undefined;
  count: number;
  tokens: number;
}

function turnsOf(messages: readonly StoredMessage[]): Unit[][] {
  const turns: Unit[][] = [];
  for (const message of messages) {
    const kind = kindOf(message);
    const turn = turns.at(-1);
    const unit = turn?.at(-1);
    const tokens = messageTokens(message);
    if (kind === 'transport' && unit !== undefined) {
      unit.count += 1;
      unit.tokens += tokens;
      continue;
    }
    const made: Unit = { isStep: kind !== 'question', turnId: message.turn_id, count: 1, tokens };
    if (turn === undefined || (kind === 'question' && !isOfTurn(turn, message))) turns.push([made]);
    else turn.push(made);
  }
  return turns;
}

/** Somebody who says more while a turn is under way says so by its id. */
function isOfTurn(turn: readonly Unit[], { turn_id }: StoredMessage): boolean {
  return turn_id !== undefined && turn[0]?.turnId === turn_id;
}

function kindOf({ message_kind, role, parts }: StoredMessage): 'question' | 'step' | 'transport' {
  if (message_kind === 'user_query') return 'question';
  if (message_kind === 'tool_transport') return 'transport';
  if (message_kind !== undefined || role === 'assistant') return 'step';
  return parts.length > 0 && parts.every((part) => part.type === 'tool') ? 'transport' : 'question';
}

function wholeTurns(turns: readonly (readonly Unit[])[], budget: TurnBudget): number {
  let kept = 0;
  let left = budget.tokens;
  for (const turn of newestFirst(turns).slice(0, budget.turns)) {
    left -= total(turn, 'tokens');
    if (left < 0) break;
    kept += total(turn, 'count');
  }
  return kept;
}

function newestSteps(turn: readonly Unit[], tokens: number): number {
  let kept = 0;
  let left = tokens;
  for (const unit of newestFirst(turn)) {
    left -= unit.tokens;
    if (left < 0 || !unit.isStep) break;
    kept += unit.count;
  }
  return kept;
}

/** Messages from the oldest of the newest `steps` steps to the end. */
function floorOf(units: readonly Unit[], steps: number): number {
  let [messages, found, kept] = [0, 0, 0];
  for (const unit of newestFirst(units)) {
    if (found === steps) break;
    messages += unit.count;
    if (!unit.isStep) continue;
    found += 1;
    kept = messages;
  }
  return kept;
}

function total(units: readonly Unit[], of: 'count' | 'tokens'): number {
  return units.reduce((sum, unit) => sum + unit[of], 0);
}

function newestFirst<T>(list: readonly T[]): T[] {
  return [...list].reverse();
}
