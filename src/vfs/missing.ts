import { S_IFDIR, S_IFLNK, S_IFMT } from './attributes.ts';
import { refused, systemError } from './fault.ts';
import type { VfsNode } from './node.ts';

type Kind = 'directory' | 'symlink' | 'file';

/** What POSIX answers when an operation meets the wrong kind of entry. */
const WRONG_KIND: Readonly<Record<string, Partial<Record<Kind, string>>>> = {
  readdir: { file: 'ENOTDIR', symlink: 'ENOTDIR' },
  readlink: { file: 'EINVAL', directory: 'EINVAL' },
  open: { directory: 'EISDIR', symlink: 'ELOOP' },
  truncate: { directory: 'EISDIR', symlink: 'EINVAL' },
  unlink: { directory: 'EISDIR' },
  rmdir: { file: 'ENOTDIR', symlink: 'ENOTDIR' },
};

/** The error of an operation that a kind of entry does not have: its absence first, then its kind, then a refusal. */
export async function missingOperation(node: VfsNode, op: string): Promise<Error> {
  let kind: Kind;
  try {
    kind = kindOf((await node.attr()).mode);
  } catch (error) {
    return error as Error;
  }
  const code = WRONG_KIND[op]?.[kind];
  return code === undefined ? refused(node.path, `${op} is not possible here`) : systemError(code, node.path);
}

/** The error of making something under a name that may be taken: EEXIST, or why nothing can be made there. */
export async function cannotMake(node: VfsNode): Promise<Error> {
  try {
    await node.attr();
  } catch {
    return refused(node.path, 'nothing can be made here');
  }
  return systemError('EEXIST', node.path);
}

function kindOf(mode: number): Kind {
  const type = mode & S_IFMT;
  if (type === S_IFDIR) return 'directory';
  return type === S_IFLNK ? 'symlink' : 'file';
}
