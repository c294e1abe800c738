import { VikingError } from '../errors/index.ts';
import { assertIdentity, isIdentity, USER_SHORT_WORDS } from '../uri/index.ts';
import { SPACE_MARK } from './spaces.ts';

/** @throws INVALID_ARGUMENT when `id` cannot name an account */
export function assertAccountId(id: string): void {
  assertIdentity(id, 'account_id');
  if (!id.startsWith('_')) return;
  throw new VikingError('INVALID_ARGUMENT', `account_id ${JSON.stringify(id)} begins with an underscore`, {
    hint: 'Such names are reserved for the daemon itself.',
  });
}

/** Whether `id` can name a user. */
export function isUserId(id: string): boolean {
  return isIdentity(id) && !id.includes(SPACE_MARK) && !USER_SHORT_WORDS.has(id);
}

/** @throws INVALID_ARGUMENT when `id` cannot name a user: a word with a meaning of its own below `viking://user/` */
export function assertUserId(id: string): void {
  assertIdentity(id, 'user_id');
  if (id.includes(SPACE_MARK)) {
    throw new VikingError('INVALID_ARGUMENT', `user_id ${JSON.stringify(id)} holds ${SPACE_MARK}`, {
      hint: 'It stands between a user and an agent in the names of their spaces; name the agent by itself.',
    });
  }
  if (!USER_SHORT_WORDS.has(id)) return;
  throw new VikingError(
    'INVALID_ARGUMENT',
    `user_id ${JSON.stringify(id)} is a word with a meaning of its own in viking://user/`,
    { hint: 'Choose another name.' },
  );
}
