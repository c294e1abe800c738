import { z } from 'zod';
import { given, queryNumber } from './fields.ts';

const settings = z.record(z.string(), z.unknown());
const seed = given(z.string().min(1).max(1_024));
const role = z.enum(['user', 'admin']);

const policy = {
  sessions: given(z.enum(['user', 'account'])),
  isolate_user_scope_by_agent: given(z.boolean()),
  isolate_agent_scope_by_user: given(z.boolean()),
};

export const createAccountBody = z.strictObject({
  account_id: z.string().min(1),
  admin_user_id: z.string().min(1),
  /** The same seed makes the same key. */
  seed,
  user_config: given(settings),
  ...policy,
});

export const accountSettingsBody = z.strictObject({
  ...policy,
  /** No engine for it here: only `false` is true of this server. */
  agent_evolution: given(
    z.strictObject({ enabled: given(z.literal(false, { error: 'must be false: not available' })) }),
  ),
});

export const createUserBody = z.strictObject({
  user_id: z.string().min(1),
  role: given(role).transform((value) => value ?? 'user'),
  seed,
  user_config: given(settings),
});

export const usersQuery = z.object({
  limit: queryNumber(1, 1_000).default(100),
  /** Part of the user id. */
  name: z.string().optional(),
  role: role.optional(),
});

export const userSettingsBody = settings;

export const setRoleBody = z.strictObject({ role: z.string().min(1) });

export const regenerateKeyBody = z.strictObject({ seed });
