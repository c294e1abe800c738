import { VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { SCHEME, VikingUri } from '../uri/index.ts';
import type { LayerLevel } from './core.ts';

/**
 * The parts a directory of the frame is described from, when a layer of the directory itself would tell of entries
 * its reader cannot see: the containers above a user's own tree, and with an actor peer the trees that hold peers.
 * Undefined for every other directory.
 */
export function composedParts(principal: Principal, uri: VikingUri): readonly VikingUri[] | undefined {
  const own = VikingUri.user(principal.user);
  const trees =
    principal.agentSpace === undefined ? [own] : [own, VikingUri.user(principal.agentSpace, 'skills')];
  if (uri.isRoot) return [VikingUri.resources(), ...trees];
  if (uri.scope === 'user' && uri.segments.length === 1) return trees;
  if (principal.actorPeer === undefined) return undefined;
  const peer = own.join('peers', principal.actorPeer);
  if (uri.equals(own)) return [...OWN_PARTS.map((name) => own.join(name)), peer];
  return uri.equals(own.join('peers')) ? [peer] : undefined;
}

const OWN_PARTS = ['memories', 'resources', 'skills', 'sessions'] as const;

/** Describes a frame directory by its parts' abstracts, as its reader sees them. */
export async function composeLayer(
  principal: Principal,
  uri: VikingUri,
  level: LayerLevel,
  readAbstract: (part: VikingUri) => Promise<string>,
): Promise<string> {
  const summary = uri.isRoot
    ? `Context of ${principal.user}: shared resources of the account ${principal.account}, and their own memories, skills and sessions.`
    : `Context of ${principal.user}${principal.actorPeer === undefined ? '' : ` with ${principal.actorPeer}`}.`;
  if (level === 'abstract') return summary;
  const lines: string[] = [];
  for (const part of composedParts(principal, uri) ?? []) {
    const name = part.segments.slice(uri.segments.length).join('/');
    const abstract = await readAbstract(part).catch(absentIsEmpty);
    if (abstract !== undefined) lines.push(`- ${name}/: ${abstract.replace(/\s+/g, ' ').trim()}`);
  }
  if (uri.isRoot)
    lines.push('- session/: conversations; `.viking/help` says how to add to one and commit it');
  const ask = uri.isRoot ? ['', 'Ask any directory a question: `ls ".find/your question"`.'] : [];
  return [`# ${uri.isRoot ? SCHEME : uri.name}`, '', summary, '', ...lines, ...ask].join('\n');
}

function absentIsEmpty(error: unknown): undefined {
  if (error instanceof VikingError && error.code === 'NOT_FOUND') return undefined;
  throw error;
}
