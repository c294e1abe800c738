import type { ErrorCode } from '../../errors/index.ts';
import { ROUTES, type RouteName } from '../routes.ts';
import { ROUTE_TEXTS } from './by-route.ts';

/** Whoever asks a route of these needs no credential. */
export const OPEN_ROUTES: ReadonlySet<RouteName> = new Set(['health', 'ready', 'openapi']);

/** Errors that a route may answer for what it is asked, in this order in the documentation. */
export function errorsOf(name: RouteName): readonly ErrorCode[] {
  const { input } = ROUTES[name];
  const { query, body } = ROUTE_TEXTS[name];
  const takes = query !== undefined || body !== undefined || input === 'multipart';
  return [
    ...new Set<ErrorCode>([
      ...(OPEN_ROUTES.has(name) ? [] : (['UNAUTHENTICATED'] as const)),
      ...(takes ? (['INVALID_ARGUMENT'] as const) : []),
      ...(input === 'json' || input === 'multipart' ? (['TOO_LARGE'] as const) : []),
      ...OWN_ERRORS[name],
    ]),
  ];
}

/** Errors that have nothing to do with what was asked: any route may answer them. */
export const ANY_ROUTE_ERRORS: readonly ErrorCode[] = [
  'CLOSING',
  'UNAVAILABLE',
  'NO_SPACE',
  'CORRUPT',
  'INTERNAL',
];

/** A URI that cannot be, and one that is not the caller's. */
const ADDRESS = ['INVALID_URI', 'NAME_TOO_LONG', 'PERMISSION_DENIED'] as const;
const ENTRY = [...ADDRESS, 'NOT_FOUND'] as const;
/** A session, task or watch of somebody else is not found; the root key has none. */
const OWN = ['PERMISSION_DENIED', 'NOT_FOUND'] as const;
const WATCH = [...OWN, 'INVALID_URI', 'INVALID_ARGUMENT'] as const;
const SKILL = [...OWN, 'INVALID_URI', 'INVALID_ARGUMENT'] as const;
const ADMIN = ['PERMISSION_DENIED', 'NOT_FOUND'] as const;

/** What only the one route answers; a test asks every route for each of its errors. */
const OWN_ERRORS: Readonly<Record<RouteName, readonly ErrorCode[]>> = {
  health: [],
  ready: [],
  metrics: [],
  openapi: [],

  systemStatus: [],
  systemWait: ['DEADLINE_EXCEEDED'],
  systemStop: ['PERMISSION_DENIED'],
  systemErrors: ['PERMISSION_DENIED'],
  systemEvents: ['PERMISSION_DENIED'],
  systemModels: ['PERMISSION_DENIED'],
  mountList: ['PERMISSION_DENIED'],
  mountAdd: ['PERMISSION_DENIED', 'NOT_DIRECTORY'],
  mountRemove: ['PERMISSION_DENIED', 'NOT_FOUND'],

  observerSystem: [],
  observerComponent: ['NOT_FOUND'],

  ls: [...ENTRY, 'NOT_DIRECTORY'],
  tree: [...ENTRY, 'NOT_DIRECTORY'],
  stat: ENTRY,
  attrs: ENTRY,
  attrsSetTags: [...ENTRY, 'RESOURCE_EXHAUSTED'],
  mkdir: [...ADDRESS, 'ALREADY_EXISTS', 'NOT_DIRECTORY'],
  remove: [...ADDRESS, 'NOT_EMPTY', 'DEADLINE_EXCEEDED'],
  move: [...ENTRY, 'ALREADY_EXISTS', 'NOT_DIRECTORY'],

  read: [...ENTRY, 'IS_DIRECTORY', 'TOO_LARGE'],
  abstract: ENTRY,
  overview: ENTRY,
  download: [...ENTRY, 'IS_DIRECTORY'],
  write: [...ENTRY, 'ALREADY_EXISTS', 'IS_DIRECTORY', 'NOT_DIRECTORY', 'DEADLINE_EXCEEDED'],
  batchWrite: [...ENTRY, 'ALREADY_EXISTS', 'IS_DIRECTORY', 'NOT_DIRECTORY', 'DEADLINE_EXCEEDED'],
  setTags: [...ENTRY, 'RESOURCE_EXHAUSTED'],
  reindex: [...ENTRY, 'UNIMPLEMENTED', 'RESOURCE_EXHAUSTED'],

  find: [...ADDRESS, 'UNIMPLEMENTED'],
  search: [...ENTRY, 'UNIMPLEMENTED'],
  grep: ENTRY,
  glob: [...ENTRY, 'NOT_DIRECTORY'],

  recall: [...OWN, 'UNIMPLEMENTED'],

  sessionCreate: ['PERMISSION_DENIED', 'ALREADY_EXISTS'],
  sessionList: ['PERMISSION_DENIED'],
  sessionGet: OWN,
  sessionDelete: OWN,
  sessionMessage: ['PERMISSION_DENIED'],
  sessionMessages: ['PERMISSION_DENIED'],
  sessionUsed: [...OWN, 'INVALID_URI'],
  sessionCommit: OWN,
  sessionContext: OWN,
  sessionConfig: OWN,
  sessionRetry: [...OWN, 'FAILED_PRECONDITION'],
  sessionUndo: OWN,
  sessionArchive: OWN,

  sessionExtract: OWN,
  toolResultList: OWN,
  toolResultGet: OWN,
  toolResultSearch: OWN,

  memoryStats: ['PERMISSION_DENIED'],
  sessionStats: OWN,
  debugHealth: [],

  memoryRemember: ['PERMISSION_DENIED'],
  memoryForget: [...OWN, 'INVALID_URI'],
  memoryReviews: ['PERMISSION_DENIED'],
  memoryReview: OWN,
  memoryTidy: ['PERMISSION_DENIED'],

  tempUpload: ['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED'],
  addResource: [...ENTRY, 'NOT_DIRECTORY', 'ALREADY_EXISTS', 'CONFLICT', 'UNIMPLEMENTED'],

  skillAdd: ['PERMISSION_DENIED', 'INVALID_URI', 'SKILL_INVALID', 'NOT_FOUND'],
  skillList: ['PERMISSION_DENIED', 'INVALID_URI'],
  skillFind: ['PERMISSION_DENIED', 'INVALID_URI'],
  skillValidate: ['PERMISSION_DENIED'],
  skillGet: [...SKILL, 'UNIMPLEMENTED'],
  skillUpdate: [...SKILL, 'SKILL_INVALID'],
  skillRemove: SKILL,

  watchList: WATCH,
  watchUpdateByTarget: WATCH,
  watchRemoveByTarget: WATCH,
  watchTriggerByTarget: WATCH,
  watchGet: WATCH,
  watchUpdate: WATCH,
  watchRemove: WATCH,
  watchTrigger: WATCH,

  relationList: ADDRESS,
  relationLink: [...ENTRY, 'RESOURCE_EXHAUSTED'],
  relationUnlink: ADDRESS,

  taskList: [],
  taskCancel: ['PERMISSION_DENIED', 'NOT_FOUND', 'FAILED_PRECONDITION'],
  taskGet: ['NOT_FOUND'],

  accountCreate: ['PERMISSION_DENIED', 'ALREADY_EXISTS'],
  accountList: ['PERMISSION_DENIED'],
  accountDelete: [...ADMIN, 'FAILED_PRECONDITION'],
  accountSettings: ADMIN,
  accountSettingsChange: [...ADMIN, 'FAILED_PRECONDITION'],
  userCreate: [...ADMIN, 'ALREADY_EXISTS'],
  userList: ADMIN,
  userDelete: [...ADMIN, 'FAILED_PRECONDITION'],
  userSettings: ADMIN,
  userSettingsChange: ADMIN,
  userRole: ADMIN,
  userKey: ADMIN,
};
