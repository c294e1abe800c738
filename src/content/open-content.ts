import { readSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { syncDirectory } from '../base/atomic-write.ts';
import { turnBudget } from '../base/turn-budget.ts';
import { toVikingError } from '../errors/index.ts';
import type { ContentStore } from './contract.ts';
import { statEntry } from './entry.ts';
import type { AttributeCopier } from './keep-attributes.ts';
import { listContent, walkContent } from './list.ts';
import { makeDirectory } from './make-directory.ts';
import { moveContent } from './move.ts';
import { openFile } from './open-file.ts';
import { segmentsOf } from './path.ts';
import { inHeldDirectory } from './pin.ts';
import { readContent, readContentNow } from './read.ts';
import type { CachedReader } from './read-cached.ts';
import { removeContent } from './remove.ts';
import { prepareStaging } from './staging.ts';
import { realContentPath, type Tree } from './tree.ts';
import { appendContent, writeContent } from './write.ts';

/** How long reads without the thread pool may follow each other: whoever searches in all files is not alone. */
const TURN_MS = 4;

export interface ContentOptions {
  /** On the filesystem of the content directory, outside of it. Default: `staging` beside it. */
  readonly stagingDir?: string;
  /** Default: none, every read goes through the thread pool. */
  readonly readCached?: CachedReader | undefined;
  /** Default: none, a file that is replaced loses its extended attributes. */
  readonly copyAttributes?: AttributeCopier | undefined;
  /**
   * The calling thread has nothing better to do than to wait for its files: what is small is read on it, and the thread
   * pool is left to those whom others wait for. Default false.
   */
  readonly mayBlock?: boolean;
}

/**
 * The content tree in `dir`, made when missing. Only one process at a time may open it (the records' lock sees to
 * that): opening removes what an earlier one left in staging.
 * @throws PERMISSION_DENIED, NO_SPACE, NOT_DIRECTORY
 */
export async function openContent(dir: string, options: ContentOptions = {}): Promise<ContentStore> {
  const tree = await openTree(resolve(dir), options);
  return {
    dir: tree.dir,
    resolve: (path) => join(tree.dir, ...segmentsOf(path)),
    real: (path, how) => realContentPath(tree, path, how?.follow ?? true),
    stat: (path) => statEntry(tree, path),
    read: (path, limit, checked) => readContent(tree, path, limit, checked),
    readNow: (path, checked) => readContentNow(tree, path, checked),
    open: (path, checked) => openFile(tree, path, checked),
    write: (path, data, how) => writeContent(tree, path, data, how),
    append: (path, data, how) => appendContent(tree, path, data, how),
    mkdir: (path, checked) => makeDirectory(tree, path, checked),
    remove: (path, how) => removeContent(tree, path, how),
    move: (from, to, how) => moveContent(tree, from, to, how),
    list: (path, checked) => listContent(tree, path, checked?.real),
    walk: (path, how) => walkContent(tree, path, how),
    within: (path, { real }, work) => inHeldDirectory(tree, { path, real }, work),
  };
}

/** From the disk, if need be. */
function readNow(descriptor: number, buffer: Uint8Array): number {
  return readSync(descriptor, buffer, 0, buffer.length, 0);
}

async function openTree(dir: string, options: ContentOptions): Promise<Tree> {
  const stagingDir = resolve(options.stagingDir ?? join(dirname(dir), 'staging'));
  try {
    const made = await mkdir(dir, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncDirectory(dirname(made));
    const { mayBlock = false } = options;
    const readCached = mayBlock ? readNow : options.readCached;
    const tree: Tree = {
      dir,
      real: await realpath(dir),
      stagingDir,
      readCached,
      copyAttributes: options.copyAttributes,
      mayBlock,
      mayGoOn: turnBudget(TURN_MS),
    };
    await prepareStaging(tree);
    return tree;
  } catch (error) {
    throw toVikingError(error, dir);
  }
}
