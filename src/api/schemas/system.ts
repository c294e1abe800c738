import { z } from 'zod';
import { given, queryFlag, queryNumber, timeout, uri } from './fields.ts';

export const waitBody = z.strictObject({ timeout });

export const modelsQuery = z.object({
  /** `true`: ask every endpoint one small question first. */
  probe: queryFlag.optional(),
});

export const stopBody = z.strictObject({});

export const mountBody = z.strictObject({
  /** Absolute path of an existing directory. */
  mountpoint: z.string().min(1),
  driver: given(z.enum(['auto', 'kernel', 'fuse-native'])),
  read_only: given(z.boolean()),
  /** Other users of the machine get in. */
  allow_other: given(z.boolean()),
  actor_peer: given(z.string()),
});

export const unmountBody = z.strictObject({ mountpoint: z.string().min(1) });

export const linkBody = z.strictObject({
  from_uri: uri,
  /** One URI or a list. */
  to_uris: z.union([uri.transform((one) => [one]), z.array(uri).min(1).max(1_000)]),
  reason: z.string().default(''),
});

export const unlinkBody = z.strictObject({ from_uri: uri, to_uri: uri });

export const tasksQuery = z.object({
  task_type: z.string().optional(),
  /** `cancelling` is a state of the reference: here a task that can be cancelled is cancelled at once. */
  status: z.enum(['pending', 'running', 'cancelling', 'completed', 'failed', 'cancelled']).optional(),
  resource_id: z.string().optional(),
  limit: queryNumber(1, 200).default(50),
});
