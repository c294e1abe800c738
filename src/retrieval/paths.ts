import { isVikingError } from '../errors/index.ts';
import { VikingUri } from '../uri/index.ts';

/** URI of a content path; undefined for a name that cannot be in a URI (it can be read, but not be asked for). */
export function uriOf(path: string): VikingUri | undefined {
  try {
    return VikingUri.of(path.split('/').slice(1));
  } catch (error) {
    if (isVikingError(error)) return undefined;
    throw error;
  }
}

/** How a content path is called in messages. */
export function shownPath(path: string): string {
  return `viking://${path.split('/').slice(1).join('/')}`;
}
