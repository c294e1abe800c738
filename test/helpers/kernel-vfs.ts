import { constants } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path/posix';
import { VikingError } from '../../src/errors/index.ts';
import { MAGIC_NAMES } from '../../src/uri/index.ts';
import type { Attr, DirEntry, HandleId, Vfs } from '../../src/vfs/index.ts';

const { S_IFDIR, S_IFREG, S_IFLNK, O_TRUNC, O_APPEND } = constants;

/** Appended to by many at once; a write to it waits for another one. */
const MANY = '/.viking/many';

interface VirtualFile {
  data: Buffer;
  mtimeNs: bigint;
}

interface Open {
  readonly path: string;
  readonly flags: number;
  data: Buffer;
  dirty: boolean;
}

export interface KernelVfs extends Vfs {
  /** What the driver said it changed. */
  readonly changes: string[];
  /** Failures the driver reported. */
  readonly failures: string[];
  set(path: string, text: string): void;
}

/**
 * A vfs just large enough to test the kernel driver alone: content under `/resources` and `/user/me`, sidecars that
 * count how often they were asked, magic files that fail, block, throw and never answer.
 */
export function kernelVfs(contentDir: string): KernelVfs {
  const files = new Map<string, VirtualFile>();
  const handles = new Map<HandleId, Open>();
  const changes: string[] = [];
  const failures: string[] = [];
  const sessions = new Set<string>(['first']);
  let lastHandle = 0;
  let clockNs = BigInt(Date.now()) * 1_000_000n;

  function set(path: string, text: string): void {
    clockNs += 1_000_000n;
    files.set(path, { data: Buffer.from(text), mtimeNs: clockNs });
  }

  set('/.viking/status', 'up\n');
  set('/.viking/echo', '');
  set('/.viking/many', '');
  set('/.viking/big', 'x'.repeat(3 * 1024 * 1024));
  for (const name of ['slow', 'throws', 'block', 'refuses', 'oddity']) set(`/.viking/${name}`, 'old\n');
  set('/user/me/sessions/first/messages.jsonl', '');

  function nameOf(path: string): string {
    return path.slice(path.lastIndexOf('/') + 1);
  }
  function parentOf(path: string): string {
    return path.slice(0, Math.max(path.lastIndexOf('/'), 1));
  }
  function isSidecar(path: string): boolean {
    return nameOf(path) === '.abstract.md' || nameOf(path) === '.overview.md';
  }

  function missing(path: string): never {
    throw Object.assign(new Error(`${path}: no such entry`), { code: 'ENOENT' });
  }

  function fileAt(path: string): VirtualFile {
    const found = files.get(path);
    if (found !== undefined) return found;
    if (isSidecar(path))
      return { data: Buffer.from(`generated for ${parentOf(path)}\n`), mtimeNs: 1_000_000_000n };
    return missing(path);
  }

  /** What somebody is writing there. */
  function draftAt(path: string): VirtualFile | undefined {
    const open = [...handles.values()].findLast((entry) => entry.path === path && entry.dirty);
    return open === undefined ? undefined : { data: open.data, mtimeNs: clockNs + BigInt(open.data.length) };
  }

  function directoryAt(path: string): boolean {
    if (['/', '/user', '/.viking', '/user/me', '/user/me/sessions'].includes(path)) return true;
    if (/\/\.find(\/[^/]+)?$/.test(path)) return true;
    return parentOf(path) === '/user/me/sessions' && sessions.has(nameOf(path));
  }

  function linkAt(path: string): string | undefined {
    if (path === '/session') return 'user/me/sessions';
    return /\/\.find\/[^/]+\/01-a\.md$/.test(path) ? '../../a.md' : undefined;
  }

  function inode(path: string): bigint {
    let hash = 14695981039346656037n;
    for (const byte of Buffer.from(path)) hash = ((hash ^ BigInt(byte)) * 1099511628211n) & 0xffffffffffffn;
    return (1n << 49n) + hash;
  }

  function attrs(path: string, mode: number, size: number, mtimeNs: bigint): Attr {
    const base = { ino: inode(path), mode, nlink: 1, uid: 0, gid: 0, size, blocks: 1, rdev: 0 };
    return { ...base, atimeNs: mtimeNs, mtimeNs, ctimeNs: mtimeNs };
  }

  async function getattr(path: string): Promise<Attr> {
    if (path === '/.viking/block') blockFor(400);
    if (directoryAt(path)) return attrs(path, S_IFDIR | 0o755, 0, 1_000_000_000n);
    const target = linkAt(path);
    if (target !== undefined) return attrs(path, S_IFLNK | 0o777, target.length, 1_000_000_000n);
    if (nameOf(path).startsWith('hangs')) await new Promise(() => undefined);
    const file = draftAt(path) ?? fileAt(path);
    const attr = attrs(path, S_IFREG | 0o644, file.data.length, file.mtimeNs);
    return path === MANY ? { ...attr, manyAppend: true } : attr;
  }

  /** Writes that wait here are answered together: the first waits for the second. */
  const waiting: (() => void)[] = [];
  async function meet(): Promise<void> {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 2) for (const go of waiting.splice(0)) go();
    });
  }

  function handleAt(id: HandleId): Open {
    const open = handles.get(id);
    if (open === undefined) throw Object.assign(new Error(`handle ${id}`), { code: 'EBADF' });
    return open;
  }

  function add(path: string, flags: number): HandleId {
    const data = (flags & O_TRUNC) !== 0 ? Buffer.alloc(0) : Buffer.from(fileAt(path).data);
    lastHandle += 1;
    handles.set(lastHandle, { path, flags, data, dirty: false });
    return lastHandle;
  }

  async function flush(id: HandleId): Promise<void> {
    const open = handleAt(id);
    if (!open.dirty) return;
    open.dirty = false;
    if (nameOf(open.path) === 'refuses') throw new VikingError('INVALID_ARGUMENT', `${open.path}: refused`);
    set(open.path, open.data.toString());
  }

  async function dirents(path: string): Promise<DirEntry[]> {
    const entry = (name: string, type: DirEntry['type']): DirEntry => ({
      name,
      type,
      ino: inode(join(path, name)),
    });
    if (path === '/') {
      return [
        entry('resources', 'directory'),
        entry('user', 'directory'),
        entry('session', 'symlink'),
        entry('.viking', 'directory'),
      ];
    }
    if (path === '/user') return [entry('me', 'directory')];
    if (path === '/user/me/sessions') return [...sessions].map((name) => entry(name, 'directory'));
    if (/\/\.find\/[^/]+$/.test(path)) return [entry('01-a.md', 'symlink')];
    const backing = backingOf(path);
    if (backing !== undefined) {
      const plain = await readdir(backing, { withFileTypes: true });
      const listed = plain
        .filter((found) => !MAGIC_NAMES.has(found.name))
        .map((found) => entry(found.name, found.isDirectory() ? 'directory' : 'file'));
      return nameOf(path).startsWith('listed') ? [...listed, entry('.overview.md', 'file')] : listed;
    }
    if (!directoryAt(path)) missing(path);
    return [...files.keys()]
      .filter((name) => parentOf(name) === path)
      .map((name) => entry(nameOf(name), 'file'));
  }

  function backingOf(path: string): string | undefined {
    if (path.split('/').some((name) => MAGIC_NAMES.has(name))) return undefined;
    if (path === '/resources' || path.startsWith('/resources/')) return join(contentDir, path);
    if (!path.startsWith('/user/me/') || path.startsWith('/user/me/sessions')) return undefined;
    return join(contentDir, path);
  }

  const vfs: KernelVfs = {
    changes,
    failures,
    set,
    backing(path) {
      const found = backingOf(path);
      return found === undefined ? { kind: 'virtual' } : { kind: 'content', path: found };
    },
    pathOf: () => undefined,
    changed: (path) => void changes.push(path),
    unsettled: () => undefined,
    failed: (op, path, error) => void failures.push(`${op} ${path} ${String(error)}`),
    getattr,
    fgetattr: async (id) => getattr(handleAt(id).path),
    readdir: dirents,
    layers: (path) => (nameOf(path).startsWith('listed') ? ['.overview.md'] : []),
    readlink: async (path) => linkAt(path) ?? missing(path),
    statfs: async () => ({
      blockSize: 4096,
      blocks: 1n,
      blocksFree: 1n,
      blocksAvailable: 1n,
      files: 1n,
      filesFree: 1n,
      nameMax: 255,
    }),
    async open(path, flags) {
      if (path === '/.viking/slow') await new Promise(() => undefined);
      return add(path, flags);
    },
    async create(path, flags) {
      if (path.startsWith('/.viking/')) throw new VikingError('READ_ONLY', `${path}: no files here`);
      if (!/^\/user\/me\/sessions\/[^/]+\//.test(path) && !isSidecar(path)) missing(path);
      set(path, '');
      return add(path, flags);
    },
    async read(id, buffer, position) {
      const { path, data } = handleAt(id);
      if (path === '/.viking/throws') throw new TypeError('a bug in a handler');
      return data.copy(buffer, 0, position);
    },
    async write(id, buffer, position) {
      const open = handleAt(id);
      if (open.path === MANY) await meet();
      const at = (open.flags & O_APPEND) !== 0 ? open.data.length : position;
      const grown = Buffer.alloc(Math.max(open.data.length, at + buffer.length));
      open.data.copy(grown);
      grown.set(buffer, at);
      open.data = grown;
      open.dirty = true;
      return buffer.length;
    },
    async truncate(path, size) {
      set(path, fileAt(path).data.subarray(0, size).toString());
    },
    async ftruncate(id, size) {
      handleAt(id).data = handleAt(id).data.subarray(0, size);
    },
    flush,
    fsync: (id) => flush(id),
    async release(id) {
      handles.delete(id);
    },
    async mkdir(path) {
      if (parentOf(path) !== '/user/me/sessions')
        throw new VikingError('PERMISSION_DENIED', `${path}: not here`);
      sessions.add(nameOf(path));
      set(`${path}/messages.jsonl`, '');
    },
    async rmdir(path) {
      if (!sessions.delete(nameOf(path)))
        throw new VikingError('PERMISSION_DENIED', `${path}: part of the namespace`);
    },
    async unlink(path) {
      if (!files.delete(path) && !isSidecar(path)) missing(path);
    },
    async rename(from, to) {
      const source = backingOf(from);
      if (source !== undefined && isSidecar(to)) {
        const { readFile, rm } = await import('node:fs/promises');
        set(to, await readFile(source, 'utf8'));
        await rm(source);
        return;
      }
      throw new VikingError('PERMISSION_DENIED', `${from}: stays`);
    },
    link: async (existing) => {
      throw new VikingError('PERMISSION_DENIED', `${existing}: no second name`);
    },
    symlink: async (_target, path) => {
      throw new VikingError('PERMISSION_DENIED', `${path}: no links here`);
    },
    chmod: async () => undefined,
    chown: async () => undefined,
    utimens: async () => undefined,
    async getxattr(path, name) {
      if (path.startsWith('/resources')) await lstat(join(contentDir, path));
      return name === 'user.viking.uri' ? Buffer.from(`viking:/${path}`) : undefined;
    },
    listxattr: async () => ['user.viking.uri'],
    setxattr: async (path) => {
      throw new VikingError('PERMISSION_DENIED', `${path}: computed`);
    },
    removexattr: async (path) => {
      throw new VikingError('PERMISSION_DENIED', `${path}: computed`);
    },
    get openHandles() {
      return handles.size;
    },
    async close() {
      handles.clear();
    },
  };
  return vfs;
}

/** Stops the JavaScript loop, as a large synchronous computation would. */
function blockFor(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
