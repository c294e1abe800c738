export type {
  Change,
  Job,
  JobContext,
  JobHandler,
  JobJournal,
  JobState,
  NewJob,
  Range,
  Store,
  StoreOptions,
  StoreReport,
  Table,
} from './contract.ts';
export { type JournalOptions, openJournal } from './journal/open-journal.ts';
export { openStore } from './open-store.ts';
export { type RepairOptions, type RepairReport, repairStore } from './repair.ts';
