import type { z } from 'zod';
import type { RouteName } from '../routes.ts';
import {
  accountSettingsBody,
  createAccountBody,
  createUserBody,
  regenerateKeyBody,
  setRoleBody,
  userSettingsBody,
  usersQuery,
} from './admin.ts';
import * as schemas from './index.ts';

/** What a route does, in one line, and what it takes. */
export interface RouteText {
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
}

/** The documentation's half of the route table; the type says that no route is missing. */
export const ROUTE_TEXTS: Record<RouteName, RouteText> = {
  health: { summary: 'Whether the daemon answers; no envelope, no credential' },
  ready: { summary: 'Whether it serves: 200 or 503, no envelope, no credential' },
  metrics: { summary: 'Counters for Prometheus, as text' },
  openapi: { summary: 'This description; no envelope, no credential' },

  systemStatus: { summary: 'What the daemon does, for whom, and how far the index is' },
  systemWait: { summary: 'Wait until everything written is indexed', body: schemas.waitBody },
  systemStop: { summary: 'Unmount everything and end the daemon (socket only)', body: schemas.stopBody },
  systemErrors: { summary: 'The last errors of the caller' },
  systemEvents: { summary: 'The last changes the caller may know of' },
  systemModels: { summary: 'Model endpoints, their cost and health', query: schemas.modelsQuery },
  mountList: { summary: 'List mounts (socket only)' },
  mountAdd: { summary: 'Mount the namespace on a directory (socket only)', body: schemas.mountBody },
  mountRemove: { summary: 'Unmount a directory (socket only)', body: schemas.unmountBody },

  observerSystem: { summary: 'Health of the daemon, by component' },
  observerComponent: {
    summary: 'Health of one component: queue, vikingdb, models, lock, retrieval or filesystem',
  },

  ls: { summary: 'List a directory', query: schemas.lsQuery },
  tree: { summary: 'List a directory and what is below', query: schemas.treeQuery },
  stat: { summary: 'What is known of an entry', query: schemas.uriQuery },
  attrs: { summary: 'Attributes of an entry', query: schemas.uriQuery },
  attrsSetTags: { summary: 'Set the tags of an entry', body: schemas.setTagsBody },
  mkdir: { summary: 'Create a directory and the missing ones above it', body: schemas.mkdirBody },
  remove: { summary: 'Remove an entry; a missing one is fine', query: schemas.removeQuery },
  move: { summary: 'Move or rename an entry', body: schemas.moveBody },

  read: { summary: 'Lines of a text file', query: schemas.readQuery },
  abstract: { summary: 'Abstract (L0) of a directory', query: schemas.layerQuery },
  overview: { summary: 'Overview (L1) of a directory', query: schemas.layerQuery },
  download: { summary: 'The bytes of a file, as a stream', query: schemas.uriQuery },
  write: { summary: 'Write a file', body: schemas.writeBody },
  batchWrite: { summary: 'Write up to 256 files below one directory', body: schemas.batchWriteBody },
  setTags: { summary: 'Set the tags of an entry', body: schemas.setTagsBody },
  reindex: { summary: 'Rebuild the index of a subtree', body: schemas.reindexBody },

  find: { summary: 'Find by meaning and by words', body: schemas.findBody },
  search: { summary: 'Find with the context of a session', body: schemas.searchBody },
  grep: { summary: 'Search file text for a pattern', body: schemas.grepBody },
  glob: { summary: 'Find entries by name', body: schemas.globBody },

  recall: { summary: 'A block of context, by its older name', body: schemas.recallBody },

  sessionCreate: { summary: 'Create a session', body: schemas.sessionCreateBody },
  sessionList: { summary: 'List sessions, newest first' },
  sessionGet: { summary: 'State of a session', query: schemas.sessionGetQuery },
  sessionDelete: { summary: 'Delete a session; memories stay' },
  sessionMessage: { summary: 'Add a message', body: schemas.messageBody },
  sessionMessages: { summary: 'Add up to 100 messages, all or none', body: schemas.messagesBody },
  sessionUsed: { summary: 'Say which entries were useful', body: schemas.usedBody },
  sessionCommit: { summary: 'Archive messages and extract memories', body: schemas.commitBody },
  sessionContext: { summary: 'What a model should see of a session', query: schemas.contextQuery },
  sessionConfig: { summary: 'Change the settings of a session', body: schemas.sessionConfigBody },
  sessionRetry: { summary: 'Try a failed archive again', body: schemas.retryBody },
  sessionUndo: { summary: 'Take back the memories of a commit', body: schemas.undoBody },
  sessionArchive: { summary: 'One archive of a session' },

  sessionExtract: { summary: 'Memories of the live messages, which stay live', body: schemas.extractBody },
  toolResultList: {
    summary: 'Large tool outputs of a session, newest first',
    query: schemas.toolResultsQuery,
  },
  toolResultGet: { summary: 'A large tool output, in pages of code points', query: schemas.toolResultQuery },
  toolResultSearch: { summary: 'Where a tool output says something', query: schemas.toolResultSearchQuery },

  memoryStats: { summary: 'How many memories there are, by category', query: schemas.memoryStatsQuery },
  sessionStats: { summary: 'Counts of a session' },
  debugHealth: { summary: 'Whether all is well, and what is not' },

  memoryRemember: { summary: 'Keep a statement as a memory', body: schemas.rememberBody },
  memoryForget: { summary: 'Remove a memory', body: schemas.forgetBody },
  memoryReviews: { summary: 'Memories that wait for review' },
  memoryReview: { summary: 'Accept or reject a memory that waits', body: schemas.reviewBody },
  memoryTidy: { summary: 'Merge memories that say the same' },

  tempUpload: { summary: 'Send a file ahead of the request that uses it' },
  addResource: { summary: 'Import a file, directory or archive', body: schemas.addResourceBody },

  skillAdd: { summary: 'Add a skill, or bring one to new files', body: schemas.skillAddBody },
  skillList: { summary: 'List skills', query: schemas.skillListQuery },
  skillFind: { summary: 'Find skills by meaning', body: schemas.skillFindBody },
  skillValidate: { summary: 'Check a skill without keeping it', body: schemas.skillValidateBody },
  skillGet: { summary: 'One skill with its files', query: schemas.skillGetQuery },
  skillUpdate: { summary: 'Replace an existing skill', body: schemas.skillAddBody },
  skillRemove: { summary: 'Remove a skill', query: schemas.skillTargetQuery },

  watchList: { summary: 'List watches, or the one of a target', query: schemas.watchListQuery },
  watchUpdateByTarget: {
    summary: 'Change the watch of a target',
    query: schemas.watchTargetQuery,
    body: schemas.watchUpdateBody,
  },
  watchRemoveByTarget: { summary: 'End the watch of a target', query: schemas.watchTargetQuery },
  watchTriggerByTarget: { summary: 'Import the source of a target now', query: schemas.watchTargetQuery },
  watchGet: { summary: 'One watch', query: schemas.watchTargetQuery },
  watchUpdate: { summary: 'Change a watch', query: schemas.watchTargetQuery, body: schemas.watchUpdateBody },
  watchRemove: { summary: 'End a watch', query: schemas.watchTargetQuery },
  watchTrigger: { summary: 'Import a watched source now', query: schemas.watchTargetQuery },

  relationList: { summary: 'What an entry is linked to', query: schemas.uriQuery },
  relationLink: { summary: 'Link an entry to others', body: schemas.linkBody },
  relationUnlink: { summary: 'Remove a link', body: schemas.unlinkBody },

  taskList: { summary: 'Background work, newest first', query: schemas.tasksQuery },
  taskCancel: { summary: 'Cancel a task that has not begun' },
  taskGet: { summary: 'One task' },

  accountCreate: { summary: 'Create an account with its first admin (root)', body: createAccountBody },
  accountList: { summary: 'List accounts (root)' },
  accountDelete: { summary: 'Delete an account with all its data (root)' },
  accountSettings: { summary: 'Policy of an account (admin)' },
  accountSettingsChange: { summary: 'Change the policy of an account (admin)', body: accountSettingsBody },
  userCreate: { summary: 'Create a user; the key is shown once (admin)', body: createUserBody },
  userList: { summary: 'List users of an account (admin)', query: usersQuery },
  userDelete: { summary: 'Delete a user with all data; answers 202 (admin)' },
  userSettings: { summary: 'Settings of a user (admin)' },
  userSettingsChange: { summary: 'Change the settings of a user (admin)', body: userSettingsBody },
  userRole: { summary: 'Make a user an admin (admin)', body: setRoleBody },
  userKey: { summary: 'A new key in place of the old one (admin)', body: regenerateKeyBody },
};
