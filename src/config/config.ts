import type { LogLevel } from '../base/log.ts';

export type DriverChoice = 'auto' | 'kernel' | 'fuse-native';

/** An OpenAI-compatible endpoint. */
export interface ModelEndpoint {
  readonly url: string;
  readonly model: string;
  readonly key: string | undefined;
  /** Bounds a whole call; undefined: the default of its kind. */
  readonly timeoutMs: number | undefined;
}

export interface EmbeddingEndpoint extends ModelEndpoint {
  readonly dimensions: number | undefined;
  /** Most texts of one request. */
  readonly batchTexts: number | undefined;
  /** Most tokens of one text. */
  readonly inputTokens: number | undefined;
}

/** Everything the daemon and the CLI need to know before they start. Paths are absolute. */
export interface Config {
  /** The file that was read; undefined when there is none. */
  readonly configFile: string | undefined;
  readonly home: string;
  /** Plain files, the truth. */
  readonly contentDir: string;
  /** LevelDB. */
  readonly recordsDir: string;
  /** Rebuildable. */
  readonly indexDir: string;
  /** Unfinished writes; same filesystem as `contentDir`. */
  readonly stagingDir: string;
  /** Logs of a detached daemon, and the socket when there is no runtime directory. */
  readonly runDir: string;
  readonly socketPath: string;
  readonly account: string;
  readonly user: string;
  readonly logLevel: LogLevel;
  /** IANA name, for `{calendar:…}`. */
  readonly timeZone: string;
  /** Longest time one filesystem operation may take. */
  readonly operationTimeoutMs: number;
  readonly http: { readonly host: string; readonly port: number } | undefined;
  readonly rootKey: string | undefined;
  /** How callers of the TCP listener are known. Default: `api_key` when there is a root key, else `local`. */
  readonly authMode: 'local' | 'api_key' | 'trusted';
  readonly models: {
    readonly embedding: EmbeddingEndpoint | undefined;
    readonly chat: ModelEndpoint | undefined;
    /** Who reorders what was found: an endpoint, or the chat model. */
    readonly rerank: ModelEndpoint | 'chat' | undefined;
    /** Calls under way at most. */
    readonly concurrency: number | undefined;
    /** Tokens a day after which background work stops. */
    readonly dailyTokens: number | undefined;
    /** Texts that look like secrets and are none. */
    readonly redactionAllowed: readonly string[] | undefined;
  };
  /** Whether resources are fetched from this machine's networks too. */
  readonly privateSources: boolean;
  readonly mount: {
    readonly driver: DriverChoice;
    readonly readOnly: boolean;
    readonly allowOther: boolean;
    readonly passthrough: boolean;
  };
  /** Settings that are valid but have no effect in this version, in words for the user. */
  readonly warnings: readonly string[];
}

/** Values given on a command line; they win over everything else. */
export interface ConfigFlags {
  readonly config?: string;
  readonly home?: string;
  readonly socket?: string;
  readonly logLevel?: LogLevel;
}
