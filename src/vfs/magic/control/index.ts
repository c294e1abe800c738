import { S_IFDIR, virtualAttr } from '../../attributes.ts';
import { virtualEntry } from '../../content/list-content.ts';
import type { VfsContext } from '../../context.ts';
import { refused, systemError } from '../../fault.ts';
import { CONTEXT, type Place } from '../../locate.ts';
import type { VfsNode } from '../../node.ts';
import { errorsFile } from './errors-file.ts';
import { eventsFile } from './events-file.ts';
import { findFile } from './find-file.ts';
import { helpFile } from './help-file.ts';
import { jobsFile } from './jobs-file.ts';
import { statusFile } from './status-file.ts';
import { versionFile } from './version-file.ts';

export type ControlPlace = Extract<Place, { kind: 'control' }>;

/** The files of `.viking/`, by name. */
const CONTROL_FILES: Readonly<Record<string, (context: VfsContext, path: string) => VfsNode>> = {
  errors: errorsFile,
  events: eventsFile,
  find: findFile,
  help: helpFile,
  jobs: jobsFile,
  status: statusFile,
  version: versionFile,
};

export const CONTROL_NAMES: readonly string[] = Object.keys(CONTROL_FILES);

export function controlNode(context: VfsContext, place: ControlPlace): VfsNode {
  if (place.name === undefined) return controlDirectory(context, place.path);
  const make = Object.hasOwn(CONTROL_FILES, place.name) ? CONTROL_FILES[place.name] : undefined;
  if (make !== undefined) return make(context, place.path);
  return {
    path: place.path,
    attr: () => Promise.reject(systemError('ENOENT', place.path)),
    create: () => Promise.reject(refused(place.path, 'nothing can be made in .viking')),
    mkdir: () => Promise.reject(refused(place.path, 'nothing can be made in .viking')),
    symlink: () => Promise.reject(refused(place.path, 'nothing can be made in .viking')),
  };
}

function controlDirectory(context: VfsContext, path: string): VfsNode {
  return {
    path,
    attr: async () => virtualAttr({ path, mode: S_IFDIR | 0o555, mtimeNs: context.bornNs }),
    list: async () => [
      virtualEntry(path, CONTEXT, 'directory'),
      ...CONTROL_NAMES.map((name) => virtualEntry(path, name, 'file')),
    ],
  };
}
