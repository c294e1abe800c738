import { isStagingName } from '../uri/index.ts';

/** Temporary files of editors: backups, swap files, locks, vim's write test. */
const EDITOR_FILE = /~$|\.sw[a-px]$|^#.*#$|^4913$/;

/**
 * Whether a content path is searched at all. Not: dot-files and what is below dot-directories (layers, `.git`,
 * candidates under review), staging files, editors' temporary files, and of sessions everything but the messages.
 */
export function isIndexable(path: string): boolean {
  const parts = path.split('/');
  for (const part of parts) if (part.startsWith('.') || isStagingName(part)) return false;
  if (EDITOR_FILE.test(parts.at(-1)!)) return false;
  const depth = sessionDepth(parts);
  return depth === undefined || parts.length <= depth || isSessionPath(parts.slice(depth));
}

/** Where the names below a session begin, in the path of something below sessions. */
function sessionDepth(parts: readonly string[]): number | undefined {
  if (parts[1] === 'session') return 3;
  return parts[1] === 'user' && parts[3] === 'sessions' ? 5 : undefined;
}

/** `rest` is the path below a session: its messages, and the archives that hold older ones. */
function isSessionPath(rest: readonly string[]): boolean {
  if (rest.length === 1) return rest[0] === 'messages.jsonl' || rest[0] === 'history';
  return rest[0] === 'history' && (rest.length === 2 || (rest.length === 3 && rest[2] === 'messages.jsonl'));
}
