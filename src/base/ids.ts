import { randomBytes, randomFillSync } from 'node:crypto';

const ID_BYTES = 12;
/** Asking for random bytes costs the same for a few and for many: ids take theirs from a store of them. */
const store = Buffer.alloc(256 * ID_BYTES);
let taken = store.length;

/** `prefix_` followed by 24 random hex digits, e.g. `msg_5f0c…`. */
export function newId(prefix: string): string {
  if (taken === store.length) {
    randomFillSync(store);
    taken = 0;
  }
  taken += ID_BYTES;
  return `${prefix}_${store.toString('hex', taken - ID_BYTES, taken)}`;
}

/** Session id the daemon invents: `YYYYMMDD-HHMMSS-<16 hex>` in UTC, so that ids sort by creation. */
export function newSessionId(now: Date): string {
  const iso = now.toISOString();
  const day = iso.slice(0, 10).replaceAll('-', '');
  const time = iso.slice(11, 19).replaceAll(':', '');
  return `${day}-${time}-${randomBytes(8).toString('hex')}`;
}
