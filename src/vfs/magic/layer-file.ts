import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerLevel } from '../../core/core.ts';
import { VikingError } from '../../errors/index.ts';
import { ABSTRACT } from '../../uri/index.ts';
import type { VfsContext } from '../context.ts';
import { editableFile } from '../editable-file.ts';
import { systemError } from '../fault.ts';
import { type DirectoryPlace, uriOf } from '../locate.ts';
import type { VfsNode } from '../node.ts';
import type { StayingText } from '../snapshots.ts';
import { virtualFile } from '../virtual-file.ts';
import { assertDirectory } from './directory.ts';
import { isNewborn } from './newborn.ts';

/** `.abstract.md` and `.overview.md`: the directory in one paragraph and on one page. Writing one pins it. */
export function layerFile(
  context: VfsContext,
  path: string,
  name: string,
  directory: DirectoryPlace,
): VfsNode {
  const level: LayerLevel = name === ABSTRACT ? 'abstract' : 'overview';
  const uri = uriOf(directory.segments);
  if (uri === undefined)
    return virtualFile(context, { path, render: () => noUri(path), whyReadOnly: NO_URI });
  const { core, principal } = context;

  async function render(): Promise<StayingText> {
    await assertDirectory(context, directory, path);
    const { text, freshness } = await core.layers.read(principal, uri!, level);
    return { bytes: Buffer.from(ended(text)), stays: directory.kind === 'tree' && freshness === 'fresh' };
  }

  /** Archives keep their layers as files, which `rm -r` of the session unlinks on its way. */
  async function hide(): Promise<void> {
    const { sessionId: id = '', insideSession: inner } = uri!;
    context.removals.hide({ id, inner: [...inner, name], path });
  }

  if (directory.kind !== 'tree') {
    const file = virtualFile(context, {
      path,
      render,
      whyReadOnly: 'this directory is managed, so its description cannot be pinned',
      hint: 'Descriptions of directories under resources/ and user/ can be.',
    });
    return directory.kind === 'session' ? { ...file, unlink: hide } : file;
  }
  const backing = context.backingPath(directory.segments);
  return editableFile(context, {
    path,
    render,
    isAbsent: async () => (await isNewborn(backing, context.shownLayers)) && !(await isPinned(backing, name)),
    async take(bytes) {
      await assertDirectory(context, directory, path);
      const text = decode(bytes, path);
      if (text.trim() === '') await core.layers.unpin(principal, uri, level);
      else await core.layers.pin(principal, uri, level, text);
    },
    async remove() {
      await assertDirectory(context, directory, path);
      await core.layers.unpin(principal, uri, level);
    },
  });
}

async function isPinned(backing: string, name: string): Promise<boolean> {
  return lstat(join(backing, name)).then(
    () => true,
    () => false,
  );
}

const NO_URI = 'a name in the path cannot be part of a URI, so the directory is not described';

function noUri(path: string): Promise<never> {
  return Promise.reject(systemError('ENOENT', path));
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

/** @throws EINVAL */
export function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new VikingError('INVALID_ARGUMENT', `${path}: not UTF-8 text`, {
      hint: 'Write plain Markdown.',
      cause: error,
    });
  }
}
