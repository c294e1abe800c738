import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isStagingName } from '../uri/index.ts';
import type { Tree } from './tree.ts';

/**
 * Makes the staging directory and removes what a killed process left: half-written files and directories on their way
 * out. Staging on another filesystem makes writes stage beside their target, so then the whole tree is looked through.
 */
export async function prepareStaging(tree: Tree): Promise<void> {
  await mkdir(tree.stagingDir, { recursive: true, mode: 0o700 });
  await removeStaged(tree.stagingDir);
  const [staging, content] = await Promise.all([stat(tree.stagingDir), stat(tree.real)]);
  if (staging.dev !== content.dev) await removeStagedBelow(tree.real);
}

async function removeStagedBelow(directory: string): Promise<void> {
  await removeStaged(directory);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeStagedBelow(join(directory, entry.name));
  }
}

async function removeStaged(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (isStagingName(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}
