import { VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { assertAccess, uriContext } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';

/**
 * The entries a caller says it used, canonical, each once. A skill is a URI, or an object with `uri` or `skill_uri`.
 * @throws INVALID_ARGUMENT, INVALID_URI, PERMISSION_DENIED for an entry the caller may not read
 */
export function usedUris(
  principal: Principal,
  contexts: readonly string[],
  skill: unknown,
): { readonly contexts: readonly string[]; readonly skills: readonly string[] } {
  if (!Array.isArray(contexts)) throw new VikingError('INVALID_ARGUMENT', 'contexts is a list of URIs');
  const found = contexts.map((context, index) => readableUri(principal, context, `contexts[${index}]`));
  const skills =
    skill === undefined || skill === null ? [] : [readableUri(principal, skillUri(skill), 'skill')];
  return { contexts: [...new Set(found)], skills };
}

function readableUri(principal: Principal, text: unknown, where: string): string {
  if (typeof text !== 'string') throw new VikingError('INVALID_ARGUMENT', `${where} is not a URI`);
  const uri = VikingUri.parse(text, uriContext(principal));
  assertAccess(principal, uri, 'read');
  return uri.toString();
}

function skillUri(skill: unknown): unknown {
  if (typeof skill !== 'object' || skill === null) return skill;
  const { uri, skill_uri } = skill as { uri?: unknown; skill_uri?: unknown };
  return uri ?? skill_uri;
}
