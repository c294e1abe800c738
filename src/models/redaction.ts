import { withoutSecrets } from '../base/secrets.ts';

export interface Redaction {
  /** `text` without secrets; what was taken out is counted by kind in `found`. */
  clean(text: string, found: Map<string, number>): string;
}

/**
 * What leaves the machine carries no secrets. `allowed` are texts that look like secrets and are none, e.g. a key of the
 * documentation's examples: a find that contains one of them stays.
 */
export function createRedaction(allowed: readonly string[]): Redaction {
  return {
    clean(text, found) {
      return withoutSecrets(text, (kind, secret) => {
        if (allowed.some((harmless) => secret.includes(harmless))) return true;
        found.set(kind, (found.get(kind) ?? 0) + 1);
        return false;
      });
    },
  };
}
