import { randomBytes } from 'node:crypto';

/** `prefix_` followed by 24 random hex digits, e.g. `msg_5f0c…`. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`;
}

/** Session id the daemon invents: `YYYYMMDD-HHMMSS-<16 hex>` in UTC, so that ids sort by creation. */
export function newSessionId(now: Date): string {
  const iso = now.toISOString();
  const day = iso.slice(0, 10).replaceAll('-', '');
  const time = iso.slice(11, 19).replaceAll(':', '');
  return `${day}-${time}-${randomBytes(8).toString('hex')}`;
}
