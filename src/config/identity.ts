import { userInfo } from 'node:os';
import { VikingError } from '../errors/index.ts';
import { isIdentity, USER_SHORT_WORDS } from '../uri/index.ts';

/** @throws INVALID_ARGUMENT when the system does not know who runs us */
export function loginName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    throw new VikingError('INVALID_ARGUMENT', `user id ${process.getuid?.()} has no login name`, {
      hint: 'Set VIKINGFS_USER to the name your data should be kept under.',
      cause: error,
    });
  }
}

/** @throws INVALID_ARGUMENT when `name` cannot be a user or account; `source` says where it came from */
export function assertName(kind: 'user' | 'account', name: string, source: string): void {
  const variable = kind === 'user' ? 'VIKINGFS_USER' : 'VIKINGFS_ACCOUNT';
  const shown = JSON.stringify(name.slice(0, 200));
  if (!isIdentity(name)) {
    throw new VikingError('INVALID_ARGUMENT', `${kind} ${shown} (${source}) is not usable as a name`, {
      hint: `Set ${variable} to 1 to 128 of the characters A-Z a-z 0-9 _ . @ - (not "." or "..").`,
    });
  }
  if (kind === 'user' && USER_SHORT_WORDS.has(name)) {
    throw new VikingError(
      'INVALID_ARGUMENT',
      `user ${shown} (${source}) is a word with a meaning of its own in viking://user/`,
      {
        hint: `Set ${variable} to another name.`,
      },
    );
  }
}
