import type { MountResult } from '../api/results.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger, LogLevel } from '../base/log.ts';
import type { AttributeCopier, CachedReader } from '../content/index.ts';
import type { ModelSettings, OpenModelsOptions } from '../models/index.ts';
import type { TextWorkerOptions } from './worker/start.ts';

export interface CoreOptions {
  /** Directory of everything vikingfs keeps; content, records, index and staging live in it unless named. */
  readonly home: string;
  readonly contentDir?: string;
  readonly recordsDir?: string;
  readonly indexDir?: string;
  readonly stagingDir?: string;
  /** The local owner: their frame of directories is made at start. */
  readonly account: string;
  readonly user: string;
  /** IANA zone of `{calendar:…}`; default: the daemon's. */
  readonly timeZone?: string;
  /** Level of the text worker's own log. */
  readonly logLevel: LogLevel;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Model endpoints. Default: none, nothing is ever sent. */
  readonly models?: ModelSettings;
  /** Directory of `*.json` templates of memory categories; a missing one is none. */
  readonly memoryTemplatesDir?: string;
  /** Reads what is in the kernel's cache, on this thread. Default: none, small files go through the thread pool too. */
  readonly readCached?: CachedReader | undefined;
  /** Keeps extended attributes of a file that is written anew. Default: none, they are lost. */
  readonly copyAttributes?: AttributeCopier | undefined;
  /** Whether resources are fetched from this machine's networks too. Default: from the public Internet only. */
  readonly privateSources?: boolean;
  /** For tests: shorter waits between attempts. */
  readonly modelPace?: OpenModelsOptions['pace'] & { readonly longestWaitMs?: number };
  /** For tests, which end the thread it makes. */
  readonly spawnWorker?: TextWorkerOptions['spawn'];
  /** What `status` reports of the mounts, which live outside the core. */
  readonly mounts?: () => readonly MountResult[];
}

export const VERSION = '0.1.0';

/** Version of what is written in the record store. A change migrates; old data stays readable. */
export const RECORDS_FORMAT = 1;
