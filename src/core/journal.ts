import type { CoreEvent, RecordedError } from '../api/results.ts';
import { type Clock, isoTime } from '../base/clock.ts';
import { isVisible, type Principal, userOfSpace } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';
import type { CoreJournal } from './core.ts';

const KEPT_ERRORS = 200;
const KEPT_EVENTS = 1_000;

export interface Journal extends CoreJournal {
  /** An event about an entry, for every caller of the account who may see that entry. */
  emit(account: string, uri: VikingUri, event: Omit<CoreEvent, 'time' | 'uri'>): void;
  /** Whoever gets the name of a removed user or account must not read what is remembered of them. */
  forget(account: string, user?: string): void;
}

interface KeptEvent {
  readonly account: string;
  readonly uri: VikingUri;
  readonly event: CoreEvent;
}

interface KeptError {
  /** Whose view of the namespace it happened in. */
  readonly actorPeer: string | undefined;
  readonly error: RecordedError;
}

/** The last errors and events, in memory: what a shell reads at `.viking/errors` and `.viking/events`. */
export function createJournal(clock: Clock): Journal {
  const errors = new Map<string, KeptError[]>();
  const events: KeptEvent[] = [];
  const listeners = new Map<(event: CoreEvent) => void, Principal>();

  return {
    recordError(principal, error) {
      const key = ownerKey(principal);
      const kept = errors.get(key) ?? [];
      kept.push({ actorPeer: principal.actorPeer, error });
      if (kept.length > KEPT_ERRORS) kept.splice(0, kept.length - KEPT_ERRORS);
      errors.set(key, kept);
    },
    errors: ({ actorPeer, ...principal }) =>
      (errors.get(ownerKey(principal)) ?? [])
        .filter((kept) => actorPeer === undefined || kept.actorPeer === actorPeer)
        .map((kept) => kept.error),
    events: (principal) =>
      events
        .slice(-KEPT_EVENTS)
        .filter((kept) => sees(principal, kept))
        .map((kept) => kept.event),
    subscribe(principal, listener) {
      listeners.set(listener, principal);
      return () => listeners.delete(listener);
    },
    emit(account, uri, { type, ...fields }) {
      const event = { time: isoTime(clock.now()), type, uri: String(uri), ...fields } as CoreEvent;
      const kept: KeptEvent = { account, uri, event };
      events.push(kept);
      // Trimmed now and then: a shift of the whole list for each event would be most of a burst's cost.
      if (events.length >= 2 * KEPT_EVENTS) events.splice(0, events.length - KEPT_EVENTS);
      for (const [listener, principal] of listeners) if (sees(principal, kept)) listener(event);
    },
    forget(account, user) {
      const isTheirs = (space: string) => user === undefined || userOfSpace(space) === user;
      for (const key of [...errors.keys()])
        if (key.startsWith(`${account}/`) && isTheirs(key.slice(account.length + 1))) errors.delete(key);
      const kept = events.filter((one) => one.account !== account || !isTheirs(one.uri.userId ?? ''));
      events.splice(0, events.length, ...kept);
    },
  };
}

function sees(principal: Principal, kept: KeptEvent): boolean {
  return kept.account === principal.account && isVisible(principal, kept.uri);
}

function ownerKey(principal: Pick<Principal, 'account' | 'user'>): string {
  return `${principal.account}/${principal.user}`;
}
