import { constants } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { errnoOf } from '../../src/errors/index.ts';
import type { Caller, Vfs } from '../../src/vfs/index.ts';

const NAMES = new Map(Object.entries(osConstants.errno).map(([name, number]) => [number, name]));

/** Errno a caller of the mount would see; `ok` when it succeeds. */
export async function errnoFrom(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    return NAMES.get(errnoOf(error)) ?? String(error);
  }
}

/** `cat`: open, fgetattr, read to the size, close. */
export async function cat(vfs: Vfs, path: string, caller?: Caller): Promise<string> {
  const handle = await vfs.open(path, constants.O_RDONLY, caller);
  try {
    const { size } = await vfs.fgetattr(handle);
    const buffer = Buffer.alloc(size + 4_096);
    return buffer.subarray(0, await vfs.read(handle, buffer, 0)).toString();
  } finally {
    await vfs.flush(handle);
    await vfs.release(handle);
  }
}

/** `echo text > path`: the shell cuts by name when the file exists, opens, writes, and closes twice. */
export async function echo(vfs: Vfs, path: string, text: string, caller?: Caller): Promise<void> {
  let handle: number;
  if (await exists(vfs, path)) {
    await vfs.truncate(path, 0);
    handle = await vfs.open(path, constants.O_WRONLY, caller);
  } else {
    handle = await vfs.create(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
      0o644,
      caller,
    );
  }
  // dup2(3, 1); close(3): a flush before the first write.
  await vfs.flush(handle);
  await writeAndClose(vfs, handle, text, 0);
}

/** `echo text >> path` */
export async function echoAppend(vfs: Vfs, path: string, text: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_APPEND;
  const found = await exists(vfs, path);
  const handle = found
    ? await vfs.open(path, flags)
    : await vfs.create(path, flags | constants.O_CREAT, 0o644);
  await writeAndClose(vfs, handle, text, found ? (await vfs.getattr(path)).size : 0);
}

async function writeAndClose(vfs: Vfs, handle: number, text: string, position: number): Promise<void> {
  try {
    await vfs.write(handle, Buffer.from(text), position);
    await vfs.flush(handle);
  } finally {
    await vfs.release(handle);
  }
}

export async function exists(vfs: Vfs, path: string): Promise<boolean> {
  return vfs.getattr(path).then(
    () => true,
    () => false,
  );
}

export async function ls(vfs: Vfs, path: string): Promise<string[]> {
  return (await vfs.readdir(path)).map((entry) => entry.name).sort();
}

/** `rm -r`, in the order of coreutils: the entries, then the directory. */
export async function removeTree(vfs: Vfs, path: string): Promise<void> {
  for (const { name, type } of await vfs.readdir(path)) {
    const child = `${path}/${name}`;
    if (type === 'directory') await removeTree(vfs, child);
    else await vfs.unlink(child);
  }
  await vfs.rmdir(path);
}
