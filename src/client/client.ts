import type {
  AddMessagesResult,
  AddResourceResult,
  ArchiveResult,
  AttributesResult,
  BatchWriteResult,
  CommitResult,
  ComponentHealth,
  ContextResult,
  CoreEvent,
  EntryResult,
  FindResult,
  ForgetResult,
  GlobResult,
  GrepResult,
  MemoryOutcome,
  ModelsResult,
  MountResult,
  QueueState,
  RecordedError,
  RelationResult,
  ReviewEntry,
  SessionContextResult,
  SessionListEntry,
  SessionResult,
  SetTagsResult,
  StatResult,
  StatusResult,
  SystemHealth,
  TaskResult,
  TidyProposal,
  UndoResult,
  WriteResult,
} from '../api/results.ts';
import { adminClient } from './admin.ts';
import type {
  AddResourceRequest,
  BatchOperation,
  BatchRequest,
  CommitRequest,
  ContextRequest,
  FindRequest,
  GlobRequest,
  GrepRequest,
  LayerRequest,
  ListRequest,
  MessageRequest,
  MountRequest,
  ReindexRequest,
  SearchRequest,
  SessionSettings,
  SetTagsRequest,
  TaskQuery,
  TreeRequest,
  WriteRequest,
} from './requests.ts';
import { skillCalls } from './skills.ts';
import { statsCalls } from './stats.ts';
import { type Call, type ClientOptions, callBytes, callResult } from './transport.ts';
import { multipartFile } from './upload.ts';

/** Work that ends when it ends (imports, rebuilds): a bound only against a daemon that is gone. */
const LONG_MS = 3_600_000;

/** Endpoints are given ten seconds to answer a probe. */
const MODELS_MS = 30_000;

/** Longest `system/wait` waits by itself when no timeout is given. */
const SYSTEM_WAIT_MS = 600_000;

export interface Health {
  readonly status: string;
  readonly healthy: boolean;
  readonly version: string;
  readonly auth_mode: string;
  readonly account_id?: string;
  readonly user_id?: string;
  readonly role?: string;
}

export interface Ready {
  readonly status: 'ready' | 'not_ready';
  readonly checks: Readonly<Record<string, string>>;
}

export type ListEntry = Omit<EntryResult, 'name'>;

export type FindAnswer = FindResult;

export type ReindexResult = {
  readonly uri: string;
  readonly mode: string;
  readonly status: 'complete' | 'accepted' | 'dry_run';
  readonly documents: number;
  readonly passages: number;
  /** Files that a rebuild would read: the answer of a dry run. */
  readonly entries?: number;
  /** When it was not waited for. */
  readonly task_id?: string;
};

export type QueueResult = Readonly<Record<string, QueueState>>;

export type Client = ReturnType<typeof createClient>;

/**
 * The control API, one method per route. Every method throws the VikingError that the daemon refused with; UNAVAILABLE
 * when no daemon answers; DEADLINE_EXCEEDED when it does not answer in time.
 */
export function createClient(options: ClientOptions) {
  const ask = <T>(call: Call): Promise<T> => callResult<T>(options, call);
  const bare = async <T>(call: Call): Promise<T> =>
    JSON.parse((await callBytes(options, call)).bytes.toString()) as T;
  const bySession = (id: string) => ({ params: { id } });

  return {
    socketPath: options.socketPath,
    baseUrl: options.baseUrl,

    health: () => bare<Health>({ route: 'health' }),
    ready: () => bare<Ready>({ route: 'ready' }),
    /** Counters in the text format of Prometheus. */
    metrics: async () => (await callBytes(options, { route: 'metrics' })).bytes.toString(),
    /** The OpenAPI document. */
    openapi: () => bare<Readonly<Record<string, unknown>>>({ route: 'openapi' }),
    status: () => ask<StatusResult>({ route: 'systemStatus' }),
    /** Health by component, as monitors of the reference read it. */
    observe: () => ask<SystemHealth>({ route: 'observerSystem' }),
    observeComponent: (component: string) =>
      ask<ComponentHealth>({ route: 'observerComponent', params: { component } }),
    /** `probe`: every endpoint is asked one small question first. */
    models: (probe = false) =>
      ask<ModelsResult>({ route: 'systemModels', query: probe ? { probe } : {}, waitMs: MODELS_MS }),
    wait: (timeout?: number) =>
      ask<QueueResult>({
        route: 'systemWait',
        body: { timeout },
        waitMs: timeout === undefined ? SYSTEM_WAIT_MS : timeout * 1_000,
      }),
    stop: () => ask<{ stopping: true; pid: number }>({ route: 'systemStop', body: {} }),
    errors: () => ask<readonly RecordedError[]>({ route: 'systemErrors' }),
    events: () => ask<readonly CoreEvent[]>({ route: 'systemEvents' }),
    mounts: () => ask<readonly MountResult[]>({ route: 'mountList' }),
    mount: (request: MountRequest) => ask<MountResult>({ route: 'mountAdd', body: request }),
    unmount: (mountpoint: string) =>
      ask<{ mountpoint: string }>({ route: 'mountRemove', body: { mountpoint } }),

    list: (uri: string, request: ListRequest = {}) =>
      ask<readonly ListEntry[]>({ route: 'ls', query: { uri, ...request, simple: false } }),
    listUris: (uri: string, request: ListRequest = {}) =>
      ask<readonly string[]>({ route: 'ls', query: { uri, ...request, simple: true } }),
    tree: (uri: string, request: TreeRequest = {}) =>
      ask<readonly ListEntry[]>({ route: 'tree', query: { uri, ...request } }),
    stat: (uri: string) => ask<StatResult>({ route: 'stat', query: { uri } }),
    attributes: (uri: string) => ask<AttributesResult>({ route: 'attrs', query: { uri } }),
    mkdir: (uri: string, description?: string) =>
      ask<{ uri: string }>({ route: 'mkdir', body: { uri, description } }),
    remove: (
      uri: string,
      request: { recursive?: boolean; wait?: boolean; timeout?: number | undefined } = {},
    ) =>
      ask<{ uri: string; estimated_deleted_count: number; semantic_status: string }>({
        route: 'remove',
        query: { uri, ...request },
        waitMs: waitOf(request),
      }),
    move: (from_uri: string, to_uri: string) =>
      ask<{ from: string; to: string }>({ route: 'move', body: { from_uri, to_uri } }),

    read: (uri: string, request: { offset?: number | undefined; limit?: number | undefined } = {}) =>
      ask<string>({ route: 'read', query: { uri, ...request } }),
    abstract: (uri: string, request: LayerRequest = {}) =>
      ask<string>({ route: 'abstract', query: { uri, ...request }, waitMs: waitOf(request) }),
    overview: (uri: string, request: LayerRequest = {}) =>
      ask<string>({ route: 'overview', query: { uri, ...request }, waitMs: waitOf(request) }),
    download: async (uri: string) => (await callBytes(options, { route: 'download', query: { uri } })).bytes,
    write: (uri: string, content: string | Uint8Array, request: WriteRequest = {}) =>
      ask<WriteResult>({
        route: 'write',
        body: {
          uri,
          ...(typeof content === 'string'
            ? { content }
            : {
                content_base64: Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString(
                  'base64',
                ),
              }),
          ...request,
        },
        waitMs: waitOf(request),
      }),
    /** All or nothing, below one directory. */
    writeBatch: (root_uri: string, operations: readonly BatchOperation[], request: BatchRequest = {}) =>
      ask<BatchWriteResult>({
        route: 'batchWrite',
        body: { root_uri, operations, ...request },
        waitMs: waitOf({ wait: true, ...request }),
      }),
    setTags: (uri: string, tags: readonly string[], request: SetTagsRequest = {}) =>
      ask<SetTagsResult>({ route: 'attrsSetTags', body: { uri, tags, ...request } }),
    reindex: (uri: string, request: ReindexRequest = {}) =>
      ask<ReindexResult>({ route: 'reindex', body: { uri, ...request }, waitMs: LONG_MS }),

    find: (request: FindRequest) => ask<FindAnswer>({ route: 'find', body: request }),
    search: (request: SearchRequest) => ask<FindAnswer>({ route: 'search', body: request }),
    context: (request: ContextRequest) =>
      ask<ContextResult>({ route: 'search', body: { ...request, mode: 'context' } }),
    grep: (request: GrepRequest) => ask<GrepResult>({ route: 'grep', body: request }),
    glob: (request: GlobRequest) => ask<GlobResult>({ route: 'glob', body: request }),

    createSession: (
      request: {
        session_id?: string | undefined;
        memory_policy?: object | undefined;
        auto_commit_policy?: object | undefined;
        memory_extraction_config?: SessionSettings['memory_extraction_config'];
      } = {},
    ) => ask<SessionResult>({ route: 'sessionCreate', body: request }),
    sessions: () => ask<readonly SessionListEntry[]>({ route: 'sessionList' }),
    session: (id: string, auto_create = false) =>
      ask<SessionResult>({ route: 'sessionGet', ...bySession(id), query: { auto_create } }),
    deleteSession: (id: string) => ask<{ session_id: string }>({ route: 'sessionDelete', ...bySession(id) }),
    addMessage: (id: string, message: MessageRequest) =>
      ask<AddMessagesResult>({ route: 'sessionMessage', ...bySession(id), body: message }),
    addMessages: (id: string, messages: readonly MessageRequest[]) =>
      ask<AddMessagesResult>({ route: 'sessionMessages', ...bySession(id), body: { messages } }),
    used: (id: string, request: { contexts?: readonly string[] | undefined; skill?: object | undefined }) =>
      ask<{ session_id: string; contexts_used: number; skills_used: number }>({
        route: 'sessionUsed',
        ...bySession(id),
        body: request,
      }),
    commit: (id: string, request: CommitRequest = {}) =>
      ask<CommitResult>({
        route: 'sessionCommit',
        ...bySession(id),
        body: request,
        waitMs: (request.wait ?? 0) * 1_000,
      }),
    sessionContext: (id: string, token_budget?: number) =>
      ask<SessionContextResult>({ route: 'sessionContext', ...bySession(id), query: { token_budget } }),
    configureSession: (id: string, settings: SessionSettings) =>
      ask<SessionResult>({ route: 'sessionConfig', ...bySession(id), body: settings }),
    /** `wait` in seconds. */
    retryArchive: (id: string, archive: string, wait?: number) =>
      ask<CommitResult>({
        route: 'sessionRetry',
        params: { id, archive },
        body: { wait },
        waitMs: (wait ?? 2) * 1_000,
      }),
    undoArchive: (id: string, archive: string) =>
      ask<UndoResult>({ route: 'sessionUndo', params: { id, archive }, body: {} }),

    remember: (text: string, how: { category?: string | undefined; peer_id?: string | undefined } = {}) =>
      ask<MemoryOutcome>({ route: 'memoryRemember', body: { text, ...how } }),
    forget: (uri: string) => ask<ForgetResult>({ route: 'memoryForget', body: { uri } }),
    reviews: () => ask<readonly ReviewEntry[]>({ route: 'memoryReviews' }),
    review: (name: string, action: 'accept' | 'reject') =>
      ask<{ outcome: string; uri?: string }>({ route: 'memoryReview', body: { name, action } }),
    tidyMemories: () => ask<readonly TidyProposal[]>({ route: 'memoryTidy' }),

    sessionArchive: (id: string, archive: string) =>
      ask<ArchiveResult>({ route: 'sessionArchive', params: { id, archive } }),

    upload: (path: string) =>
      ask<{ temp_file_id: string }>({ route: 'tempUpload', raw: multipartFile(path), waitMs: LONG_MS }),
    addResource: (request: AddResourceRequest) =>
      ask<AddResourceResult>({ route: 'addResource', body: request, waitMs: LONG_MS }),

    ...skillCalls(ask),
    ...statsCalls(ask),

    relations: (uri: string) => ask<readonly RelationResult[]>({ route: 'relationList', query: { uri } }),
    link: (from_uri: string, to_uris: readonly string[], reason = '') =>
      ask<{ from: string; to: readonly string[]; reason: string }>({
        route: 'relationLink',
        body: { from_uri, to_uris, reason },
      }),
    unlink: (from_uri: string, to_uri: string) =>
      ask<{ from: string; to: string }>({ route: 'relationUnlink', body: { from_uri, to_uri } }),

    tasks: (query: TaskQuery = {}) => ask<readonly TaskResult[]>({ route: 'taskList', query: { ...query } }),
    cancelTask: (id: string) => ask<TaskResult>({ route: 'taskCancel', params: { id } }),
    task: (id: string) => ask<TaskResult>({ route: 'taskGet', params: { id } }),

    admin: adminClient(ask),
  };
}

function waitOf(request: { wait?: boolean | undefined; timeout?: number | undefined }): number {
  if (request.wait !== true) return 0;
  return request.timeout === undefined ? SYSTEM_WAIT_MS : request.timeout * 1_000;
}
