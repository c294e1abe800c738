import type { RedactionEntry, UsageRow, UsageStore } from '../../src/models/index.ts';
import { usageKey } from '../../src/models/index.ts';

/** Usage kept in memory, to look at. */
export interface MemoryUsageStore extends UsageStore {
  readonly rows: Map<string, UsageRow>;
  readonly redactions: RedactionEntry[];
}

export function memoryUsageStore(): MemoryUsageStore {
  const rows = new Map<string, UsageRow>();
  const redactions: RedactionEntry[] = [];
  return {
    rows,
    redactions,
    load: () => Promise.resolve([...rows.values()]),
    save(changed) {
      for (const row of changed) rows.set(usageKey(row), row);
      return Promise.resolve();
    },
    audit(entry) {
      redactions.push(entry);
      return Promise.resolve();
    },
  };
}
