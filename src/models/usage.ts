import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { ModelKind, RedactionEntry, UsageReport, UsageRow, UsageStore } from './contract.ts';

/** Days that are reported; older ones stay in the records. */
const REPORTED_DAYS = 30;
/** A burst of calls is written once. */
const SAVE_AFTER_MS = 1_000;

export interface UsageOptions {
  readonly store: UsageStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Tokens a day after which background work stops; undefined: unlimited. */
  readonly dailyTokens: number | undefined;
}

export interface CallUsage {
  readonly kind: ModelKind;
  readonly model: string;
  readonly cause: string;
  readonly failed: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly timeMs: number;
  readonly redactions: number;
}

/** Counts what models cost, by day, kind, model and cause; what is counted survives the process. */
export class Usage {
  readonly #options: UsageOptions;
  readonly #rows = new Map<string, UsageRow>();
  readonly #unsaved = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: UsageOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    for (const row of await this.#options.store.load()) this.#rows.set(keyOf(row), row);
  }

  count(call: CallUsage): void {
    const { kind, model, cause, failed, ...spent } = call;
    const key = keyOf({ day: this.#today(), kind, model, cause });
    const row = this.#rows.get(key) ?? emptyRow(this.#today(), kind, model, cause);
    this.#rows.set(key, {
      ...row,
      calls: row.calls + 1,
      failures: row.failures + (failed ? 1 : 0),
      inputTokens: row.inputTokens + spent.inputTokens,
      outputTokens: row.outputTokens + spent.outputTokens,
      timeMs: row.timeMs + Math.round(spent.timeMs),
      redactions: row.redactions + spent.redactions,
    });
    this.#unsaved.add(key);
    this.#timer ??= setTimeout(() => void this.#save(), SAVE_AFTER_MS).unref();
  }

  audit(entry: RedactionEntry): void {
    this.#options.log.info({ ...entry }, 'secrets were taken out of what a model was sent');
    this.#saving = this.#saving
      .then(() => this.#options.store.audit(entry))
      .catch((error: unknown) =>
        this.#options.log.warn({ error: String(error) }, 'a redaction was not recorded'),
      );
  }

  /** Milliseconds until background work may go on, or 0 while the budget of the day is not used up. */
  exhaustedForMs(): number {
    const { dailyTokens, clock } = this.#options;
    if (dailyTokens === undefined || this.#usedTokens() < dailyTokens) return 0;
    const now = clock.now();
    return 86_400_000 - (now % 86_400_000);
  }

  report(): UsageReport {
    const since = dayOf(this.#options.clock.now() - REPORTED_DAYS * 86_400_000);
    const rows = [...this.#rows.values()].filter(({ day }) => day >= since);
    rows.sort((a, b) => (a.day === b.day ? compare(keyOf(a), keyOf(b)) : compare(b.day, a.day)));
    return {
      rows,
      budget: {
        day: this.#today(),
        usedTokens: this.#usedTokens(),
        limitTokens: this.#options.dailyTokens,
      },
    };
  }

  async close(): Promise<void> {
    await this.#save();
  }

  #save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rows = [...this.#unsaved].flatMap((key) => this.#rows.get(key) ?? []);
    this.#unsaved.clear();
    if (rows.length === 0) return this.#saving;
    this.#saving = this.#saving
      .then(() => this.#options.store.save(rows))
      .catch((error: unknown) => {
        for (const row of rows) this.#unsaved.add(keyOf(row));
        this.#options.log.warn({ error: String(error) }, 'usage of models was not recorded');
      });
    return this.#saving;
  }

  #usedTokens(): number {
    const today = this.#today();
    let used = 0;
    for (const row of this.#rows.values()) {
      if (row.day === today) used += row.inputTokens + row.outputTokens;
    }
    return used;
  }

  #today(): string {
    return dayOf(this.#options.clock.now());
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Also the key of the record: days in order, newest last. */
export function keyOf({
  day,
  kind,
  model,
  cause,
}: Pick<UsageRow, 'day' | 'kind' | 'model' | 'cause'>): string {
  return `${day} ${kind} ${model} ${cause}`;
}

function emptyRow(day: string, kind: ModelKind, model: string, cause: string): UsageRow {
  return {
    day,
    kind,
    model,
    cause,
    calls: 0,
    failures: 0,
    inputTokens: 0,
    outputTokens: 0,
    timeMs: 0,
    redactions: 0,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
