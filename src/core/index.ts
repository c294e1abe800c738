export { isRemoteSource, readSkillText, sourceText, writeSkillText } from '../ingest/index.ts';
export { type BatchedWrite, writeAll } from './batch-write.ts';
export type * from './core.ts';
export { createCore } from './create-core.ts';
export { type CoreOptions, RECORDS_FORMAT, VERSION } from './options.ts';
