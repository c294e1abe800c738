import { VikingError } from '../errors/index.ts';

/** Longest name of a file or directory, in UTF-8 bytes (NAME_MAX of every Linux filesystem we sit on). */
export const NAME_MAX_BYTES = 255;

const IDENTITY = /^[A-Za-z0-9_.@-]{1,128}$/;

/** Words with a meaning of their own directly under `viking://user/`: no user may be called so. */
export const USER_SHORT_WORDS: ReadonlySet<string> = new Set([
  'memories',
  'resources',
  'skills',
  'peers',
  'sessions',
  'profile.md',
]);

/**
 * Checks an ordinary path segment: not empty, valid UTF-8 text, no `/`, `\` or NUL, not `.` or `..`, at most 255 bytes.
 * @throws INVALID_URI, NAME_TOO_LONG
 */
export function assertSegment(segment: string, uri: string): void {
  if (segment === '') throw new VikingError('INVALID_URI', `${uri}: a name is empty`);
  if (segment === '.' || segment === '..')
    throw new VikingError('INVALID_URI', `${uri}: "${segment}" is not a name`);
  if (/[/\\\0]/.test(segment)) {
    throw new VikingError('INVALID_URI', `${uri}: a name cannot contain a slash, backslash or NUL`);
  }
  if (!segment.isWellFormed()) throw new VikingError('INVALID_URI', `${uri}: a name is not valid Unicode`);
  if (Buffer.byteLength(segment) > NAME_MAX_BYTES) {
    throw new VikingError('NAME_TOO_LONG', `${uri}: a name has more than ${NAME_MAX_BYTES} bytes`);
  }
}

/** Whether `text` can name an account, user or peer: one safe segment of `[A-Za-z0-9_.@-]{1,128}`. */
export function isIdentity(text: string): boolean {
  return IDENTITY.test(text) && text !== '.' && text !== '..';
}

const SESSION_ID = /^(?! )[\p{L}\p{M}\p{N}_.@ -]+(?<! )$/u;
/** What a name may have, less what a session's directory is called while it is made (`.vikingfs-….tmp`). */
const SESSION_ID_MAX_BYTES = NAME_MAX_BYTES - 15;

/**
 * Whether `text` can name a session, which is one directory that people name in their own script: letters, marks and
 * digits of any, spaces inside, and what an identity may hold.
 */
export function isSessionId(text: string): boolean {
  const fits = Buffer.byteLength(text) <= SESSION_ID_MAX_BYTES && SESSION_ID.test(text);
  return fits && text !== '.' && text !== '..' && text === text.normalize('NFC');
}

/** @throws INVALID_ARGUMENT */
export function assertSessionId(text: string): void {
  if (isSessionId(text)) return;
  throw new VikingError(
    'INVALID_ARGUMENT',
    `session id ${JSON.stringify(text.slice(0, 200))} is not usable`,
    {
      hint: `Use letters, digits, spaces inside, _ . @ - (1 to ${SESSION_ID_MAX_BYTES} bytes, NFC) and not "." or "..".`,
    },
  );
}

/** @throws INVALID_ARGUMENT when `text` is not an identity; `what` says whose, e.g. "session id". */
export function assertIdentity(text: string, what: string): void {
  if (isIdentity(text)) return;
  throw new VikingError('INVALID_ARGUMENT', `${what} ${JSON.stringify(text.slice(0, 200))} is not usable`, {
    hint: 'Use 1 to 128 of the characters A-Z a-z 0-9 _ . @ - and not "." or "..".',
  });
}
