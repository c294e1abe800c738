import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * A new user key: `b64url(account).b64url(user).b64url(secret)`, unpadded, as clients of the reference expect. The
 * secret is 32 random bytes as hex, or `sha256(user NUL seed)` when a seed is given: the same seed, the same key.
 */
export function newKey(account: string, user: string, seed?: string): string {
  const secret =
    seed === undefined
      ? randomBytes(32).toString('hex')
      : createHash('sha256').update(`${user}\0${seed}`).digest('hex');
  return [account, user, secret].map((part) => Buffer.from(part).toString('base64url')).join('.');
}

/** What is kept of a key. A key is 256 random bits, so one round of SHA-256 cannot be searched backwards. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The first characters of the secret: enough to tell keys apart in a list, useless to guess one. */
export function keyPrefix(key: string): string {
  return key.split('.').at(-1)!.slice(0, 8);
}

/** Whether two texts are equal, in a time that says nothing about where they differ. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
