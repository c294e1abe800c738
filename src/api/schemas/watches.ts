import { z } from 'zod';
import { given, queryFlag, watchInterval } from './fields.ts';

export const watchListQuery = z.object({
  active_only: queryFlag.default(false),
  to_uri: z.string().optional(),
});

export const watchTargetQuery = z.object({ to_uri: z.string().optional() });

export const watchUpdateBody = z.strictObject({
  watch_interval: given(watchInterval),
  is_active: given(z.boolean()),
  reason: given(z.string().max(16_384)),
  instruction: given(z.string().max(16_384)),
});
