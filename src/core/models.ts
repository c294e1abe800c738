import { isoTime } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { type RedactionEntry, type UsageRow, type UsageStore, usageKey } from '../models/index.ts';
import type { Store } from '../records/index.ts';

/** Redactions kept for whoever wants to know what was held back; the oldest go first. */
const AUDIT_MOST = 1_000;
/** Days of usage that are read at start. */
const USAGE_DAYS = 31;

/** Usage of models and the audit of redactions as records. */
export function createUsageStore(store: Store): UsageStore {
  const rows = store.table<UsageRow>('model-usage');
  const audit = store.table<RedactionEntry>('model-redactions');
  return {
    async load() {
      const since = new Date(Date.now() - USAGE_DAYS * 86_400_000).toISOString().slice(0, 10);
      const found: UsageRow[] = [];
      for await (const [, row] of rows.entries({ gte: since })) found.push(row);
      return found;
    },
    save: (changed) => store.batch(changed.map((row) => rows.putting(usageKey(row), row))),
    async audit(entry) {
      const old: string[] = [];
      for await (const key of audit.keys({ reverse: true })) old.push(key);
      await store.batch([
        audit.putting(`${isoTime(entry.at)} ${newId('redaction')}`, entry),
        ...old.slice(AUDIT_MOST - 1).map((key) => audit.deleting(key)),
      ]);
    },
  };
}
