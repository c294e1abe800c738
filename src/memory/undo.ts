import type { MemoryChange, MemoryDiff, UndoResult } from '../api/results.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import { putMemory } from './carry-out.ts';
import { readMemory } from './drafts.ts';
import { ownPlace } from './own-place.ts';
import type { MemoryOptions } from './types.ts';

/**
 * Puts every memory back that a commit touched, newest change first. A file that is not as the commit left it was
 * changed since, by hand or by a later commit: it stays, and the answer says so. Asked again it answers the same.
 */
export async function undoDiff(
  options: Pick<MemoryOptions, 'content' | 'onChanged'>,
  principal: Principal,
  diff: MemoryDiff,
): Promise<UndoResult> {
  const { adds, updates, deletes } = diff.operations;
  const restored: string[] = [];
  const refused: { uri: string; reason: string }[] = [];
  for (const change of [...adds, ...updates, ...deletes].reverse()) {
    const reason = await undoChange(options, principal, change);
    if (reason === undefined) restored.push(change.uri);
    else refused.push({ uri: change.uri, reason });
  }
  return { archive_uri: diff.archive_uri, restored, refused };
}

/** Undefined when the memory is as it was before; else why it is not. */
async function undoChange(
  options: Pick<MemoryOptions, 'content' | 'onChanged'>,
  principal: Principal,
  change: MemoryChange,
): Promise<string | undefined> {
  const uri = VikingUri.fromCanonical(change.uri);
  if (change.before === undefined && change.after === undefined) return 'its text was forgotten';
  const stamp = await options.content.stat((await ownPlace(options.content, principal, uri)).path);
  const current = await readMemory(options.content, principal, uri);
  if (current === change.before) return undefined;
  if (current !== change.after) {
    return current === undefined ? 'it was removed since' : 'it was changed since the commit';
  }
  try {
    await putMemory(options, principal, { uri, text: change.before, stamp });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
