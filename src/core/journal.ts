import type { CoreEvent, RecordedError } from '../api/results.ts';
import { type Clock, isoTime } from '../base/clock.ts';
import type { Principal } from '../tenancy/index.ts';
import type { CoreJournal } from './core.ts';

const KEPT_ERRORS = 200;
const KEPT_EVENTS = 1_000;

export interface Journal extends CoreJournal {
  /** An event for every user of an account who may see it. `visibleTo` undefined: all of them. */
  emit(account: string, visibleTo: string | undefined, event: Omit<CoreEvent, 'time'>): void;
}

interface KeptEvent {
  readonly account: string;
  readonly visibleTo: string | undefined;
  readonly event: CoreEvent;
}

/** The last errors and events, in memory: what a shell reads at `.viking/errors` and `.viking/events`. */
export function createJournal(clock: Clock): Journal {
  const errors = new Map<string, RecordedError[]>();
  const events: KeptEvent[] = [];
  const listeners = new Map<(event: CoreEvent) => void, Principal>();

  return {
    recordError(principal, error) {
      const key = ownerKey(principal);
      const kept = errors.get(key) ?? [];
      kept.push(error);
      if (kept.length > KEPT_ERRORS) kept.splice(0, kept.length - KEPT_ERRORS);
      errors.set(key, kept);
    },
    errors: (principal) => errors.get(ownerKey(principal)) ?? [],
    events: (principal) => events.filter((kept) => sees(principal, kept)).map((kept) => kept.event),
    subscribe(principal, listener) {
      listeners.set(listener, principal);
      return () => listeners.delete(listener);
    },
    emit(account, visibleTo, fields) {
      const event = { time: isoTime(clock.now()), ...fields } as CoreEvent;
      const kept: KeptEvent = { account, visibleTo, event };
      events.push(kept);
      if (events.length > KEPT_EVENTS) events.splice(0, events.length - KEPT_EVENTS);
      for (const [listener, principal] of listeners) if (sees(principal, kept)) listener(event);
    },
  };
}

function sees(principal: Principal, kept: KeptEvent): boolean {
  return (
    kept.account === principal.account && (kept.visibleTo === undefined || kept.visibleTo === principal.user)
  );
}

function ownerKey(principal: Principal): string {
  return `${principal.account}/${principal.user}`;
}
