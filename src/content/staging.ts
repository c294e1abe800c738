import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isStagingName } from '../uri/index.ts';
import { removeTree } from './remove.ts';
import type { Tree } from './tree.ts';

/**
 * Makes the staging directory and removes what a killed process left: half-written files and directories on their way
 * out. Staging on another filesystem makes writes stage beside their target, so then the whole tree is looked through.
 */
export async function prepareStaging(tree: Tree): Promise<void> {
  await mkdir(tree.stagingDir, { recursive: true, mode: 0o700 });
  await removeStaged(tree.stagingDir, tree.stagingDir);
  const [staging, content] = await Promise.all([stat(tree.stagingDir), stat(tree.real)]);
  if (staging.dev !== content.dev) await removeStagedBelow(tree, tree.real);
}

async function removeStagedBelow(tree: Tree, directory: string): Promise<void> {
  await removeStaged(tree.stagingDir, directory);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeStagedBelow(tree, join(directory, entry.name));
  }
}

async function removeStaged(stagingDir: string, directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!isStagingName(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await removeTree(stagingDir, Buffer.from(path));
    else await rm(path, { force: true });
  }
}
