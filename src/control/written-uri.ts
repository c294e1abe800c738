import type { Core } from '../core/core.ts';
import { VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import type { VikingUri } from '../uri/index.ts';

/** How often a name may have been percent-encoded, one layer of software over the other. */
const DECODED_TIMES = 3;

/**
 * The entry that content is to be written to. What climbs once a program decodes it is refused as a name: written as it
 * is it stays in its scope, and would lead whoever decodes it later out of it.
 * @throws INVALID_ARGUMENT, and what `parseUri` throws
 */
export function writtenUri(core: Core, principal: Principal, text: string): VikingUri {
  let decoded = text;
  for (let times = 0; times <= DECODED_TIMES; times++) {
    if (decoded.split(/[/\\]/).some((part) => part === '.' || part === '..')) {
      throw new VikingError('INVALID_ARGUMENT', `${text.slice(0, 300)}: "." and ".." are no names`, {
        hint: 'Name the entry from its scope on, as in viking://resources/docs/a.md.',
      });
    }
    decoded = decodedOnce(decoded);
  }
  return core.files.parseUri(principal, text);
}

function decodedOnce(text: string): string {
  return text.replace(/%(2e|2f|5c|25)/gi, (code) => decodeURIComponent(code));
}
