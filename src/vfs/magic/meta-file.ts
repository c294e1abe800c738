import type { VfsContext } from '../context.ts';
import { systemError } from '../fault.ts';
import { type DirectoryPlace, uriOf } from '../locate.ts';
import type { VfsNode } from '../node.ts';
import { virtualFile } from '../virtual-file.ts';
import { assertDirectory } from './directory.ts';

/** `.meta.json`: what the index knows of a directory. */
export function metaFile(context: VfsContext, path: string, directory: DirectoryPlace): VfsNode {
  return virtualFile(context, {
    path,
    async render() {
      await assertDirectory(context, directory, path);
      const uri = uriOf(directory.segments);
      if (uri === undefined) throw systemError('ENOENT', path);
      return jsonText(await context.core.layers.meta(context.principal, uri));
    },
    whyReadOnly: 'what the index knows is not written by hand',
    hint: 'Describe a directory by writing its .abstract.md or .overview.md.',
  });
}

export function jsonText(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}
