import type { MemoryChange } from '../api/results.ts';
import { failpoint } from '../base/failpoint.ts';
import type { Stamp } from '../content/contract.ts';
import { isVikingError, VikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import { readMemory } from './drafts.ts';
import { mergeStatement } from './memory-file.ts';
import { ownPlace, removeOwn } from './own-place.ts';
import type { PlannedWrite } from './plan.ts';
import type { MemoryOptions } from './types.ts';

/** A file that keeps changing under us is somebody's open editor. */
const ATTEMPTS = 5;

type Writing = Pick<MemoryOptions, 'content' | 'onChanged'>;

/** Carries out one planned change, now or again. Returns what it changed, or undefined when the file says it already. */
export async function carryOut(
  options: Writing,
  principal: Principal,
  write: PlannedWrite,
): Promise<MemoryChange | undefined> {
  const uri = VikingUri.fromCanonical(write.uri);
  for (let attempt = 1; ; attempt += 1) {
    const stamp = await options.content.stat((await ownPlace(options.content, principal, uri)).path);
    const current = await readMemory(options.content, principal, uri);
    if (current === write.after) return changeOf(write, write.before, write.after);
    // Changed since the plan (by hand, or by another session): what it adds is merged into what is there now.
    const after = current === write.before ? write.after : mergedAnew(current, write);
    if (after === current) return undefined;
    try {
      await putMemory(options, principal, { uri, text: after, stamp });
    } catch (error) {
      const isOvertaken = isVikingError(error) && ['ALREADY_EXISTS', 'CONFLICT'].includes(error.code);
      if (!isOvertaken || attempt >= ATTEMPTS) throw error;
      continue;
    }
    failpoint('memory-2-written');
    return changeOf(write, current, after);
  }
}

/** A change somebody made meanwhile wins over a removal. */
function mergedAnew(current: string | undefined, write: PlannedWrite): string | undefined {
  if (write.after === undefined) return current;
  return write.statements.reduce<string | undefined>(
    (text, statement) => mergeStatement(text, write.memory_type, statement).text,
    current,
  );
}

/**
 * Writes, makes or (`text` undefined) removes a memory if it is still as its stamp says.
 * @throws CONFLICT, ALREADY_EXISTS when somebody was quicker, PERMISSION_DENIED for what is not the caller's
 */
export async function putMemory(
  { content, onChanged }: Writing,
  principal: Principal,
  put: { readonly uri: VikingUri; readonly text: string | undefined; readonly stamp: Stamp | undefined },
): Promise<void> {
  const { path, real } = await ownPlace(content, principal, put.uri);
  if (put.text === undefined) {
    // As late as can be: unlink(2) takes no condition, so a hand edit within this instant is lost.
    if (put.stamp !== undefined && !isSame(put.stamp, await content.stat(path))) {
      throw new VikingError('CONFLICT', `${put.uri}: changed meanwhile`);
    }
    await removeOwn(content, principal, put.uri);
  } else if (put.stamp === undefined) {
    const parent = await ownPlace(content, principal, put.uri.parent());
    await content.mkdir(parent.path, { real: parent.real });
    await content.write(path, put.text, { exclusive: true, real });
  } else {
    await content.write(path, put.text, { unchanged: put.stamp, real });
  }
  onChanged(put.uri, principal);
}

/** A file that is gone already is as removed as one can be. */
function isSame(before: Stamp, now: Stamp | undefined): boolean {
  return (
    now === undefined ||
    (before.ino === now.ino && before.size === now.size && before.mtimeMs === now.mtimeMs)
  );
}

function changeOf(write: PlannedWrite, before: string | undefined, after: string | undefined): MemoryChange {
  const { uri, memory_type } = write;
  return {
    uri,
    memory_type,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}
