import { VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { assertSessionId, VikingUri } from '../uri/index.ts';

export const MESSAGES = 'messages.jsonl';
export const META = '.meta.json';
export const HISTORY = 'history';
export const TOOLS = 'tools';
export const DONE = '.done';
export const FAILED = '.failed.json';
export const MEMORY_DIFF = 'memory_diff.json';

/** One session, of one user or of the account: where it is, and under which key its lane runs. */
export interface SessionRef {
  readonly principal: Principal;
  readonly id: string;
  readonly uri: VikingUri;
  /** Content path of the session directory. */
  readonly path: string;
  /** The URI of its live messages. */
  readonly messages: VikingUri;
}

/** @throws INVALID_ARGUMENT for an id that cannot name a session */
export function sessionRef(principal: Principal, id: string): SessionRef {
  if (last !== undefined && last.principal === principal && last.id === id) return last;
  assertSessionId(id);
  if (id.startsWith('.')) {
    throw new VikingError('INVALID_ARGUMENT', `session id ${JSON.stringify(id)} begins with a dot`, {
      hint: 'Names with a leading dot are reserved in a session directory.',
    });
  }
  const uri = sessionsUri(principal).join(id);
  last = {
    principal,
    id,
    uri,
    path: `${principal.account}/${uri.contentPath}`,
    messages: uri.join(MESSAGES),
  };
  return last;
}

/** Who appends line by line asks for one session all the time. Neither a principal nor a reference ever changes. */
let last: SessionRef | undefined;

/** Content path of the directory that holds a caller's sessions. */
export function sessionsPath(principal: Principal): string {
  return `${principal.account}/${sessionsUri(principal).contentPath}`;
}

function sessionsUri(principal: Principal): VikingUri {
  return principal.sharedSessions === true
    ? VikingUri.of(['session'])
    : VikingUri.user(principal.user, 'sessions');
}

/** `archive_007`: at least three digits, counted from 1, never used twice. */
export function archiveName(number: number): string {
  return `archive_${String(number).padStart(3, '0')}`;
}

/** The number in an archive's name, or undefined for any other name. */
export function archiveNumber(name: string): number | undefined {
  const digits = /^archive_(\d{3,9})$/.exec(name)?.[1];
  const number = Number(digits);
  return digits !== undefined && number > 0 && archiveName(number) === name ? number : undefined;
}

/** Staging names are hidden everywhere; a leftover is the work of a crash. */
export function stagingName(name: string): string {
  return `.vikingfs-${name}.tmp`;
}

/** Suffix of a file moved aside: its time, usable in a name. */
export function asideSuffix(now: number): string {
  return new Date(now).toISOString().replaceAll(':', '').replace('.', '-');
}
