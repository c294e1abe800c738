import { z } from 'zod';
import { given, queryFlag } from './fields.ts';

export const watchListQuery = z.object({
  active_only: queryFlag.default(false),
  to_uri: z.string().optional(),
});

export const watchTargetQuery = z.object({ to_uri: z.string().optional() });

export const watchUpdateBody = z.strictObject({
  /** Minutes. */
  watch_interval: given(z.number().positive().max(525_600)),
  is_active: given(z.boolean()),
  reason: given(z.string().max(16_384)),
  instruction: given(z.string().max(16_384)),
});
