import { failpoint } from '../base/failpoint.ts';
import { isVikingError } from '../errors/index.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import { readMemory } from './decide.ts';
import { mergeStatement } from './memory-file.ts';
import type { PlannedWrite } from './plan.ts';
import type { MemoryChange, MemoryOptions } from './types.ts';

/** A file that keeps changing under us is somebody's open editor. */
const ATTEMPTS = 3;

/** Carries out one planned change, now or again. Returns what it changed, or undefined when the file says it already. */
export async function carryOut(
  options: Pick<MemoryOptions, 'content' | 'onChanged'>,
  principal: Principal,
  write: PlannedWrite,
): Promise<MemoryChange | undefined> {
  const uri = VikingUri.fromCanonical(write.uri);
  for (let attempt = 1; ; attempt += 1) {
    const current = await readMemory(options.content, principal, uri);
    if (current === write.after) return changeOf(write, write.before, write.after);
    // Changed since the plan (by hand, or by another session): what it adds is merged into what is there now.
    const after = current === write.before ? write.after : mergedAnew(current, write);
    if (after === current) return undefined;
    try {
      await writeMemory(options, principal, uri, after, current === undefined);
    } catch (error) {
      const isTaken = isVikingError(error) && error.code === 'ALREADY_EXISTS';
      if (!isTaken || attempt >= ATTEMPTS) throw error;
      continue;
    }
    failpoint('memory-2-written');
    options.onChanged(uri, principal);
    return changeOf(write, current, after);
  }
}

function mergedAnew(current: string | undefined, write: PlannedWrite): string {
  return write.statements.reduce<string | undefined>(
    (text, statement) => mergeStatement(text, write.memory_type, statement).text,
    current,
  ) as string;
}

async function writeMemory(
  { content }: Pick<MemoryOptions, 'content'>,
  principal: Principal,
  uri: VikingUri,
  text: string,
  isNew: boolean,
): Promise<void> {
  if (isNew) await content.mkdir(`${principal.account}/${uri.parent().contentPath}`);
  await content.write(`${principal.account}/${uri.contentPath}`, text, { exclusive: isNew });
}

function changeOf(write: PlannedWrite, before: string | undefined, after: string): MemoryChange {
  const { uri, memory_type } = write;
  return { uri, memory_type, ...(before === undefined ? {} : { before }), after };
}
