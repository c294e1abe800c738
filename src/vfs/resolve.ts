import { ABSTRACT, META, OVERVIEW, RELATIONS } from '../uri/index.ts';
import { contentNode } from './content/content-node.ts';
import type { VfsContext } from './context.ts';
import { absentNode, linkNode, rootNode, usersNode } from './frame-nodes.ts';
import { locate, type Place } from './locate.ts';
import { contextNode } from './magic/control/context-directory.ts';
import { controlNode } from './magic/control/index.ts';
import { findNode } from './magic/find-directory.ts';
import { layerFile } from './magic/layer-file.ts';
import { metaFile } from './magic/meta-file.ts';
import { relationsFile } from './magic/relations-file.ts';
import type { VfsNode } from './node.ts';
import { sessionNode, sessionsDirectory } from './session/session-node.ts';

/** The entry a path names. Pure: whether it exists is what its operations say. */
export function nodeAt(context: VfsContext, path: string): VfsNode {
  return nodeOf(context, locate(path, context.principal));
}

export function nodeOf(context: VfsContext, place: Place): VfsNode {
  switch (place.kind) {
    case 'root':
      return rootNode(context);
    case 'users':
      return usersNode(context);
    case 'sessions':
      return sessionsDirectory(context, place.path, place.segments);
    case 'session':
      return sessionNode(context, place);
    case 'link':
      return linkNode(context, place);
    case 'tree':
      return contentNode(context, place);
    case 'magic':
      return magicNode(context, place);
    case 'find':
      return findNode(context, place);
    case 'control':
      return controlNode(context, place);
    case 'context':
      return contextNode(context, place);
    case 'absent':
      return absentNode(place);
  }
}

function magicNode(context: VfsContext, place: Extract<Place, { kind: 'magic' }>): VfsNode {
  const { path, name, directory } = place;
  switch (name) {
    case ABSTRACT:
    case OVERVIEW:
      return layerFile(context, path, name, directory);
    case RELATIONS:
      return relationsFile(context, path, directory);
    case META:
      return metaFile(context, path, directory);
    default:
      return absentNode({ kind: 'absent', path, code: 'ENOENT', reason: 'a reserved name' });
  }
}
