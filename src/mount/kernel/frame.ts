import { lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path/posix';
import { USER_SHORT_WORDS } from '../../uri/index.ts';
import type { Vfs } from '../../vfs/index.ts';
import type { NativeGraft, NativeStatic } from './binding.ts';
import { encodeAttr } from './encode.ts';

/** Which parts of the tree are plain directories, and the directories on the way to them. */
export interface Frame {
  readonly grafts: readonly NativeGraft[];
  /** Parents first. */
  readonly statics: readonly NativeStatic[];
}

/** A name nobody has, to ask what a new entry of a directory would be. */
const PROBE = 'vikingfs-probe';

/** Changing these is refused or more than a plain file operation; the vfs decides. */
const GUARDED = [...USER_SHORT_WORDS].filter((word) => !word.includes('.'));

/** Walks the namespace from its root until it is plain content everywhere. Follows what `vfs.backing` says. */
export async function readFrame(vfs: Vfs, readOnly: boolean): Promise<Frame> {
  const grafts: NativeGraft[] = [];
  const statics: NativeStatic[] = [];

  async function visit(path: string, isOnTheWay: boolean): Promise<boolean> {
    const backing = vfs.backing(path);
    if (backing.kind === 'content') return plain(path, backing.path);
    const probe = vfs.backing(join(path, PROBE));
    if (probe.kind === 'content') return framed(path, dirname(probe.path));
    const at = statics.length;
    const found = await visitDirectories(path, isOnTheWay);
    if (isOnTheWay && (found || path === '/')) {
      statics.splice(at, 0, { path, attr: encodeAttr(await vfs.getattr(path)) });
    }
    return found;
  }

  async function visitDirectories(path: string, isOnTheWay: boolean): Promise<boolean> {
    let found = false;
    for (const entry of await vfs.readdir(path)) {
      if (entry.type !== 'directory' || entry.name.startsWith('.')) continue;
      const child = join(path, entry.name);
      // Below content only grafts matter: the sessions of a user can be many.
      if (!isOnTheWay && vfs.backing(child).kind !== 'content') continue;
      if (await visit(child, isOnTheWay)) found = true;
    }
    return found;
  }

  async function plain(path: string, backing: string): Promise<boolean> {
    if (!(await isDirectory(backing))) return false;
    grafts.push({ path, backing, virtualNames: [], guardedNames: [] });
    return true;
  }

  /** A directory of content whose own names are part of the namespace: some virtual, some not to be removed. */
  async function framed(path: string, backing: string): Promise<boolean> {
    const virtualNames: string[] = [];
    for (const word of GUARDED) {
      const child = vfs.backing(join(path, word));
      if (child.kind === 'virtual') virtualNames.push(word);
      else if (!readOnly) await mkdir(child.path, { recursive: true });
    }
    if (!(await isDirectory(backing))) return false;
    grafts.push({ path, backing, virtualNames, guardedNames: GUARDED });
    for (const name of virtualNames) await visitDirectories(join(path, name), false).catch(() => false);
    return true;
  }

  await visit('/', true);
  return { grafts, statics };
}

async function isDirectory(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
