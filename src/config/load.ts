import { join, resolve } from 'node:path';
import { VikingError } from '../errors/index.ts';
import type { Config, ConfigFlags, EmbeddingEndpoint, ModelEndpoint } from './config.ts';
import { readConfigFile } from './config-file.ts';
import { type Environment, settingsOfEnvironment } from './environment.ts';
import { assertName, loginName } from './identity.ts';
import {
  absolutePath,
  assertHomeUsable,
  assertSocketPath,
  defaultConfigFile,
  defaultHome,
  defaultSocket,
} from './paths.ts';
import type { Settings } from './schema.ts';

/** Shorter root keys work, with a warning. */
const ROOT_KEY_LENGTH = 16;

export interface LoadOptions {
  readonly env: Environment;
  readonly flags?: ConfigFlags;
  /** What relative paths on the command line are relative to. Default: the working directory. */
  readonly cwd?: string;
  /** Refuse a home that cannot be written. Default true; a client only needs the socket. */
  readonly checkHome?: boolean;
  /** Name of the user who runs us. Default: asked of the system. */
  readonly login?: () => string;
}

/**
 * The configuration in force: defaults < file < environment < flags.
 * @throws INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, READ_ONLY or NOT_DIRECTORY naming the setting and the fix
 */
export function loadConfig(options: LoadOptions): Config {
  const { env, flags = {} } = options;
  const cwd = options.cwd ?? process.cwd();
  const { path: configPath, required } = configLocation(env, flags, cwd);
  const file = readConfigFile(configPath, required);
  const environment = settingsOfEnvironment(env);
  const settings = overlay(file ?? {}, environment);

  const home = homeOf({ env, flags, cwd, environment, settings, configPath });
  if (options.checkHome ?? true) assertHomeUsable(home);
  const socketPath = socketOf({ env, flags, cwd, environment, settings, configPath }, home);
  const account = settings.account ?? 'default';
  assertName('account', account, sourceOf('account', environment, configPath));
  const user = settings.user ?? (options.login ?? loginName)();
  assertName(
    'user',
    user,
    settings.user === undefined ? 'the login name' : sourceOf('user', environment, configPath),
  );

  const models = {
    embedding: embeddingEndpoint(settings.models?.embedding),
    chat: endpoint(settings.models?.chat, 'chat'),
    rerank: rerankBy(settings),
    concurrency: settings.models?.concurrency,
    dailyTokens: settings.models?.daily_tokens,
    redactionAllowed: settings.models?.redaction_allowed,
  };
  const http = settings.http === undefined ? undefined : splitAddress(settings.http);
  return {
    configFile: file === undefined ? undefined : configPath,
    home,
    contentDir: join(home, 'content'),
    recordsDir: join(home, 'records'),
    indexDir: join(home, 'index'),
    stagingDir: join(home, 'staging'),
    runDir: join(home, 'run'),
    socketPath,
    account,
    user,
    logLevel: flags.logLevel ?? settings.log_level ?? 'info',
    timeZone: settings.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    operationTimeoutMs: settings.operation_timeout_ms ?? 10_000,
    http,
    rootKey: settings.root_key,
    authMode: authModeOf(settings),
    models,
    privateSources: settings.sources?.private_addresses ?? false,
    mount: {
      driver: settings.mount?.driver ?? 'auto',
      readOnly: settings.mount?.read_only ?? false,
      allowOther: settings.mount?.allow_other ?? false,
      passthrough: settings.mount?.passthrough ?? false,
    },
    warnings: warningsOf(settings),
  };
}

function configLocation(
  env: Environment,
  flags: ConfigFlags,
  cwd: string,
): { path: string; required: boolean } {
  if (flags.config !== undefined) return { path: resolve(cwd, flags.config), required: true };
  const variable = env['VIKINGFS_CONFIG'];
  if (variable !== undefined && variable !== '') {
    return { path: absolutePath(variable, 'VIKINGFS_CONFIG', env), required: true };
  }
  return { path: defaultConfigFile(env), required: false };
}

interface Sources {
  readonly env: Environment;
  readonly flags: ConfigFlags;
  readonly cwd: string;
  readonly environment: Settings;
  readonly settings: Settings;
  readonly configPath: string;
}

function homeOf(sources: Sources): string {
  const { env, flags, cwd, environment, settings, configPath } = sources;
  if (flags.home !== undefined) return resolve(cwd, flags.home);
  if (settings.home === undefined) return defaultHome(env);
  return absolutePath(settings.home, `home (${sourceOf('home', environment, configPath)})`, env);
}

function socketOf(sources: Sources, home: string): string {
  const { env, flags, cwd, environment, settings, configPath } = sources;
  let path: string;
  if (flags.socket !== undefined) path = resolve(cwd, flags.socket);
  else if (settings.socket === undefined) path = defaultSocket(env, home);
  else path = absolutePath(settings.socket, `socket (${sourceOf('socket', environment, configPath)})`, env);
  assertSocketPath(path);
  return path;
}

function sourceOf(
  key: 'home' | 'socket' | 'user' | 'account',
  environment: Settings,
  configPath: string,
): string {
  return environment[key] === undefined ? configPath : `VIKINGFS_${key.toUpperCase()}`;
}

/** `above` over `below`, section by section. */
function overlay(below: Settings, above: Settings): Settings {
  return {
    ...below,
    ...above,
    models: {
      ...below.models,
      ...above.models,
      embedding: { ...below.models?.embedding, ...above.models?.embedding },
      chat: { ...below.models?.chat, ...above.models?.chat },
      rerank: overlayRerank(below.models?.rerank, above.models?.rerank),
    },
    mount: { ...below.mount, ...above.mount },
  };
}

type RerankSettings = NonNullable<Settings['models']>['rerank'];

/** The chat model gives way to an endpoint, which has a url: a key in the environment alone is none. */
function overlayRerank(below: RerankSettings, above: RerankSettings): RerankSettings {
  if (below === 'chat' && typeof above === 'object' && above.url === undefined) return below;
  if (typeof below !== 'object' || typeof above !== 'object') return above ?? below;
  return { ...below, ...above };
}

type ChatSettings = NonNullable<NonNullable<Settings['models']>['chat']>;
type EmbeddingSettings = NonNullable<NonNullable<Settings['models']>['embedding']>;

function endpoint(
  settings: ChatSettings | undefined,
  kind: 'embedding' | 'chat' | 'rerank',
): ModelEndpoint | undefined {
  if (settings === undefined || Object.keys(settings).length === 0) return undefined;
  if (settings.url === undefined) {
    throw new VikingError(
      'INVALID_ARGUMENT',
      `models.${kind}: ${Object.keys(settings).join(', ')} without a url`,
      {
        hint: `Set VIKINGFS_${kind.toUpperCase()}_URL, or remove the other settings of models.${kind}.`,
      },
    );
  }
  if (settings.model === undefined) {
    throw new VikingError('INVALID_ARGUMENT', `models.${kind}: a url without a model`, {
      hint: `Set VIKINGFS_${kind.toUpperCase()}_MODEL to a name the endpoint knows.`,
    });
  }
  return { url: settings.url, model: settings.model, key: settings.key, timeoutMs: settings.timeout_ms };
}

function embeddingEndpoint(settings: EmbeddingSettings | undefined): EmbeddingEndpoint | undefined {
  const base = endpoint(settings, 'embedding');
  if (base === undefined) return undefined;
  return {
    ...base,
    dimensions: settings?.dimensions,
    batchTexts: settings?.batch_texts,
    inputTokens: settings?.input_tokens,
  };
}

/** @throws INVALID_ARGUMENT for the chat model where there is none */
function rerankBy({ models }: Settings): Config['models']['rerank'] {
  if (models?.rerank !== 'chat') return endpoint(models?.rerank, 'rerank');
  if (models.chat?.url !== undefined) return 'chat';
  throw new VikingError('INVALID_ARGUMENT', 'models.rerank: "chat" without a chat model', {
    hint: 'Set models.chat, or give models.rerank a url and a model of its own.',
  });
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}

function warningsOf(settings: Settings): string[] {
  const { root_key: rootKey } = settings;
  if (rootKey === undefined || rootKey.length >= ROOT_KEY_LENGTH) return [];
  return [`root_key has fewer than ${ROOT_KEY_LENGTH} characters: it can be guessed`];
}

/** @throws INVALID_ARGUMENT for keys without a root key to make them with, and for a root key that would not be asked */
function authModeOf(settings: Settings): Config['authMode'] {
  const mode = settings.auth_mode ?? (settings.root_key === undefined ? 'local' : 'api_key');
  if (mode === 'api_key' && settings.root_key === undefined) {
    throw new VikingError('INVALID_ARGUMENT', 'auth_mode api_key without a root_key', {
      hint: 'Set VIKINGFS_ROOT_KEY to at least 16 characters.',
    });
  }
  if (mode === 'local' && settings.root_key !== undefined) {
    throw new VikingError(
      'INVALID_ARGUMENT',
      'auth_mode local with a root_key, which nobody would be asked for',
      {
        hint: 'Remove one of them: a root_key means auth_mode api_key.',
      },
    );
  }
  return mode;
}
