import { toVikingError, VikingError } from '../errors/index.ts';
import { sourceText } from './fetch-source.ts';

/**
 * The error of an import. Where something lies in staging is the daemon's own matter: of what was sent or fetched the
 * last name is told, which is the sender's.
 */
export function sourceError(
  error: unknown,
  { source, stagingDir }: { readonly source: string; readonly stagingDir: string },
): VikingError {
  const known = toVikingError(error, sourceText(source));
  const [before, ...places] = known.message.split(`${stagingDir}/`);
  if (places.length === 0) return known;
  const message = [before, ...places.map((text) => text.replace(/^(?:[^/\s]+\/)*/, ''))].join('');
  const { code, hint, details } = known;
  return new VikingError(code, message, { ...(hint === undefined ? {} : { hint }), details, cause: error });
}
