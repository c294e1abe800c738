import type { Command } from '../command.ts';
import { addResource } from './add-resource.ts';
import {
  adminCreateAccount,
  adminDeleteAccount,
  adminListAccounts,
  adminSettings,
} from './admin-accounts.ts';
import {
  adminListUsers,
  adminRegenerateKey,
  adminRegisterUser,
  adminRemoveUser,
  adminSetRole,
} from './admin-users.ts';
import { completion } from './completion.ts';
import { config } from './config.ts';
import { daemon } from './daemon.ts';
import { doctor } from './doctor.ts';
import { find } from './find.ts';
import { fsck } from './fsck.ts';
import { get } from './get.ts';
import { glob } from './glob.ts';
import { grep } from './grep.ts';
import { abstract, overview } from './layers.ts';
import { ls } from './ls.ts';
import { mcp } from './mcp.ts';
import { forget, memoriesTidy, remember, review, undo } from './memories.ts';
import { mkdir } from './mkdir.ts';
import { models } from './models.ts';
import { mount } from './mount.ts';
import { mv } from './mv.ts';
import { read } from './read.ts';
import { link, relations, unlink } from './relations.ts';
import { rm } from './rm.ts';
import { context, search } from './search.ts';
import {
  sessionAddMessage,
  sessionArchive,
  sessionCommit,
  sessionContext,
  sessionDelete,
  sessionGet,
  sessionList,
  sessionNew,
  sessionRetry,
  sessionUsed,
} from './session.ts';
import { addSkill, skills, watch } from './skills.ts';
import { stat } from './stat.ts';
import { stop } from './stop.ts';
import { reindex, status, wait } from './system.ts';
import { taskCancel, taskList, taskStatus } from './task.ts';
import { tree } from './tree.ts';
import { umount } from './umount.ts';
import { version } from './version.ts';
import { append, write } from './write.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  mount,
  umount,
  daemon,
  stop,
  status,
  models,
  mcp,
  doctor,
  ls,
  tree,
  read,
  write,
  append,
  mkdir,
  rm,
  mv,
  stat,
  abstract,
  overview,
  get,
  find,
  search,
  context,
  grep,
  glob,
  relations,
  link,
  unlink,
  addResource,
  addSkill,
  skills,
  watch,
  sessionNew,
  sessionList,
  sessionGet,
  sessionDelete,
  sessionAddMessage,
  sessionUsed,
  sessionCommit,
  sessionContext,
  sessionArchive,
  sessionRetry,
  remember,
  review,
  undo,
  forget,
  memoriesTidy,
  wait,
  taskList,
  taskStatus,
  taskCancel,
  reindex,
  adminCreateAccount,
  adminListAccounts,
  adminDeleteAccount,
  adminSettings,
  adminRegisterUser,
  adminListUsers,
  adminRemoveUser,
  adminSetRole,
  adminRegenerateKey,
  fsck,
  config,
  version,
  completion,
];

/** Groups of commands of two words, and what they are about. */
export const GROUPS: Readonly<Record<string, string>> = {
  session: 'Conversations: messages, commits, what a model should see',
  task: 'Background work',
  memories: 'Memories as a whole',
  admin: 'Accounts, users and their keys',
};
