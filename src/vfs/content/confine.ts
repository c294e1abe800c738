import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { skillsOwner } from '../../tenancy/index.ts';
import type { VfsContext } from '../context.ts';
import { refused } from '../fault.ts';

/**
 * The kernel resolves symlinks before it asks us, so a backing path has none. But a directory can be swapped for a
 * symlink between its lookup and our call (by another mount, or in the content directory itself). What is opened or
 * changed is therefore checked to be inside the caller's own trees.
 */
export async function assertOpenedInside(context: VfsContext, fd: number, path: string): Promise<void> {
  await assertInside(context, await readlink(`/proc/self/fd/${fd}`), path);
}

/** The same for an operation by name: its parent directory must be where it seems to be. */
export async function assertParentInside(context: VfsContext, backing: string, path: string): Promise<void> {
  await assertInside(context, join(await realpath(dirname(backing)), basename(backing)), path);
}

async function assertInside(context: VfsContext, real: string, path: string): Promise<void> {
  const root = await context.accountRoot();
  const { user } = context.principal;
  const own = [
    `${root}/resources`,
    `${root}/user/${user}`,
    `${root}/user/${skillsOwner(context.principal)}/skills`,
    ...(context.principal.sharedSessions === true ? [`${root}/session`] : []),
  ];
  if (own.some((tree) => real === tree || real.startsWith(`${tree}/`))) return;
  throw refused(path, 'leads out of this mount');
}
