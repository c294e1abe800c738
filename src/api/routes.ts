/**
 * Every route of this version: the one list that server, client and documentation share.
 * `input` says where parameters travel: the query string, a JSON body, a multipart body, or nowhere.
 */
export const ROUTES = {
  health: { method: 'GET', path: '/health', input: 'none' },
  ready: { method: 'GET', path: '/ready', input: 'none' },
  metrics: { method: 'GET', path: '/metrics', input: 'none' },
  openapi: { method: 'GET', path: '/openapi.json', input: 'none' },

  systemStatus: { method: 'GET', path: '/api/v1/system/status', input: 'none' },
  systemWait: { method: 'POST', path: '/api/v1/system/wait', input: 'json' },
  systemStop: { method: 'POST', path: '/api/v1/system/stop', input: 'json' },
  systemErrors: { method: 'GET', path: '/api/v1/system/errors', input: 'none' },
  systemEvents: { method: 'GET', path: '/api/v1/system/events', input: 'none' },
  systemModels: { method: 'GET', path: '/api/v1/system/models', input: 'query' },
  mountList: { method: 'GET', path: '/api/v1/system/mounts', input: 'none' },
  mountAdd: { method: 'POST', path: '/api/v1/system/mounts', input: 'json' },
  mountRemove: { method: 'DELETE', path: '/api/v1/system/mounts', input: 'json' },

  observerSystem: { method: 'GET', path: '/api/v1/observer/system', input: 'none' },
  observerComponent: { method: 'GET', path: '/api/v1/observer/:component', input: 'none' },

  ls: { method: 'GET', path: '/api/v1/fs/ls', input: 'query' },
  tree: { method: 'GET', path: '/api/v1/fs/tree', input: 'query' },
  stat: { method: 'GET', path: '/api/v1/fs/stat', input: 'query' },
  attrs: { method: 'GET', path: '/api/v1/fs/attrs', input: 'query' },
  attrsSetTags: { method: 'POST', path: '/api/v1/fs/attrs/set_tags', input: 'json' },
  mkdir: { method: 'POST', path: '/api/v1/fs/mkdir', input: 'json' },
  remove: { method: 'DELETE', path: '/api/v1/fs', input: 'query' },
  move: { method: 'POST', path: '/api/v1/fs/mv', input: 'json' },

  read: { method: 'GET', path: '/api/v1/content/read', input: 'query' },
  abstract: { method: 'GET', path: '/api/v1/content/abstract', input: 'query' },
  overview: { method: 'GET', path: '/api/v1/content/overview', input: 'query' },
  download: { method: 'GET', path: '/api/v1/content/download', input: 'query' },
  write: { method: 'POST', path: '/api/v1/content/write', input: 'json' },
  batchWrite: { method: 'POST', path: '/api/v1/content/batch-write', input: 'json' },
  setTags: { method: 'POST', path: '/api/v1/content/set_tags', input: 'json' },
  reindex: { method: 'POST', path: '/api/v1/content/reindex', input: 'json' },

  find: { method: 'POST', path: '/api/v1/search/find', input: 'json' },
  search: { method: 'POST', path: '/api/v1/search/search', input: 'json' },
  grep: { method: 'POST', path: '/api/v1/search/grep', input: 'json' },
  glob: { method: 'POST', path: '/api/v1/search/glob', input: 'json' },

  recall: { method: 'POST', path: '/api/v1/search/recall', input: 'json' },

  sessionCreate: { method: 'POST', path: '/api/v1/sessions', input: 'json' },
  sessionList: { method: 'GET', path: '/api/v1/sessions', input: 'none' },
  sessionGet: { method: 'GET', path: '/api/v1/sessions/:id', input: 'query' },
  sessionDelete: { method: 'DELETE', path: '/api/v1/sessions/:id', input: 'none' },
  sessionMessage: { method: 'POST', path: '/api/v1/sessions/:id/messages', input: 'json' },
  sessionMessages: { method: 'POST', path: '/api/v1/sessions/:id/messages/batch', input: 'json' },
  sessionUsed: { method: 'POST', path: '/api/v1/sessions/:id/used', input: 'json' },
  sessionCommit: { method: 'POST', path: '/api/v1/sessions/:id/commit', input: 'json' },
  sessionContext: { method: 'GET', path: '/api/v1/sessions/:id/context', input: 'query' },
  sessionConfig: { method: 'PATCH', path: '/api/v1/sessions/:id/config', input: 'json' },
  sessionRetry: { method: 'POST', path: '/api/v1/sessions/:id/archives/:archive/retry', input: 'json' },
  sessionUndo: { method: 'POST', path: '/api/v1/sessions/:id/archives/:archive/undo', input: 'json' },
  sessionArchive: { method: 'GET', path: '/api/v1/sessions/:id/archives/:archive', input: 'none' },

  sessionExtract: { method: 'POST', path: '/api/v1/sessions/:id/extract', input: 'json' },
  toolResultList: { method: 'GET', path: '/api/v1/sessions/:id/tool-results', input: 'query' },
  toolResultGet: { method: 'GET', path: '/api/v1/sessions/:id/tool-results/:result', input: 'query' },
  toolResultSearch: {
    method: 'GET',
    path: '/api/v1/sessions/:id/tool-results/:result/search',
    input: 'query',
  },

  memoryStats: { method: 'GET', path: '/api/v1/stats/memories', input: 'query' },
  sessionStats: { method: 'GET', path: '/api/v1/stats/sessions/:id', input: 'none' },
  debugHealth: { method: 'GET', path: '/api/v1/debug/health', input: 'none' },

  memoryRemember: { method: 'POST', path: '/api/v1/memories/remember', input: 'json' },
  memoryForget: { method: 'POST', path: '/api/v1/memories/forget', input: 'json' },
  memoryReviews: { method: 'GET', path: '/api/v1/memories/review', input: 'none' },
  memoryReview: { method: 'POST', path: '/api/v1/memories/review', input: 'json' },
  memoryTidy: { method: 'GET', path: '/api/v1/memories/tidy', input: 'none' },

  tempUpload: { method: 'POST', path: '/api/v1/resources/temp_upload', input: 'multipart' },
  addResource: { method: 'POST', path: '/api/v1/resources', input: 'json' },

  skillAdd: { method: 'POST', path: '/api/v1/skills', input: 'json' },
  skillList: { method: 'GET', path: '/api/v1/skills', input: 'query' },
  skillFind: { method: 'POST', path: '/api/v1/skills/find', input: 'json' },
  skillValidate: { method: 'POST', path: '/api/v1/skills/validate', input: 'json' },
  skillGet: { method: 'GET', path: '/api/v1/skills/:name', input: 'query' },
  skillUpdate: { method: 'PUT', path: '/api/v1/skills/:name', input: 'json' },
  skillRemove: { method: 'DELETE', path: '/api/v1/skills/:name', input: 'query' },

  watchList: { method: 'GET', path: '/api/v1/watches', input: 'query' },
  watchUpdateByTarget: { method: 'PATCH', path: '/api/v1/watches', input: 'json' },
  watchRemoveByTarget: { method: 'DELETE', path: '/api/v1/watches', input: 'query' },
  watchTriggerByTarget: { method: 'POST', path: '/api/v1/watches/trigger', input: 'query' },
  watchGet: { method: 'GET', path: '/api/v1/watches/:id', input: 'query' },
  watchUpdate: { method: 'PATCH', path: '/api/v1/watches/:id', input: 'json' },
  watchRemove: { method: 'DELETE', path: '/api/v1/watches/:id', input: 'query' },
  watchTrigger: { method: 'POST', path: '/api/v1/watches/:id/trigger', input: 'query' },

  relationList: { method: 'GET', path: '/api/v1/relations', input: 'query' },
  relationLink: { method: 'POST', path: '/api/v1/relations/link', input: 'json' },
  relationUnlink: { method: 'DELETE', path: '/api/v1/relations/link', input: 'json' },

  taskList: { method: 'GET', path: '/api/v1/tasks', input: 'query' },
  taskCancel: { method: 'POST', path: '/api/v1/tasks/:id/cancel', input: 'none' },
  taskGet: { method: 'GET', path: '/api/v1/tasks/:id', input: 'none' },

  accountCreate: { method: 'POST', path: '/api/v1/admin/accounts', input: 'json' },
  accountList: { method: 'GET', path: '/api/v1/admin/accounts', input: 'none' },
  accountDelete: { method: 'DELETE', path: '/api/v1/admin/accounts/:account', input: 'none' },
  accountSettings: { method: 'GET', path: '/api/v1/admin/accounts/:account/settings', input: 'none' },
  accountSettingsChange: { method: 'PATCH', path: '/api/v1/admin/accounts/:account/settings', input: 'json' },
  userCreate: { method: 'POST', path: '/api/v1/admin/accounts/:account/users', input: 'json' },
  userList: { method: 'GET', path: '/api/v1/admin/accounts/:account/users', input: 'query' },
  userDelete: { method: 'DELETE', path: '/api/v1/admin/accounts/:account/users/:user', input: 'none' },
  userSettings: {
    method: 'GET',
    path: '/api/v1/admin/accounts/:account/users/:user/settings',
    input: 'none',
  },
  userSettingsChange: {
    method: 'PATCH',
    path: '/api/v1/admin/accounts/:account/users/:user/settings',
    input: 'json',
  },
  userRole: { method: 'PUT', path: '/api/v1/admin/accounts/:account/users/:user/role', input: 'json' },
  userKey: { method: 'POST', path: '/api/v1/admin/accounts/:account/users/:user/key', input: 'json' },
} as const satisfies Record<string, Route>;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `:name` stands for one segment. */
  readonly path: `/${string}`;
  readonly input: 'none' | 'query' | 'json' | 'multipart';
}

export type RouteName = keyof typeof ROUTES;

/** The path of a route with its parameters filled in and encoded. */
export function pathOf(name: RouteName, parameters: Readonly<Record<string, string>> = {}): string {
  return ROUTES[name].path.replace(/:(\w+)/g, (_whole, key: string) =>
    encodeURIComponent(parameters[key] ?? ''),
  );
}

/** Methods that some route answers at `path`; empty when there is no such path. */
export function methodsAt(path: string): string[] {
  const segments = path.split('/');
  const methods = Object.values(ROUTES)
    .filter((route) => matches(route.path.split('/'), segments))
    .map((route) => route.method);
  // What is answered to GET is answered to HEAD, without its body.
  return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]))
  );
}
