import { VikingError } from '../errors/index.ts';
import { checkSettings } from './check-settings.ts';
import type { Settings } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables and the setting each one lays over the configuration file. */
export const ENVIRONMENT_VARIABLES = {
  VIKINGFS_HOME: 'home',
  VIKINGFS_SOCKET: 'socket',
  VIKINGFS_USER: 'user',
  VIKINGFS_ACCOUNT: 'account',
  VIKINGFS_EMBEDDING_URL: 'models.embedding.url',
  VIKINGFS_EMBEDDING_MODEL: 'models.embedding.model',
  VIKINGFS_EMBEDDING_KEY: 'models.embedding.key',
  VIKINGFS_EMBEDDING_DIMENSIONS: 'models.embedding.dimensions',
  VIKINGFS_CHAT_URL: 'models.chat.url',
  VIKINGFS_CHAT_MODEL: 'models.chat.model',
  VIKINGFS_CHAT_KEY: 'models.chat.key',
  VIKINGFS_RERANK_URL: 'models.rerank.url',
  VIKINGFS_RERANK_MODEL: 'models.rerank.model',
  VIKINGFS_RERANK_KEY: 'models.rerank.key',
  VIKINGFS_HTTP: 'http',
  VIKINGFS_ROOT_KEY: 'root_key',
} as const;

const NUMERIC: ReadonlySet<string> = new Set(['models.embedding.dimensions']);

/** Settings found in the environment. An empty variable is an unset one. @throws INVALID_ARGUMENT naming the variable */
export function settingsOfEnvironment(env: Environment): Settings {
  const settings: Record<string, unknown> = {};
  for (const [variable, key] of Object.entries(ENVIRONMENT_VARIABLES)) {
    const text = env[variable];
    if (text === undefined || text === '') continue;
    put(settings, key.split('.'), NUMERIC.has(key) ? wholeNumber(text, variable) : text);
  }
  return checkSettings(settings, 'environment', variableOf);
}

function variableOf(key: string): string {
  return Object.entries(ENVIRONMENT_VARIABLES).find(([, known]) => known === key)?.[0] ?? key;
}

function wholeNumber(text: string, variable: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new VikingError(
    'INVALID_ARGUMENT',
    `environment: ${variable}: ${JSON.stringify(text)} is not a whole number`,
  );
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path;
  if (rest.length === 0) {
    target[first!] = value;
    return;
  }
  const inner = (target[first!] ?? {}) as Record<string, unknown>;
  target[first!] = inner;
  put(inner, rest, value);
}
