import type { Tool } from '../tool.ts';
import { context, find, glob, grep, search } from './finding.ts';
import { forget, remember } from './memories.ts';
import { abstract, ls, overview, read, tree } from './reading.ts';
import { sessionAdd, sessionCommit, sessionContext, sessionList } from './sessions.ts';
import { move, remove, write } from './writing.ts';

export const TOOLS: readonly Tool[] = [
  find,
  search,
  context,
  read,
  abstract,
  overview,
  ls,
  tree,
  grep,
  glob,
  write,
  move,
  remove,
  remember,
  forget,
  sessionAdd,
  sessionCommit,
  sessionContext,
  sessionList,
];
