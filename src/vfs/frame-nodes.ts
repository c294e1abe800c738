import { lstat, statfs } from 'node:fs/promises';
import { ABSTRACT, CONTROL, OVERVIEW, USER_SHORT_WORDS } from '../uri/index.ts';
import { S_IFDIR, S_IFLNK, virtualAttr } from './attributes.ts';
import { virtualEntry } from './content/list-content.ts';
import type { VfsContext } from './context.ts';
import { refused, systemError } from './fault.ts';
import type { Place } from './locate.ts';
import type { VfsNode } from './node.ts';
import type { DirEntry, StatFs } from './vfs.ts';

/** The mount's root: `viking://`. */
export function rootNode(context: VfsContext): VfsNode {
  return {
    path: '/',
    attr: async () => virtualAttr({ path: '/', mode: S_IFDIR | 0o755, mtimeNs: context.bornNs }),
    list: async () => [
      virtualEntry('/', 'resources', 'directory'),
      virtualEntry('/', 'user', 'directory'),
      virtualEntry('/', 'session', context.principal.sharedSessions === true ? 'directory' : 'symlink'),
      virtualEntry('/', CONTROL, 'directory'),
      virtualEntry('/', ABSTRACT, 'file'),
      virtualEntry('/', OVERVIEW, 'file'),
    ],
    rmdir: () => Promise.reject(systemError('EBUSY', '/')),
  };
}

/** `/user`: the caller alone, and short links into their directory. */
export function usersNode(context: VfsContext): VfsNode {
  const { user, agentSpace } = context.principal;
  return {
    path: '/user',
    attr: async () => virtualAttr({ path: '/user', mode: S_IFDIR | 0o755, mtimeNs: context.bornNs }),
    async list() {
      const entries: DirEntry[] = [virtualEntry('/user', user, 'directory')];
      if (agentSpace !== undefined) entries.push(virtualEntry('/user', agentSpace, 'directory'));
      for (const word of USER_SHORT_WORDS) {
        if (word === 'profile.md' && !(await exists(context, ['user', user, word]))) continue;
        entries.push(virtualEntry('/user', word, 'symlink'));
      }
      return entries;
    },
    rmdir: () => Promise.reject(frameRefusal('/user')),
  };
}

export function linkNode(context: VfsContext, place: Extract<Place, { kind: 'link' }>): VfsNode {
  const refuse = () => Promise.reject(frameRefusal(place.path));
  async function assertThere(): Promise<void> {
    if (place.requires === undefined || (await exists(context, place.requires))) return;
    throw systemError('ENOENT', place.path);
  }
  return {
    path: place.path,
    async attr() {
      await assertThere();
      return virtualAttr({
        path: place.path,
        mode: S_IFLNK | 0o777,
        size: Buffer.byteLength(place.target),
        mtimeNs: context.bornNs,
      });
    },
    async target() {
      await assertThere();
      return place.target;
    },
    create: refuse,
    mkdir: refuse,
    symlink: refuse,
    unlink: refuse,
  };
}

export function absentNode(place: Extract<Place, { kind: 'absent' }>): VfsNode {
  const refuse = () =>
    Promise.reject(
      place.code === 'ENOENT'
        ? refused(place.path, `nothing can be made here: ${place.reason}`, 'Work under resources/ or user/.')
        : systemError(place.code, place.path),
    );
  return {
    path: place.path,
    attr: () => Promise.reject(systemError(place.code, place.path)),
    create: refuse,
    mkdir: refuse,
    symlink: refuse,
  };
}

export async function contentStatFs(context: VfsContext): Promise<StatFs> {
  const found = await statfs(context.core.tree.contentDir, { bigint: true });
  return {
    blockSize: Number(found.bsize),
    blocks: found.blocks,
    blocksFree: found.bfree,
    blocksAvailable: found.bavail,
    files: found.files,
    filesFree: found.ffree,
    nameMax: 255,
  };
}

function frameRefusal(path: string) {
  return refused(
    path,
    'part of the namespace, it cannot be removed, renamed or replaced',
    'Work on what is inside it.',
  );
}

async function exists(context: VfsContext, segments: readonly string[]): Promise<boolean> {
  return lstat(context.backingPath(segments)).then(
    () => true,
    () => false,
  );
}
