import { z } from 'zod';
import type { ContentStore } from '../content/contract.ts';
import { isVikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';
import { statementSchema } from './memory-file.ts';
import { recordPath, writeRecord } from './own-records.ts';

const plannedWrite = z.object({
  uri: z.string(),
  memory_type: z.string(),
  before: z.string().optional(),
  /** Absent: the memory goes. */
  after: z.string().optional(),
  /** What the change adds, to be merged anew when the file changed meanwhile. */
  statements: z.array(statementSchema),
});
export type PlannedWrite = z.infer<typeof plannedWrite>;

const outcome = z.object({
  outcome: z.enum(['stored', 'merged', 'duplicate', 'needs-review', 'rejected', 'nothing']),
  memory_type: z.string().nullable(),
  uri: z.string().optional(),
  text: z.string(),
  message_ids: z.array(z.string()),
  reason: z.string().optional(),
});

const plan = z.object({ extractor: z.string(), outcomes: z.array(outcome), writes: z.array(plannedWrite) });

/**
 * What an extraction is going to do, durable before it does any of it: a job that runs again carries it out to the end
 * and reports what it was, instead of finding its own work and calling it a duplicate.
 */
export type Plan = z.infer<typeof plan>;

const PLAN = '.memory_plan.json';

export interface PlanFile {
  /** Undefined when there is none, or none that can be read. */
  read(): Promise<Plan | undefined>;
  write(plan: Plan): Promise<void>;
  remove(): Promise<void>;
}

/** The plan kept with the archive. */
export function planFile(content: ContentStore, principal: Principal, archiveUri: VikingUri): PlanFile {
  const path = recordPath(principal, archiveUri, PLAN);
  return {
    async read() {
      try {
        return plan.safeParse(JSON.parse((await content.read(path, undefined, { real: path })).toString()))
          .data;
      } catch (error) {
        if (error instanceof SyntaxError || (isVikingError(error) && error.code === 'NOT_FOUND'))
          return undefined;
        throw error;
      }
    },
    write: (made) => writeRecord(content, path, `${JSON.stringify(made)}\n`),
    async remove() {
      await content.remove(path, { real: path });
    },
  };
}
