import { VikingError } from '../errors/index.ts';
import { assertIdentity, USER_SHORT_WORDS } from '../uri/index.ts';

/** @throws INVALID_ARGUMENT when `id` cannot name an account */
export function assertAccountId(id: string): void {
  assertIdentity(id, 'account_id');
  if (!id.startsWith('_')) return;
  throw new VikingError('INVALID_ARGUMENT', `account_id ${JSON.stringify(id)} begins with an underscore`, {
    hint: 'Such names are reserved for the daemon itself.',
  });
}

/** @throws INVALID_ARGUMENT when `id` cannot name a user: a word with a meaning of its own below `viking://user/` */
export function assertUserId(id: string): void {
  assertIdentity(id, 'user_id');
  if (!USER_SHORT_WORDS.has(id)) return;
  throw new VikingError(
    'INVALID_ARGUMENT',
    `user_id ${JSON.stringify(id)} is a word with a meaning of its own in viking://user/`,
    { hint: 'Choose another name.' },
  );
}
